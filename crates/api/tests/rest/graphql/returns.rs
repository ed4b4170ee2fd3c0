//! Returns: parts of their order, and a list of all of them.

use serde_json::{Value, json};

use super::data;
use crate::door::{Door, paid};

/// A shipped order of so many units; gives its id and that of its item.
async fn shipped(door: &Door, units: i64) -> (Value, Value) {
    let order = door.post("/orders", &paid("P1", units, "tok_ok")).await.must(201);
    door.settle().await;
    let path = format!("/orders/{}/fulfillments", order["order_id"].as_str().unwrap());
    door.post(&path, &json!({ "ship": true })).await.must(201);
    (order["order_id"].clone(), order["items"][0]["item_id"].clone())
}

/// A return of a unit of an order; gives its id.
async fn asked(door: &Door, order: &Value) -> Value {
    let document =
        "mutation($o: ID!, $i: [ReturnItemInput!]) { returnCreate(input: {orderId: $o, items: $i}) {
        return { id } userErrors { code message } } }";
    let item = data(door, "query($o: ID!) { order(id: $o) { items { id } } }", &json!({ "o": order })).await;
    let items = json!([{ "itemId": item["order"]["items"][0]["id"], "quantity": 1 }]);
    let made = data(door, document, &json!({ "o": order, "i": items })).await["returnCreate"].clone();
    assert_eq!(made["userErrors"], json!([]));
    made["return"]["id"].clone()
}

#[tokio::test]
async fn a_return_goes_its_way_and_is_refunded() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(5)).await;
    let (order, item) = shipped(&door, 3).await;
    let create = "mutation($o: ID!, $i: ID!) { returnCreate(input: {orderId: $o, items: [{itemId: $i, quantity: 2, reason: \"small\"}]}) {
        return { id status items { itemId quantity reason } } order { returns { totalCount nodes { id } } } userErrors { code } } }";
    let made = data(&door, create, &json!({ "o": order, "i": item })).await["returnCreate"].clone();
    let (one, id) = (&made["return"], made["return"]["id"].clone());
    assert_eq!((&one["status"], &one["items"][0]["reason"]), (&json!("REQUESTED"), &json!("small")));
    assert_eq!(made["order"]["returns"], json!({ "totalCount": 1, "nodes": [{ "id": id }] }));
    let walk = "mutation($r: ID!, $i: ID!, $o: ID!) {
        returnApprove(input: {returnId: $r, label: {carrier: \"DHL\"}}) { return { status label { carrier } } userErrors { code } }
        returnReceive(input: {returnId: $r, items: [{itemId: $i, quantity: 1}, {itemId: $i, quantity: 1, condition: DAMAGED}]}) {
            return { status items { received restocked } } order { fulfillmentStatus } userErrors { code } }
        refundCreate(input: {orderId: $o, returnId: $r}) { refund { id returnId amount { amount } items { returned } } userErrors { code } }
        returnClose(input: {returnId: $r}) { return { status refunds endedAt } userErrors { code } }
        returnReject(input: {returnId: $r, reason: \"late\"}) { return { id } userErrors { code } } }";
    let walked = data(&door, walk, &json!({ "r": id, "i": item, "o": order })).await;
    assert_eq!(
        walked["returnApprove"]["return"],
        json!({ "status": "APPROVED", "label": { "carrier": "DHL" } })
    );
    let received = &walked["returnReceive"];
    assert_eq!(received["return"]["items"][0], json!({ "received": 2, "restocked": 1 }));
    assert_eq!(received["order"]["fulfillmentStatus"], "PARTIALLY_RETURNED");
    let refund = &walked["refundCreate"]["refund"];
    assert_eq!((&refund["returnId"], &refund["amount"]["amount"]), (&id, &json!(2000)));
    assert_eq!(
        (&walked["returnClose"]["return"]["refunds"], &refund["items"][0]["returned"]),
        (&json!([refund["id"]]), &json!(2))
    );
    assert_eq!(walked["returnReject"]["userErrors"][0]["code"], "invalid_transition");
    let rest = door.get(&format!("/returns/{}", id.as_str().unwrap())).await.must(200);
    let found = data(
        &door,
        "query($r: ID!) { return(id: $r) { orderNumber createdAt } node(id: $r) { __typename id } }",
        &json!({ "r": id }),
    )
    .await;
    assert_eq!(
        found["return"],
        json!({ "orderNumber": rest["order_number"], "createdAt": rest["created_at"] })
    );
    assert_eq!(found["node"], json!({ "__typename": "Return", "id": id }));
}

#[tokio::test]
async fn pages_of_returns_go_through_orders_that_have_several() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(20)).await;
    let mut newest = Vec::new();
    for _ in 0..2 {
        let (order, _) = shipped(&door, 3).await;
        let mut own = Vec::new();
        for _ in 0..3 {
            own.push(asked(&door, &order).await);
        }
        newest = [own, newest].concat();
    }
    let document = "query($f: Int!, $a: String, $s: ReturnStatus) { returns(first: $f, after: $a, filter: {status: $s}) {
        nodes { id } edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } }";
    let (mut seen, mut after, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let page = data(&door, document, &json!({ "f": 2, "a": after })).await["returns"].clone();
        let rows = page["nodes"].as_array().unwrap();
        assert_eq!((rows.len(), &page["pageInfo"]["hasPreviousPage"]), (2, &json!(pages > 0)));
        seen.extend(rows.iter().map(|row| row["id"].clone()));
        assert_eq!(page["edges"][1]["node"], rows[1]);
        pages += 1;
        after = page["pageInfo"]["endCursor"].clone();
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!((seen, pages), (newest.clone(), 3));
    let reject =
        "mutation($r: ID!) { returnReject(input: {returnId: $r, reason: \"worn\"}) { userErrors { code } } }";
    data(&door, reject, &json!({ "r": newest[1] })).await;
    let some = async |status: &str| {
        data(&door, document, &json!({ "f": 9, "s": status })).await["returns"]["nodes"].clone()
    };
    assert_eq!(some("REJECTED").await, json!([{ "id": newest[1] }]));
    assert_eq!(some("REQUESTED").await.as_array().unwrap().len(), 5);
    let wrong = super::ask(&door, "{ returns(first: 1, after: \"x\") { nodes { id } } }").await;
    assert_eq!(super::told(&wrong).0, "validation_failed");
}

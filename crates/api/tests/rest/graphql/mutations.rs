//! Mutations: rules of the shop are told in the payload, with the codes of REST; repeats and versions as in REST.

use serde_json::{Value, json};
use sutler_api::rest::Options;

use super::{ask_with, data, placed, told};
use crate::door::Door;

const PLACE: &str = "mutation($input: OrderPlaceInput!) { orderPlace(input: $input) {
    order { id number status } userErrors { code message path meta } } }";

fn order(product: &str, quantity: i64) -> Value {
    json!({ "input": { "customerId": "C1", "items": [{ "productId": product, "quantity": quantity }] } })
}

#[tokio::test]
async fn what_the_shop_refuses_is_told_in_the_payload() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(1)).await;
    let payload = data(&door, PLACE, &order("P1", 2)).await["orderPlace"].clone();
    assert_eq!(payload["order"], Value::Null);
    let error = &payload["userErrors"][0];
    assert_eq!(
        (&error["code"], &error["path"]),
        (&json!("out_of_stock"), &json!(["input", "items", "0", "quantity"]))
    );
    assert_eq!((&error["meta"]["available"], &error["meta"]["requested"]), (&json!(1), &json!(2)));
    let payload = data(&door, PLACE, &order("P1", 1)).await["orderPlace"].clone();
    assert_eq!((&payload["order"]["status"], &payload["userErrors"]), (&json!("CREATED"), &json!([])));
    let unknown = data(&door, PLACE, &order("P9", 1)).await["orderPlace"].clone();
    assert_eq!(unknown["userErrors"][0]["code"], "product_unknown");
}

#[tokio::test]
async fn one_key_is_one_effect_over_both_doors() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let mut variables = order("P1", 1);
    variables["input"]["idempotencyKey"] = json!("k1");
    let body = json!({ "query": PLACE, "variables": variables });
    let first = door.post("/graphql", &body).await;
    let again = door.post("/graphql", &body).await;
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), ("", "true"));
    assert_eq!(first.must(200)["data"], again.must(200)["data"]);
    // The header does where the document has one mutation.
    let body = json!({ "query": PLACE, "variables": order("P1", 1) });
    let by_header = door.post_with("/graphql", &[("idempotency-key", "k1")], &body).await;
    assert_eq!(by_header.must(200)["data"], first.json()["data"]);
    // REST is told the same order.
    let rest = json!({ "customer_id": "C1", "items": [{ "product_id": "P1", "quantity": 1 }] });
    let rest = door.post_with("/orders", &[("idempotency-key", "k1")], &rest).await;
    assert_eq!(rest.must(201)["order_id"], first.json()["data"]["orderPlace"]["order"]["id"]);
    variables["input"]["items"][0]["quantity"] = json!(2);
    let other = data(&door, PLACE, &variables).await;
    assert_eq!(other["orderPlace"]["userErrors"][0]["code"], "idempotency_key_reused");
    variables["input"]["idempotencyKey"] = json!("ü");
    let bad = data(&door, PLACE, &variables).await["orderPlace"]["userErrors"][0].clone();
    assert_eq!(
        (&bad["code"], &bad["path"]),
        (&json!("validation_failed"), &json!(["input", "idempotencyKey"]))
    );
}

#[tokio::test]
async fn a_stale_version_is_refused() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let id = placed(&door, "P1").await;
    let hold = "mutation($id: ID!, $v: Int) { orderHold(input: {orderId: $id, code: \"manual\", expectedVersion: $v}) {
        order { version holds { code } } userErrors { code meta } } }";
    let stale = data(&door, hold, &json!({ "id": id, "v": 1 })).await["orderHold"].clone();
    assert_eq!(stale["userErrors"][0]["code"], "version_mismatch");
    let version = stale["userErrors"][0]["meta"]["currentVersion"].clone();
    let stopped = data(&door, hold, &json!({ "id": id, "v": version })).await["orderHold"].clone();
    assert_eq!(stopped["order"]["holds"][0]["code"], "manual", "{stopped}");
}

#[tokio::test]
async fn a_server_may_insist_on_keys_and_versions() {
    let options = Options { dev: true, ..Options::default() };
    let strict = |settings: &mut sutler_app::Settings| {
        settings.require_idempotency_key = true;
        settings.require_if_match = true;
    };
    let door = Door::with(strict, options).await;
    door.product("P1", 1000, None).await;
    assert_eq!(
        data(&door, "{ orders(first: 1) { totalCount } }", &json!({})).await["orders"]["totalCount"],
        0
    );
    let mut variables = order("P1", 1);
    let refused = data(&door, PLACE, &variables).await["orderPlace"]["userErrors"][0]["code"].clone();
    assert_eq!(refused, "idempotency_key_required");
    variables["input"]["idempotencyKey"] = json!("k1");
    let placed = data(&door, PLACE, &variables).await["orderPlace"]["order"]["id"].clone();
    let confirm = "mutation($id: ID!) { orderConfirm(input: {orderId: $id, idempotencyKey: \"k2\"}) { userErrors { code } } }";
    let refused = data(&door, confirm, &json!({ "id": placed })).await;
    assert_eq!(refused["orderConfirm"]["userErrors"][0]["code"], "precondition_required");
}

#[tokio::test]
async fn several_mutations_run_one_after_the_other() {
    let door = Door::open().await;
    let document = "mutation {
        productUpsert(input: {productId: \"P1\", title: \"Mug\", price: {amount: 1490, currency: \"EUR\"}, stock: 3}) {
            product { id variants { id price { amount } levels { available } } } userErrors { code } }
        orderPlace(input: {items: [{productId: \"P1\", quantity: 3}]}) { order { totals { total { amount } } } userErrors { code } }
        again: orderPlace(input: {items: [{productId: \"P1\", quantity: 1}]}) { order { id } userErrors { code } } }";
    let data = data(&door, document, &json!({})).await;
    assert_eq!(data["productUpsert"]["product"]["variants"][0]["levels"][0]["available"], 3);
    assert_eq!(data["orderPlace"]["order"]["totals"]["total"]["amount"], 4470);
    assert_eq!(data["again"]["userErrors"][0]["code"], "out_of_stock");
}

#[tokio::test]
async fn who_may_not_is_told_beside_the_data() {
    let door = Door::with(|_| {}, Options::default()).await;
    door.product("P1", 1000, None).await;
    let key = format!("Bearer {}", door.key(&["catalog:read"]).await);
    let body = json!({ "query": PLACE, "variables": order("P1", 1) });
    let answer = door.post_with("/graphql", &[("authorization", &key)], &body).await.must(200);
    assert_eq!(told(&answer).0, "insufficient_scope");
    assert_eq!(answer["errors"][0]["extensions"]["scope"], "orders:write");
    assert_eq!(
        (&answer["errors"][0]["path"], &answer["data"]),
        (&json!(["orderPlace"]), &json!({ "orderPlace": null }))
    );
    // What may not be null takes all of the data along.
    let body = json!({ "query": "{ whoami { actor } orders(first: 1) { nodes { id } } }" });
    let answer = door.post_with("/graphql", &[("authorization", &key)], &body).await.must(200);
    assert_eq!((&answer["errors"][0]["path"], &answer["data"]), (&json!(["orders"]), &Value::Null));
    assert_eq!(answer["errors"][0]["extensions"]["scope"], "orders:read");
    assert_eq!(answer["errors"][0]["extensions"]["key"], Value::Null);
    // A value of the wrong type never reaches the shop.
    let wrong = json!({ "input": { "items": [{ "productId": "P1", "quantity": "two" }] } });
    let wrong = ask_with(&Door::open().await, PLACE, &wrong).await;
    assert_eq!(told(&wrong).0, "validation_failed", "{wrong}");
}

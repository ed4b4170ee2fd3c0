//! Customers: as REST shows them, and their orders.

use serde_json::{Value, json};
use sutler_api::rest::Options;

use super::{data, placed, told};
use crate::door::Door;

const PLACE: &str = "mutation($who: OrderCustomerInput!) {
    orderPlace(input: {customer: $who, items: [{productId: \"P1\", quantity: 1}], payment: {token: \"tok_ok\"}}) {
        order { id customer { id email name } contact { email name } } userErrors { code } } }";

#[tokio::test]
async fn a_customer_is_made_changed_found_and_forgotten() {
    let door = Door::open().await;
    let create = "mutation($in: CustomerCreateInput!) { customerCreate(input: $in) {
        customer { id version email name shippingAddress { city } metadata } userErrors { code path } } }";
    let ada = json!({ "customerId": "C1", "email": "Ada@example.com", "name": "Ada",
                      "shippingAddress": { "city": "Berlin" }, "metadata": { "giftWrap": "yes" } });
    let made = data(&door, create, &json!({ "in": ada })).await["customerCreate"]["customer"].clone();
    let rest = door.get("/customers/C1").await.must(200);
    for (graphql, member) in
        [("id", "customer_id"), ("email", "email"), ("metadata", "metadata"), ("version", "version")]
    {
        assert_eq!(made[graphql], rest[member], "{graphql}");
    }
    assert_eq!(made["shippingAddress"]["city"], "Berlin");
    let twice = data(&door, create, &json!({ "in": { "email": "ada@example.com" } })).await;
    assert_eq!(twice["customerCreate"]["userErrors"][0]["code"], "email_exists");
    let update = "mutation($in: CustomerUpdateInput!) { customerUpdate(input: $in) {
        customer { version name email } userErrors { code } } }";
    let change =
        json!({ "in": { "customerId": "email:ada@example.com", "name": null, "expectedVersion": 1 } });
    let changed = data(&door, update, &change).await["customerUpdate"].clone();
    assert_eq!(changed["customer"], json!({ "version": 2, "name": null, "email": "Ada@example.com" }));
    let stale = data(&door, update, &change).await["customerUpdate"]["userErrors"][0]["code"].clone();
    assert_eq!(stale, "version_mismatch");
    let find = "{ customer(email: \"ADA@example.com\") { id } node(id: \"C1\") { id } none: customer(id: \"C9\") { id } }";
    let found = data(&door, find, &json!({})).await;
    assert_eq!((&found["customer"]["id"], &found["none"]), (&json!("C1"), &Value::Null));
    let erase = "mutation { customerErase(input: {customerId: \"C1\"}) { customer { email erasedAt } userErrors { code } } }";
    let erased = data(&door, erase, &json!({})).await["customerErase"]["customer"].clone();
    assert!(erased["email"].is_null() && erased["erasedAt"].is_string(), "{erased}");
}

#[tokio::test]
async fn whoever_orders_is_a_customer_with_orders() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let who = json!({ "email": "ada@example.com", "name": "Ada" });
    let mut ids = Vec::new();
    for _ in 0..3 {
        let order = data(&door, PLACE, &json!({ "who": who })).await["orderPlace"]["order"].clone();
        assert_eq!(
            (&order["contact"]["email"], &order["customer"]["name"]),
            (&json!("ada@example.com"), &json!("Ada"))
        );
        ids.push(order);
    }
    door.settle().await;
    let id = ids[0]["customer"]["id"].clone();
    // Who is not registered has orders, too, and is shown as the order has them.
    let bare = placed(&door, "P1").await;
    let document = "query($id: ID!, $bare: ID!) {
        node(id: $id) { __typename ... on Customer {
            email lifetime { orders spent { amount currency } }
            orders(first: 2) { nodes { id } pageInfo { hasNextPage endCursor } totalCount } } }
        order(id: $bare) { customerId customer { id } contact { email } }
        customers(first: 5) { nodes { id lifetime { orders } } totalCount } }";
    let shown = data(&door, document, &json!({ "id": id, "bare": bare })).await;
    let customer = &shown["node"];
    assert_eq!(
        (&customer["__typename"], &customer["email"]),
        (&json!("Customer"), &json!("ada@example.com"))
    );
    assert_eq!(
        customer["lifetime"],
        json!({ "orders": 3, "spent": [{ "amount": 3000, "currency": "EUR" }] })
    );
    let newest: Vec<&Value> =
        customer["orders"]["nodes"].as_array().unwrap().iter().map(|node| &node["id"]).collect();
    assert_eq!(newest, [&ids[2]["id"], &ids[1]["id"]]);
    assert_eq!(
        (&customer["orders"]["totalCount"], &customer["orders"]["pageInfo"]["hasNextPage"]),
        (&json!(3), &json!(true))
    );
    let nobody = json!({ "email": null });
    assert_eq!(shown["order"], json!({ "customerId": "C1", "customer": null, "contact": nobody }));
    assert_eq!(
        shown["customers"],
        json!({ "nodes": [{ "id": id, "lifetime": { "orders": 3 } }], "totalCount": 1 })
    );
}

#[tokio::test]
async fn what_is_a_read_for_each_customer_is_shown_for_one() {
    let door = Door::open().await;
    let document = "{ customers(first: 2) { nodes { orders(first: 2) { nodes { id } } } } }";
    let (code, place, message) = told(&super::ask(&door, document).await);
    assert_eq!((code.as_str(), place.as_str()), ("query_too_complex", "1:33"), "{message}");
    assert!(message.contains("'customers.nodes.orders' is shown for one customer at a time"), "{message}");
    let unsaid = super::ask(&door, "{ customer(id: \"C1\") { orders { nodes { id } } } }").await;
    assert_eq!(told(&unsaid).1, "1:24", "{unsaid}");
}

#[tokio::test]
async fn who_may_not_read_customers_reads_the_rest_of_an_order() {
    let door = Door::with(|_| {}, Options::default()).await;
    door.product("P1", 1000, None).await;
    let key = format!("Bearer {}", door.key(&["orders:*"]).await);
    let who = json!({ "email": "ada@example.com", "name": "Ada" });
    let body = json!({ "query": PLACE, "variables": { "who": who } });
    let answer = door.post_with("/graphql", &[("authorization", &key)], &body).await.must(200);
    assert_eq!(answer["errors"][0]["extensions"]["scope"], "customers:read");
    assert_eq!(answer["errors"][0]["path"], json!(["orderPlace", "order", "customer"]));
    let order = &answer["data"]["orderPlace"]["order"];
    assert_eq!((&order["customer"], &order["contact"]["name"]), (&Value::Null, &json!("Ada")));
}

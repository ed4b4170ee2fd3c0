//! Customers over HTTP.

use serde_json::{Value, json};

use crate::door::{Door, Reply, paid};

fn order_of(customer: &Value) -> Value {
    let mut order = paid("P1", 1, "tok_ok");
    order.as_object_mut().unwrap().remove("customer_id");
    order["customer"] = customer.clone();
    order
}

async fn patch(door: &Door, path: &str, body: &Value) -> Reply {
    door.patch_with(path, &[], body).await
}

#[tokio::test]
async fn a_customer_is_made_changed_and_found_by_address() {
    let door = Door::open().await;
    let ada =
        json!({"customer_id": "C1", "email": "Ada@Example.com", "name": "Ada", "metadata": {"tier": "gold"}});
    let made = door.post("/customers", &ada).await;
    let one = made.must(201);
    assert_eq!((made.header("location"), made.header("etag")), ("/customers/C1", "\"1\""));
    assert_eq!((&one["email"], &one["lifetime"]), (&json!("Ada@Example.com"), &Value::Null));
    for path in ["/customers/C1", "/customers/email:ada@example.com"] {
        assert_eq!(door.get(path).await.must(200), one);
    }
    let found = door.get("/customers?email=ADA@example.com").await.must(200);
    assert_eq!(found["data"], json!([one]));
    assert_eq!(door.get("/customers?email=eve@example.com").await.must(200)["data"], json!([]));
    let change = json!({"email": "ada@lovelace.org", "name": null, "metadata": {"tier": null},
                        "shipping_address": {"line1": "12 Market St", "country": "DE"}});
    let changed = patch(&door, "/customers/C1", &change).await.must(200);
    assert_eq!((&changed["email"], &changed["name"]), (&json!("ada@lovelace.org"), &Value::Null));
    assert_eq!((&changed["metadata"], &changed["version"]), (&json!({}), &json!(2)));
    // The old address is free, the new one taken.
    assert_eq!(door.get("/customers/email:ada@example.com").await.told(), "404 not_found");
    let eve = json!({"email": "ADA@lovelace.org"});
    assert_eq!(door.post("/customers", &eve).await.told(), "409 email_exists");
    door.post("/customers", &json!({"email": "ada@example.com"})).await.must(201);
    assert_eq!(door.post("/customers", &json!({"customer_id": "C1"})).await.told(), "409 customer_exists");
    let nothing = patch(&door, "/customers/C1", &json!({"email": "ada@lovelace.org"})).await.must(200);
    assert_eq!(nothing, changed);
    for (wish, told) in [
        (json!({"email": "ada"}), "400 validation_failed; /email validation_failed"),
        (json!({"customer_id": "a:b"}), "400 validation_failed; /customer_id validation_failed"),
        (json!({"mail": "x"}), "400 unknown_field; /mail unknown_field"),
    ] {
        assert_eq!(door.post("/customers", &wish).await.told(), told, "{wish}");
    }
}

#[tokio::test]
async fn whoever_orders_with_an_address_is_a_customer_and_their_orders_are_counted() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let first =
        door.post("/orders", &order_of(&json!({"email": "ada@example.com", "name": "Ada"}))).await.must(201);
    let second = door.post("/orders", &order_of(&json!({"email": "ADA@example.com"}))).await.must(201);
    door.settle().await;
    assert_eq!(first["customer_id"], second["customer_id"]);
    let path = format!("/customers/{}", first["customer_id"].as_str().unwrap());
    let shown = door.get(&format!("{path}?expand=lifetime")).await.must(200);
    assert_eq!((&shown["name"], &shown["lifetime"]["orders"]), (&json!("Ada"), &json!(2)));
    assert_eq!(shown["lifetime"]["spent"], json!([{"amount": 2000, "currency": "EUR"}]));
    // Both are found by the address, however it is written; with another filter that does not hold, neither.
    for (words, count) in
        [("ada@example.com", 2), ("email:ADA@Example.com+sku:SKU-P1", 2), ("ada@example.com+customer:C9", 0)]
    {
        let found = door.get(&format!("/orders?q={words}")).await.must(200);
        assert_eq!(found["data"].as_array().unwrap().len(), count, "{words}");
    }
    // An order under an id of the caller's makes a customer when it says who that is, and not otherwise.
    let mut named = order_of(&json!({"email": "grace@example.com", "name": "Grace"}));
    named["customer_id"] = json!("C7");
    door.post("/orders", &named).await.must(201);
    let mut bare = paid("P1", 1, "tok_ok");
    bare["customer_id"] = json!("C8");
    door.post("/orders", &bare).await.must(201);
    assert_eq!(door.get("/customers/C7").await.must(200)["email"], "grace@example.com");
    assert_eq!(door.get("/customers/C8").await.told(), "404 not_found");
    let all = door.get("/customers?expand=lifetime&count=exact").await.must(200);
    assert_eq!((&all["page"]["total"], all["data"].as_array().unwrap().len()), (&json!(2), 2));
}

#[tokio::test]
async fn a_repeat_is_the_same_answer_whatever_became_of_the_customer() {
    let door = Door::open().await;
    let body = json!({"email": "ada@example.com", "name": "Ada"});
    let keyed = [("idempotency-key", "k1")];
    let first = door.post_with("/customers", &keyed, &body).await;
    let path = first.header("location").to_owned();
    patch(&door, &path, &json!({"name": "Ada Lovelace"})).await.must(200);
    let again = door.post_with("/customers", &keyed, &body).await;
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let stale = door.patch_with(&path, &[("if-match", "\"1\"")], &json!({"name": "Eve"})).await;
    assert_eq!(stale.told(), "412 version_mismatch");
}

#[tokio::test]
async fn everything_held_is_exported_and_after_an_erasure_there_is_nothing() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let mut order = order_of(&json!({"email": "ada@example.com", "name": "Ada", "phone": "+49 30 1"}));
    order["shipping_address"] = json!({"line1": "12 Market St", "city": "Berlin"});
    let placed = door.post("/orders", &order).await.must(201);
    door.settle().await;
    let (order, customer) = (placed["order_id"].as_str().unwrap(), placed["customer_id"].as_str().unwrap());
    patch(&door, &format!("/orders/{order}"), &json!({"shipping_address": {"line1": "1 New St"}}))
        .await
        .must(200);
    door.post(&format!("/orders/{order}/notes"), &json!({"body": "Ada called"})).await.must(201);
    let path = format!("/customers/{customer}");
    let held = door.get(&format!("{path}/export")).await.must(200);
    let text = held.to_string();
    for word in ["ada@example.com", "12 Market St", "1 New St", "Ada called", "+49 30 1"] {
        assert!(text.contains(word), "{word} is held and not exported: {text}");
    }
    assert_eq!(held["orders"][0]["order_id"], placed["order_id"]);
    let before = door.get(&format!("/orders/{order}")).await.must(200);

    let erased = door.post(&format!("{path}/erase"), &json!({})).await.must(200);
    assert_eq!((&erased["email"], erased["erased_at"].is_string()), (&Value::Null, true));
    let after = door.get(&format!("/orders/{order}?expand=customer,notes")).await.must(200);
    assert_eq!(after["totals"], before["totals"]);
    let everything = [
        after.to_string(),
        door.get(&format!("{path}/export")).await.must(200).to_string(),
        door.get("/events?limit=200").await.must(200).to_string(),
        door.get(&format!("/orders/{order}/timeline")).await.must(200).to_string(),
        door.get("/customers").await.must(200).to_string(),
    ];
    for word in ["ada@example.com", "Market St", "New St", "Ada", "+49 30 1"] {
        assert!(everything.iter().all(|text| !text.contains(word)), "{word} is still there");
    }
    // The address is free again, erasing twice changes nothing, and the erased one is no longer changed.
    let again = door.post(&format!("{path}/erase"), &json!({})).await.must(200);
    assert_eq!(again, erased);
    assert_eq!(patch(&door, &path, &json!({"name": "Ada"})).await.told(), "410 gone");
    door.post("/customers", &json!({"email": "ada@example.com"})).await.must(201);
    let types = door.get(&format!("/events?subject={customer}")).await.must(200);
    let types: Vec<&str> =
        types["data"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["customer.created", "customer.erased"]);
}

/// Persons who only ever stood on orders, under an id of the caller's.
#[tokio::test]
async fn who_was_never_registered_is_exported_and_erased_all_the_same() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let mut order = paid("P1", 1, "tok_ok");
    order["customer_id"] = json!("C8");
    order["shipping_address"] = json!({"name": "Ada", "line1": "12 Market St"});
    door.post("/orders", &order).await.must(201);
    let held = door.get("/customers/C8/export").await.must(200);
    assert!(held.to_string().contains("12 Market St"));
    door.post("/customers/C8/erase", &json!({})).await.must(200);
    assert!(!door.get("/customers/C8/export").await.must(200).to_string().contains("12 Market St"));
    assert_eq!(door.post("/customers/C9/erase", &json!({})).await.told(), "404 not_found");
    assert_eq!(door.get("/customers/C9/export").await.told(), "404 not_found");
}

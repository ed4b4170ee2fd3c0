//! Orders over HTTP: the contract, the shape, the whole way, and what is refused.

use crate::door::{Door, basket, paid, redacted};
use axum::http::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn the_contract_holds_literally() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(10)).await;
    let reply = door
        .post("/orders", &json!({"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 1}]}))
        .await;
    let order = reply.must(201);
    assert!(order["order_id"].as_str().unwrap().starts_with("ord_"));
    assert_eq!(order["status"], "created");
    assert_eq!(order["items"][0]["quantity"]["ordered"], 1);
    assert_eq!(reply.header("location"), format!("/orders/{}", order["order_id"].as_str().unwrap()));
    assert_eq!(reply.header("etag"), "\"2\"");
    let items = |item: Value| json!({"customer_id": "C1", "items": [item]});
    for (body, told) in [
        (
            items(json!({"product_id": "P9", "quantity": 1})),
            "400 product_unknown; /items/0/product_id product_unknown",
        ),
        (json!({"customer_id": "C1", "items": []}), "400 validation_failed; /items validation_failed"),
        (json!({"customer_id": "C1"}), "400 validation_failed; /items validation_failed"),
        (
            items(json!({"product_id": "P1", "quantity": 0})),
            "400 validation_failed; /items/0/quantity validation_failed",
        ),
        (
            items(json!({"product_id": "P1", "quantity": -1})),
            "400 validation_failed; /items/0/quantity validation_failed",
        ),
        (
            items(json!({"product_id": "P1", "quantity": 1.5})),
            "400 validation_failed; /items/0/quantity validation_failed",
        ),
        (
            items(json!({"product_id": "P1", "quantity": "1"})),
            "400 validation_failed; /items/0/quantity validation_failed",
        ),
        (
            items(json!({"product_id": "P1", "quantity": 10})),
            "409 out_of_stock; /items/0/quantity out_of_stock",
        ),
    ] {
        let reply = door.post("/orders", &body).await;
        assert_eq!(reply.told(), told, "{body}");
        assert_eq!(reply.json()["error"], reply.json()["detail"]);
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
}

#[tokio::test]
async fn an_order_shows_every_field() {
    let door = Door::open().await;
    door.product("P1", 1490, Some(10)).await;
    let request = json!({
        "reference": "web-10042",
        "customer": {"email": "ada@example.com", "name": "Ada Lovelace"},
        "items": [{"sku": "SKU-P1", "quantity": 2, "expected_unit_price": 1490, "tax": {"rate": "0.19", "included": true}}],
        "shipping": {"method": "standard", "amount": 490},
        "discounts": [{"code": "HELLO", "title": "Welcome", "amount": 100, "item_id": "items/0"}],
        "shipping_address": {"name": "Ada Lovelace", "line1": "12 Market St", "city": "Berlin", "country": "DE"},
        "payment": {"token": "tok_3ds"},
        "tags": ["vip"],
        "metadata": {"channel": "web"}
    });
    let placed = door.post("/orders", &request).await.must(201);
    door.settle().await;
    let path = format!(
        "/orders/{}?expand=customer,payments,notes,items.variant",
        placed["order_id"].as_str().unwrap()
    );
    let order = door.get(&path).await.must(200);
    insta::assert_json_snapshot!("order", redacted(&order));
    let read: sutler_types::Order = serde_json::from_value(order.clone()).unwrap();
    assert_eq!(serde_json::to_value(read).unwrap(), order);
}

#[tokio::test]
async fn an_order_goes_its_whole_way() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(5)).await;
    let placed = door.post("/orders", &paid("P1", 3, "tok_auth_only")).await.must(201);
    let (id, item) = (placed["order_id"].as_str().unwrap(), placed["items"][0]["item_id"].clone());
    let path = format!("/orders/{id}");
    door.settle().await;
    let order = door.get(&path).await.must(200);
    assert_eq!((&order["status"], &order["payment_status"]), (&json!("confirmed"), &json!("authorized")));
    let payment = order["payment"]["payment_id"].as_str().unwrap().to_owned();

    door.post(&format!("/payments/{payment}/capture"), &json!({})).await.must(200);
    door.settle().await;
    let shown = door.get(&format!("/payments/{payment}")).await.must(200);
    assert_eq!((&shown["status"], &shown["amount_captured"]["amount"]), (&json!("captured"), &json!(3000)));

    let held = door
        .post(&format!("{path}/holds"), &json!({"code": "fraud_review", "reason": "odd"}))
        .await
        .must(200);
    assert_eq!(held["holds"][0]["code"], "fraud_review");
    let refused = door.post(&format!("{path}/fulfillments"), &json!({})).await;
    assert_eq!(refused.told(), "409 order_on_hold");
    door.ask(Method::DELETE, &format!("{path}/holds/fraud_review"), &[], b"").await.must(200);

    let part = json!({"items": [{"item_id": item, "quantity": 2}], "tracking": {"carrier": "dhl"}});
    let reply = door.post(&format!("{path}/fulfillments"), &part).await;
    let fulfillment = format!("/fulfillments/{}", reply.must(201)["fulfillment_id"].as_str().unwrap());
    assert_eq!(reply.header("location"), fulfillment);
    door.post(&format!("{fulfillment}/ship"), &json!({"tracking": {"number": "1Z"}})).await.must(200);
    let tracked =
        door.patch_with(&fulfillment, &[], &json!({"tracking": {"url": "https://t.example/1Z"}})).await;
    assert_eq!(tracked.must(200)["tracking"]["url"], "https://t.example/1Z");
    assert_eq!(door.get(&path).await.json()["fulfillment_status"], "partially_shipped");
    door.post(&format!("{fulfillment}/deliver"), &Value::Null).await;
    door.ask(Method::POST, &format!("{fulfillment}/deliver"), &[], b"").await;
    assert_eq!(door.get(&fulfillment).await.must(200)["status"], "delivered");

    let refund = json!({"order_id": id, "items": [{"item_id": item, "quantity": 1}], "restock": true, "reason": "broken"});
    let reply = door.post("/refunds", &refund).await;
    let refund = reply.must(201);
    door.settle().await;
    let shown = door.get(reply.header("location")).await.must(200);
    assert_eq!((&shown["status"], &shown["refund_id"]), (&json!("succeeded"), &refund["refund_id"]));
    assert_eq!(
        door.get(&format!("/refunds?order_id={id}")).await.must(200)["data"][0]["amount"]["amount"],
        1000
    );
    assert_eq!(door.get(&path).await.json()["payment_status"], "partially_refunded");

    let noted = door.post(&format!("{path}/notes"), &json!({"body": "called the buyer"})).await.must(201);
    assert_eq!(noted["body"], "called the buyer");
    assert_eq!(door.get(&format!("{path}/notes")).await.must(200)["data"][0], noted);
    let timeline = door.get(&format!("{path}/timeline")).await.must(200);
    let titles: Vec<&str> =
        timeline["data"].as_array().unwrap().iter().map(|e| e["title"].as_str().unwrap()).collect();
    for title in ["order.placed", "payment.captured", "fulfillment.shipped", "refund.succeeded", "note"] {
        assert!(titles.contains(&title), "{title} in {titles:?}");
    }
    let events = door.get(&format!("{path}/events")).await.must(200);
    assert_eq!(events["data"][0]["type"], "order.placed");
    let checks = door.get(&format!("{path}/explain")).await.must(200);
    assert_eq!(checks["checks"][0]["check"], "order");
}

#[tokio::test]
async fn an_order_has_several_names_and_a_past() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let mut request = basket("P1", 1);
    request["reference"] = json!("web:1");
    let placed = door.post("/orders", &request).await.must(201);
    let id = placed["order_id"].as_str().unwrap();
    let number = placed["number"].as_str().unwrap();
    door.post(&format!("/orders/{id}/confirm"), &json!({})).await.must(200);
    for name in [id.to_owned(), format!("number:{number}"), "ref:web:1".to_owned(), "ref:web%3A1".to_owned()]
    {
        assert_eq!(door.get(&format!("/orders/{name}")).await.must(200)["order_id"], id, "{name}");
    }
    assert_eq!(door.get(&format!("/orders/{number}")).await.told(), "404 not_found");
    let was = door.get(&format!("/orders/{id}?version=1")).await.must(200);
    assert_eq!((&was["status"], &was["version"]), (&json!("created"), &json!(1)));
    assert_eq!(was["as_of"], "2026-11-22T13:06:56.120Z");
    let now = door.get(&format!("/orders/{id}?at=2026-11-23")).await.must(200);
    assert_eq!(now["status"], "confirmed");
    for query in ["version=99", "at=2020-01-01"] {
        assert_eq!(door.get(&format!("/orders/{id}?{query}")).await.told(), "404 not_found", "{query}");
    }
    assert_eq!(door.get(&format!("/orders/{id}?version=1&at=2026-11-23")).await.status, 400);
}

#[tokio::test]
async fn a_declined_order_is_kept_or_canceled_as_asked() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(5)).await;
    let kept = door.post("/orders", &paid("P1", 1, "tok_declined")).await.must(201);
    door.settle().await;
    let kept = door.get(&format!("/orders/{}", kept["order_id"].as_str().unwrap())).await.must(200);
    assert_eq!((&kept["status"], &kept["payment_status"]), (&json!("created"), &json!("failed")));
    assert_eq!(kept["payment"]["failure"]["code"], "card_declined");

    let mut request = paid("P1", 1, "tok_declined");
    request["payment"]["on_failure"] = json!("cancel");
    let key = [("idempotency-key", "k1")];
    let (first, ()) = futures::join!(door.post_with("/orders", &key, &request), door.settle());
    assert_eq!(first.told(), "402 payment_declined");
    assert_eq!(first.json()["failure"]["code"], "card_declined");
    let again = door.post_with("/orders", &key, &request).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!((again.status, &again.bytes), (first.status, &first.bytes));
    for name in ["location", "etag", "content-type"] {
        assert!(!first.header(name).is_empty(), "{name}");
        assert_eq!(again.header(name), first.header(name), "{name}");
    }
    assert_eq!(door.get(first.header("location")).await.must(200)["status"], "canceled");
}

#[tokio::test]
async fn the_buyer_approves_on_the_gateways_page() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(5)).await;
    for (decision, status, word) in [("approve", "paid", "Approved"), ("decline", "failed", "Declined")] {
        let placed = door.post("/orders", &paid("P1", 1, "tok_3ds")).await.must(201);
        door.settle().await;
        let path = format!("/orders/{}", placed["order_id"].as_str().unwrap());
        let order = door.get(&path).await.must(200);
        assert_eq!(order["payment_status"], "requires_action");
        let url = order["payment"]["next_action"]["url"].as_str().unwrap().to_owned();
        let page = url.strip_prefix("http://shop.test").unwrap();
        let shown = door.get(page).await;
        assert_eq!(shown.status, 200);
        let html = String::from_utf8(shown.bytes).unwrap();
        assert!(html.contains("EUR 10.00") && html.contains(&format!("value=\"{decision}\"")), "{html}");
        let form = [("content-type", "application/x-www-form-urlencoded"), ("origin", "null")];
        let decided = door.ask(Method::POST, page, &form, format!("decision={decision}").as_bytes()).await;
        assert!(String::from_utf8(decided.bytes).unwrap().contains(word));
        door.settle().await;
        assert_eq!(door.get(&path).await.json()["payment_status"], status);
        assert_eq!(door.ask(Method::POST, page, &form, b"decision=perhaps").await.status, 400);
    }
    assert_eq!(door.get("/gateways/fake/pay/pay_01h455vb4pex5vsknk084sn02q").await.told(), "404 not_found");
}

#[tokio::test]
async fn a_quote_keeps_nothing() {
    let door = Door::open().await;
    door.product("P1", 1000, Some(2)).await;
    let quote = door.post("/quotes", &basket("P1", 3)).await.must(200);
    assert_eq!(quote["totals"]["total"]["amount"], 3000);
    assert_eq!(
        quote["availability"][0],
        json!({"item": 0, "requested": 3, "available": 2, "short": true, "location_id": "main"})
    );
    assert_eq!(door.get("/orders").await.must(200)["data"], json!([]));
}

#[tokio::test]
async fn next_actions_are_those_of_the_caller() {
    let door = Door::open().await;
    door.product("P1", 1000, None).await;
    let id = door.post("/orders", &basket("P1", 1)).await.must(201)["order_id"].as_str().unwrap().to_owned();
    let reader = format!("Bearer {}", door.key(&["orders:read"]).await);
    let path = format!("/orders/{id}");
    let seen = door.ask(Method::GET, &path, &[("authorization", &reader)], b"").await.must(200);
    assert_eq!(seen["next_actions"], json!([]));
    let names: Vec<Value> = door.get(&path).await.json()["next_actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["action"].clone())
        .collect();
    assert_eq!(names, ["pay", "confirm", "cancel", "release", "hold"]);
    let refused =
        door.ask(Method::POST, &format!("{path}/confirm"), &[("authorization", &reader)], b"").await;
    assert_eq!(refused.told(), "403 insufficient_scope");
}

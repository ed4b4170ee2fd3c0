//! The dashboard over HTTP: the same done to many orders.

use axum::http::Method;
use serde_json::json;

use crate::dashboard::{after, led, placed, shop, text};
use crate::door::{Door, Reply};

/// Send a form of the list of orders, with its token and a key of its own.
async fn send(door: &Door, action: &str, orders: &[&str], fields: &[(&str, &str)]) -> Reply {
    let list = text(&door.get("/admin/orders").await);
    let mut all = vec![("csrf", after(&list, "name=\"csrf\" value=\"")), ("key", "form-1")];
    all.extend(orders.iter().map(|order| ("order", *order)));
    all.extend(fields);
    let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    door.ask(Method::POST, action, &headers, body.as_bytes()).await
}

#[tokio::test]
async fn each_order_is_acted_on_by_itself_and_told_of() {
    let door = shop().await;
    let items = json!([{"product_id": "MUG", "quantity": 1}]);
    let secured = json!({"items": items, "payment": {"token": "tok_auth_only", "capture": "manual"}});
    let (secured, plain) = (placed(&door, secured).await, placed(&door, json!({"items": items})).await);
    door.settle().await;
    assert!(text(&door.get("/admin/orders").await).contains(&format!("name=\"order\" value=\"{plain}\"")));

    assert!(
        led(&send(&door, "/admin/orders/bulk", &[], &[("act", "capture")]).await)
            .ends_with("done=none_ticked")
    );
    let both = [secured.as_str(), plain.as_str()];
    let asked = text(&send(&door, "/admin/orders/bulk", &both, &[("act", "capture")]).await);
    assert!(
        asked.contains("Capture 2 orders") && asked.contains(&secured) && asked.contains(&plain),
        "{asked}"
    );

    let told = text(&send(&door, "/admin/orders/bulk/capture", &both, &[]).await);
    assert!(
        told.contains("1 done, 1 failed") && told.contains("nothing of it waits to be captured"),
        "{told}"
    );
    door.settle().await;
    assert_eq!(door.get(&format!("/orders/{secured}")).await.must(200)["payment_status"], "paid");

    assert_eq!(send(&door, "/admin/orders/bulk/tag", &both, &[("tag", "")]).await.status, 422);
    let told = text(&send(&door, "/admin/orders/bulk/tag", &both, &[("tag", "vip")]).await);
    assert!(told.contains("2 done, 0 failed"), "{told}");
    assert_eq!(door.get(&format!("/orders/{plain}")).await.must(200)["tags"], json!(["vip"]));
}

#[tokio::test]
async fn what_cannot_be_taken_back_is_typed_out_first() {
    let door = shop().await;
    let items = json!([{"product_id": "MUG", "quantity": 1}]);
    let (one, other) =
        (placed(&door, json!({"items": items})).await, placed(&door, json!({"items": items})).await);
    let both = [one.as_str(), other.as_str(), one.as_str()];
    let refused =
        send(&door, "/admin/orders/bulk/cancel", &both, &[("count", "3"), ("reason", "No stock")]).await;
    assert_eq!(refused.status, 422);
    let page = text(&refused);
    assert!(page.contains("value=\"No stock\"") && page.contains("type 2 to cancel them"), "{page}");
    assert_eq!(door.get(&format!("/orders/{one}")).await.must(200)["status"], "created");

    let told = text(&send(&door, "/admin/orders/bulk/cancel", &both, &[("count", "2")]).await);
    assert!(told.contains("2 done, 0 failed"), "{told}");
    assert_eq!(door.get(&format!("/orders/{other}")).await.must(200)["status"], "canceled");

    let many: Vec<String> = (0..101).map(|at| format!("O-{at}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = send(&door, "/admin/orders/bulk/fulfill", &many, &[]).await;
    assert_eq!(refused.status, 400);
    assert!(text(&refused).contains("101 orders are ticked"), "{}", text(&refused));
    assert_eq!(send(&door, "/admin/orders/bulk/sell", &both, &[]).await.status, 404);
}

//! The dashboard over HTTP: the same done to many products, which is shown first.

use axum::http::Method;
use serde_json::{Value, json};

use crate::dashboard::{after, led, shop, text};
use crate::door::{Door, Reply};

/// Send a form of the list of products, with its token and a key.
async fn send(door: &Door, action: &str, products: &[&str], fields: &[(&str, &str)]) -> Reply {
    let list = text(&door.get("/admin/products").await);
    let mut all = vec![("csrf", after(&list, "name=\"csrf\" value=\""))];
    all.extend(products.iter().map(|product| ("product", *product)));
    all.extend(fields);
    let body: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish();
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    door.ask(Method::POST, action, &headers, body.as_bytes()).await
}

async fn made(door: &Door, id: &str, variants: Value) {
    let body = json!({"title": format!("The {id}"), "options": [{"name": "Size", "values": ["S", "M"]}], "variants": variants});
    let headers = [("content-type", "application/json")];
    door.ask(Method::PUT, &format!("/products/{id}"), &headers, body.to_string().as_bytes()).await.must(201);
}

fn price(view: &Value, at: usize) -> &Value {
    &view["variants"][at]["price"]["amount"]
}

/// What a preview carries along, to be sent back.
fn seen(page: &str, id: &str) -> String {
    after(page, &format!("name=\"at.{id}\" value=\"")).to_owned()
}

#[tokio::test]
async fn prices_are_shown_before_they_are_changed() {
    let door = shop().await;
    let sizes = json!([
        {"sku": "HAT-S", "price": {"amount": 1490}, "option_values": {"Size": "S"}},
        {"sku": "HAT-M", "price": {"amount": 5}, "option_values": {"Size": "M"}},
    ]);
    made(&door, "HAT", sizes).await;
    let list = text(&door.get("/admin/products").await);
    assert!(list.contains("name=\"product\" value=\"HAT\"") && list.contains("value=\"price\""), "{list}");
    assert!(
        led(&send(&door, "/admin/products/bulk", &[], &[("act", "price")]).await).ends_with("none_ticked")
    );
    let asked = text(&send(&door, "/admin/products/bulk", &["HAT"], &[("act", "price")]).await);
    assert!(asked.contains("Change the prices of 1 product") && asked.contains("name=\"change\""), "{asked}");

    let wrong = send(&door, "/admin/products/bulk/price", &["HAT"], &[("change", "cheap")]).await;
    assert_eq!(wrong.status, 422);
    assert!(text(&wrong).contains("such as -10%") && text(&wrong).contains("value=\"cheap\""));

    let change = [("change", "-10%"), ("keep", "on")];
    let page = text(&send(&door, "/admin/products/bulk/price", &["HAT"], &change).await);
    assert!(page.contains("1 change will be made") && page.contains("13.41"), "{page}");
    assert!(page.contains("the price stays the same"), "half a cent is rounded to even: {page}");
    assert_eq!(price(&door.get("/products/HAT").await.must(200), 0), 1490, "a preview changes nothing");

    let version = seen(&page, "HAT");
    let confirmed =
        [("change", "-10%"), ("keep", "on"), ("seen", "1"), ("key", "form-1"), ("at.HAT", &version)];
    let done = send(&door, "/admin/products/bulk/price", &["HAT"], &confirmed).await;
    assert!(led(&done).ends_with("done=changed"), "{}", text(&done));
    let hat = door.get("/products/HAT").await.must(200);
    assert_eq!((price(&hat, 0), price(&hat, 1)), (&json!(1341), &json!(5)));
    assert_eq!(hat["variants"][0]["compare_at_price"]["amount"], 1490);

    // The form of before, sent again: what it shows is no longer so.
    let late = send(&door, "/admin/products/bulk/price", &["HAT"], &confirmed).await;
    assert_eq!(late.status, 409);
    assert!(text(&late).contains("meanwhile; nothing was done"));
    assert_eq!(price(&door.get("/products/HAT").await.must(200), 0), 1341);
}

#[tokio::test]
async fn many_products_are_changed_in_one_commit() {
    let door = shop().await;
    for id in ["HAT", "CAP"] {
        made(&door, id, json!([{"sku": id, "price": {"amount": 100}, "option_values": {"Size": "S"}}])).await;
    }
    let both = ["HAT", "CAP", "HAT"];
    let page = text(&send(&door, "/admin/products/bulk", &both, &[("act", "archive")]).await);
    assert!(page.contains("Archive 2 products") && page.contains("2 changes will be made"), "{page}");
    let (hat, cap) = (seen(&page, "HAT"), seen(&page, "CAP"));
    let confirmed = [("seen", "1"), ("key", "form-2"), ("at.HAT", hat.as_str()), ("at.CAP", cap.as_str())];
    let done = send(&door, "/admin/products/bulk/archive", &both, &confirmed).await;
    assert!(led(&done).ends_with("done=changed"), "{}", text(&done));
    for id in ["HAT", "CAP"] {
        assert_eq!(door.get(&format!("/products/{id}")).await.must(200)["status"], "archived");
    }
    let page = text(&send(&door, "/admin/products/bulk", &both, &[("act", "archive")]).await);
    assert!(page.contains("Nothing would change") && page.contains("it is so already"), "{page}");

    assert_eq!(send(&door, "/admin/products/bulk/tag", &both, &[("tag", " ")]).await.status, 422);
    let page = text(&send(&door, "/admin/products/bulk/tag", &both, &[("tag", "<sale>")]).await);
    assert!(page.contains("&#60;sale&#62;") || page.contains("&lt;sale&gt;"), "{page}");

    let many: Vec<String> = (0..101).map(|at| format!("P-{at}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let refused = send(&door, "/admin/products/bulk/publish", &many, &[]).await;
    assert_eq!(refused.status, 400);
    assert!(text(&refused).contains("101 products are ticked"), "{}", text(&refused));
    assert_eq!(send(&door, "/admin/products/bulk/sell", &both, &[]).await.status, 404);
}

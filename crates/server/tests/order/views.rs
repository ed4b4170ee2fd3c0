//! A view is a fold: what the store keeps of an order is what its events say, at every point of its life.

use crate::shop::Shop;
use sutler_app::Caller;
use sutler_app::orders::AsOf;
use sutler_app::ports::reads::OrderName;
use sutler_domain::{OrderId, Version};

/// The stored view against the fold of the stream up to the view's version.
async fn must_be_its_fold(shop: &Shop, id: &str) -> Version {
    let (anyone, name) = (Caller::system("test"), OrderName::Id(OrderId::parse(id).unwrap()));
    let stored = shop.app.orders.get(&anyone, &name).await.unwrap();
    let folded = shop.app.orders.get_at(&anyone, &name, AsOf::Version(stored.version)).await.unwrap();
    assert_eq!(stored.order, folded.order, "version {} of {id}", stored.version);
    assert_eq!((stored.number, stored.contact), (folded.number, folded.contact));
    let events = shop.app.orders.events(&anyone, &name).await.unwrap();
    assert!(events.iter().all(|event| event.sequence.parse::<u64>().unwrap() <= stored.version.0));
    stored.version
}

#[tokio::test]
async fn the_stored_order_is_the_fold_of_its_events() {
    let shop = Shop::stocked(&["P1", "P2"]).await;
    let body = r#"{"reference": "R", "customer": {"email": "ada@example.com"}, "metadata": {"channel": "web"},
        "items": [{"product_id": "P1", "quantity": 3}, {"product_id": "P2", "quantity": 1}],
        "shipping": {"method": "standard", "amount": 490}, "discounts": [{"title": "Ten off", "amount": 1000}],
        "payment": {"token": "tok_auth_only"}}"#;
    let placed = shop.send("POST", "/orders", "", body).await;
    let id = placed["order_id"].as_str().unwrap();
    let mug = placed["items"][0]["item_id"].as_str().unwrap();
    let mut version = must_be_its_fold(&shop, id).await;
    shop.work().await;
    let payment = shop.read(&format!("/orders/{id}")).await["payments"][0].as_str().unwrap().to_owned();

    let cancel = format!(r#"{{"items": [{{"item_id": "{mug}", "quantity": 1}}]}}"#);
    let parcel = format!(r#"{{"items": [{{"item_id": "{mug}", "quantity": 1}}], "ship": true}}"#);
    let refund = format!(r#"{{"order_id": "{id}", "amount": 500, "restock": false}}"#);
    for (path, body) in [
        (format!("/orders/{id}/notes"), r#"{"body": "rang twice"}"#),
        (format!("/orders/{id}/holds"), r#"{"code": "manual"}"#),
        (format!("/orders/{id}/cancel"), cancel.as_str()),
        (format!("/payments/{payment}/capture"), "{}"),
    ] {
        shop.send("POST", &path, "", body).await;
        shop.work().await;
        let now = must_be_its_fold(&shop, id).await;
        assert!(now > version, "{path} changed nothing");
        version = now;
    }
    shop.send("DELETE", &format!("/orders/{id}/holds/manual"), "", "").await;
    for (path, body) in [(format!("/orders/{id}/fulfillments"), parcel), ("/refunds".to_owned(), refund)] {
        shop.send("POST", &path, "", &body).await;
        shop.work().await;
        let now = must_be_its_fold(&shop, id).await;
        assert!(now > version, "{path} changed nothing");
        version = now;
    }
}

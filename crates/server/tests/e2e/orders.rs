//! An order over HTTP, from placed to refunded, as the typed client sees it.

use sutler_client::types::fulfillment::{NewFulfillment, Tracking};
use sutler_client::types::payment::{NewPayment, NewRefund};
use sutler_client::types::place::{NewItem, NewOrder};

use crate::server::{Server, folder, http};

#[tokio::test]
async fn an_order_goes_from_placed_to_refunded() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let client = server.client();
    let orders = client.orders();
    let found = client.products().several(&["P1", "sku:MUG-BLUE", "P9"]).await.unwrap();
    assert_eq!((found.data.len(), found.missing), (2, vec!["P9".to_owned()]));
    let before = client.inventory().level("sku:MUG-BLUE", "main").await.unwrap();
    let item = NewItem { sku: Some("MUG-BLUE".into()), quantity: 2, ..NewItem::default() };
    let new = NewOrder { items: vec![item], reference: Some("web-1".into()), ..NewOrder::default() };
    let order = orders.place(&new).await.unwrap();
    assert_eq!((order.status.as_str(), order.payment_status.as_str()), ("created", "unpaid"));

    let second = orders.place(&new).await.unwrap_err();
    assert_eq!(second.code(), Some("reference_exists"));

    let token = Some("tok_auth_only".to_owned());
    let payment = orders.pay("ref:web-1", &NewPayment { token, ..NewPayment::default() }).await.unwrap();
    assert_eq!(payment.status, "authorized");
    let payment = client.payments().capture(&payment.payment_id, None).await.unwrap();
    assert_eq!((payment.status.as_str(), payment.amount_captured.amount), ("captured", 2980));

    let tracking = Tracking { carrier: Some("DHL".into()), ..Tracking::default() };
    let parcel = orders.fulfill(&order.order_id, &NewFulfillment::default()).await.unwrap();
    let parcel = orders.ship(&parcel.fulfillment_id, Some(&tracking)).await.unwrap();
    assert_eq!((parcel.status.as_str(), parcel.tracking.carrier.as_deref()), ("shipped", Some("DHL")));
    orders.deliver(&parcel.fulfillment_id).await.unwrap();

    let refund = NewRefund { order_id: order.order_id.clone(), ..NewRefund::default() };
    let refund = client.payments().refund(&refund).await.unwrap();
    assert_eq!((refund.status.as_str(), refund.amount.amount), ("succeeded", 2980));

    let now = orders.get("ref:web-1").await.unwrap();
    assert_eq!(
        [now.status.as_str(), now.payment_status.as_str(), now.fulfillment_status.as_str()],
        ["completed", "refunded", "delivered"]
    );
    let after = client.inventory().level("sku:MUG-BLUE", "main").await.unwrap();
    assert_eq!((after.on_hand, after.reserved), (before.on_hand - 2, before.reserved));
    let earlier = orders.get_version(&order.order_id, 2).await.unwrap();
    assert_eq!(earlier.payment_status, "unpaid");
    let timeline = orders.timeline(&order.order_id).await.unwrap();
    assert_eq!(timeline.first().unwrap().title, "order.placed");
    assert_eq!(timeline.last().unwrap().title, "refund.succeeded");
}

#[tokio::test]
async fn the_buyer_approves_on_the_page_of_the_fake_gateway() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let body = serde_json::json!({
        "items": [{"product_id": "P1", "quantity": 1}], "payment": {"gateway": "fake", "token": "tok_3ds"}
    });
    let order = server.client().orders().place_json(&body).await.unwrap();
    assert_eq!(order.payment_status, "requires_action");
    let url = order.payment.unwrap().next_action.unwrap().url.unwrap();
    assert!(url.starts_with(&server.url), "{url} is reached at {}", server.url);
    let page = http().get(&url).send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert!(page.text().await.unwrap().contains("Approve"));
}

#[tokio::test]
async fn the_buyer_may_approve_after_a_restart() {
    let folder = folder();
    let server = Server::dev(folder.path(), &[]);
    let body = serde_json::json!({
        "items": [{"product_id": "P1", "quantity": 1}], "payment": {"gateway": "fake", "token": "tok_3ds"}
    });
    let order = server.client().orders().place_json(&body).await.unwrap();
    let payment_id = order.payment.unwrap().payment_id;
    assert_eq!(server.stop().code(), Some(0));

    let server = Server::dev(folder.path(), &[]);
    let url = format!("{}/gateways/fake/pay/{payment_id}", server.url);
    let page = http().post(&url).body("decision=approve").send().await.unwrap();
    assert_eq!(page.status(), 200);
    assert_eq!(server.client().orders().get(&order.order_id).await.unwrap().payment_status, "paid");
}

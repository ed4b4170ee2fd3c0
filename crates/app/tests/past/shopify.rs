use sutler_app::transfer::PastOptions;
use sutler_app::transfer::mapping::shipped;
use sutler_domain::orders::{
    FulfillmentStatus, OrderStatus, PaymentState, fulfillment_status, payment_status,
};

use super::shop::Shop;
use super::{head, import, must_be_sound, order};

const ORDERS: &str = include_str!("../fixtures/shopify-orders.csv");

#[tokio::test]
async fn shopify_orders_land_as_what_they_were() {
    let shop = Shop::open().await;
    let mapping = shipped("shopify-orders").unwrap();
    let heard = import(&shop.app, ORDERS.as_bytes(), &mapping, PastOptions::default()).await.unwrap();
    assert_eq!(heard.errors, []);
    assert_eq!((heard.report.orders_new, heard.report.rows), (5, 6));

    let paid = order(&shop.app, "#1001").await;
    assert_eq!(paid.order.status, OrderStatus::Completed);
    assert_eq!(
        (payment_status(&paid.order), fulfillment_status(&paid.order)),
        (PaymentState::Paid, FulfillmentStatus::Delivered)
    );
    assert_eq!(
        (paid.order.totals.total, paid.order.totals.tax_added, paid.order.totals.shipping),
        (5_490, 800, 490)
    );
    assert_eq!(paid.order.placed_at.to_string(), "2024-05-01T10:00:00Z");
    assert_eq!(paid.order.confirmed_at.unwrap().to_string(), "2024-05-01T10:05:00Z");
    assert_eq!(paid.order.metadata["shopify.id"], "9001");
    let contact = paid.contact.unwrap();
    assert_eq!(contact.email.as_deref(), Some("ada@example.com"));
    let address = contact.shipping_address.unwrap();
    assert_eq!(
        address.postal_code.as_deref(),
        Some("75008"),
        "without the apostrophe of a program for tables"
    );

    let open = order(&shop.app, "#1002").await;
    assert_eq!(
        (open.order.status, payment_status(&open.order)),
        (OrderStatus::Created, PaymentState::Unpaid)
    );
    assert_eq!(open.order.customer_id, paid.order.customer_id, "one address is one customer");

    let canceled = order(&shop.app, "#1003").await;
    assert_eq!(
        (canceled.order.status, payment_status(&canceled.order)),
        (OrderStatus::Canceled, PaymentState::Refunded)
    );
    assert_eq!(canceled.order.ended_at.unwrap().to_string(), "2024-05-03T12:00:00Z");

    let part = order(&shop.app, "#1004").await;
    assert_eq!(payment_status(&part.order), PaymentState::PartiallyRefunded);
    assert_eq!((part.order.refunded(), part.order.totals.discount), (500, 200));

    let secured = order(&shop.app, "#1005").await;
    assert_eq!(
        (secured.order.status, payment_status(&secured.order)),
        (OrderStatus::Confirmed, PaymentState::Authorized)
    );
    must_be_sound(&shop).await;
}

#[tokio::test]
async fn a_second_import_of_shopify_orders_changes_nothing() {
    let shop = Shop::open().await;
    let mapping = shipped("shopify-orders").unwrap();
    import(&shop.app, ORDERS.as_bytes(), &mapping, PastOptions::default()).await.unwrap();
    let at = head(&shop.app).await;
    let again = import(&shop.app, ORDERS.as_bytes(), &mapping, PastOptions::default()).await.unwrap();
    assert_eq!((again.report.orders, again.report.orders_new, head(&shop.app).await), (5, 0, at));
}

#[tokio::test]
async fn a_total_that_its_parts_do_not_come_to_is_told() {
    let shop = Shop::open().await;
    let file = ORDERS.replace("54.90", "55.00");
    let mapping = shipped("shopify-orders").unwrap();
    let heard = import(&shop.app, file.as_bytes(), &mapping, PastOptions::default()).await.unwrap();
    assert_eq!(heard.codes(), [(2, "totals_differ"), (3, "")]);
    assert!(heard.errors[0].message.contains("55.00"), "{:?}", heard.errors[0]);
}

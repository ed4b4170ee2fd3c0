//! Stripe's books beside ours: what differs is found from either side, and what does not is not.

use std::time::Duration;

use jiff::Timestamp;
use sutler_app::payments::DifferenceKind;
use sutler_domain::payments::CaptureMode;
use sutler_testkit::money::{caller, compared};

use crate::shop::Quiet;

/// What a comparison of everything finds: payments looked at, those in flight, those of others, and how they differ.
async fn found(quiet: &Quiet) -> (u64, u64, u64, Vec<DifferenceKind>) {
    let found = compared(&quiet.shop, Timestamp::UNIX_EPOCH).await.unwrap();
    let kinds = found.differences.iter().map(|difference| difference.kind).collect();
    (found.checked, found.in_flight, found.foreign, kinds)
}

#[tokio::test]
async fn books_of_several_pages_that_agree_show_no_difference() {
    let mut quiet = Quiet::open_waiting(Duration::from_secs(10)).await;
    for n in 0..120 {
        let token = if n % 10 == 0 { "pm_card_chargeDeclined" } else { "pm_card_visa" };
        quiet.shop.place(1 + n % 3, token, CaptureMode::Automatic).await.unwrap();
    }
    quiet.works(0).await;
    // 120 of Stripe's, and the 108 of ours that have money.
    assert_eq!(found(&quiet).await, (228, 0, 0, Vec::new()));
}

#[tokio::test]
async fn each_way_in_which_books_differ_is_found() {
    let mut quiet = Quiet::open().await;
    let first = quiet.placed(1, "pm_card_visa", CaptureMode::Automatic).await;
    let second = quiet.placed(2, "pm_card_visa", CaptureMode::Automatic).await;
    assert_eq!(found(&quiet).await.3, []);
    // Stripe counts what it lists no refund for.
    quiet.shop.stripe.books(|books| books.intents[0].refunded = 400);
    assert_eq!(found(&quiet).await.3, [DifferenceKind::AmountsDiffer]);
    quiet.shop.stripe.books(|books| books.intents[0].refunded = 0);
    // Stripe has lost a payment of ours.
    let lost = quiet.shop.stripe.books(|books| books.intents.pop().unwrap());
    assert_eq!(found(&quiet).await.3, [DifferenceKind::OrderWithoutPayment]);
    quiet.shop.stripe.books(|books| books.intents.push(lost.clone()));
    // A payment that names one of ours which is in no order.
    let mut stray = lost.clone();
    stray.id = "pi_stray".to_owned();
    stray.metadata.insert("sutler_payment_id".to_owned(), "pay_01h455vb4pex5vsknk084sn02q".to_owned());
    quiet.shop.stripe.books(|books| books.intents.push(stray));
    assert_eq!(found(&quiet).await.3, [DifferenceKind::PaymentWithoutOrder]);
    // One that names none of ours belongs to somebody else.
    quiet.shop.stripe.books(|books| books.intents.last_mut().unwrap().metadata.clear());
    assert_eq!(found(&quiet).await, (5, 0, 1, Vec::new()));
    assert_ne!(first.order.order_id, second.order.order_id);
}

#[tokio::test]
async fn a_payment_with_a_call_in_flight_is_counted_and_not_judged() {
    let mut quiet = Quiet::open().await;
    let placed = quiet.placed(1, "pm_card_visa", CaptureMode::Automatic).await;
    let input = sutler_app::orders::CancelInput { items: Vec::new(), reason: None, refund: true };
    let name = sutler_app::ports::reads::OrderName::Id(placed.order.order_id.clone());
    quiet.shop.app.orders.cancel(&caller(), &name, input).await.unwrap();
    // The refund is written down, and Stripe's books have it already, as when the answer is on its way.
    quiet.shop.stripe.books(|books| books.intents[0].refunded = 1000);
    assert_eq!(found(&quiet).await, (2, 1, 0, Vec::new()));
    quiet.shop.stripe.books(|books| books.intents[0].refunded = 0);
    quiet.works(60).await;
    assert_eq!(found(&quiet).await.3, []);
}

#[tokio::test]
async fn a_gateway_without_books_is_named_and_a_cursor_of_another_list_is_refused() {
    let quiet = Quiet::open().await;
    let payments = &quiet.shop.app.payments;
    let unknown = payments.reconcile(&caller(), "manual", Timestamp::UNIX_EPOCH, None).await;
    assert_eq!(unknown.unwrap_err().code, "not_found");
    for cursor in ["nonsense", "ours:nonsense"] {
        let refused = payments.reconcile(&caller(), "stripe", Timestamp::UNIX_EPOCH, Some(cursor)).await;
        assert_eq!(refused.unwrap_err().kind, sutler_app::Kind::Invalid, "{cursor}");
    }
}

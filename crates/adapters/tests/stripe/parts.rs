//! Captures in parts: several where the card allows them, one where it does not, and then nothing more is counted on.

use sutler_app::orders::{Amount, OrderView};
use sutler_domain::payments::{CaptureMode, PaymentStatus};
use sutler_testkit::money::caller;

use crate::shop::{Quiet, state};

async fn captured(quiet: &mut Quiet, placed: &OrderView, amount: i64) -> OrderView {
    let payment = placed.order.payments[0].payment_id.clone();
    let amount = Some(Amount { amount, currency: None });
    quiet.shop.app.payments.capture(&caller(), &payment, amount).await.unwrap();
    quiet.works(0).await;
    quiet.now(placed).await
}

#[tokio::test]
async fn a_card_that_allows_it_is_captured_parcel_by_parcel() {
    let mut quiet = Quiet::open().await;
    let placed = quiet.placed(3, "pm_card_multicapture", CaptureMode::Manual).await;
    for (n, amount) in [(1, 1000), (2, 500), (3, 1500)] {
        let now = captured(&mut quiet, &placed, amount).await;
        assert_eq!(now.order.captured(), quiet.intent(&placed).received);
        assert_eq!(quiet.intent(&placed).captures, n);
    }
    assert_eq!(state(&quiet.now(&placed).await.order), ("confirmed", "paid", 3000, 0));
    assert_eq!(quiet.intent(&placed).status, "succeeded");
}

#[tokio::test]
async fn the_rest_of_several_captures_can_be_given_up() {
    let mut quiet = Quiet::open().await;
    let placed = quiet.placed(3, "pm_card_multicapture", CaptureMode::Manual).await;
    captured(&mut quiet, &placed, 1000).await;
    let payment = placed.order.payments[0].payment_id.clone();
    quiet.shop.app.payments.void(&caller(), &payment).await.unwrap();
    quiet.works(0).await;
    let payment = &quiet.now(&placed).await.order.payments[0];
    assert_eq!((payment.status, payment.captured, payment.capturable()), (PaymentStatus::Captured, 1000, 0));
}

#[tokio::test]
async fn a_card_that_allows_one_capture_gives_the_rest_up_and_nobody_counts_on_it() {
    let mut quiet = Quiet::open().await;
    let placed = quiet.placed(3, "pm_card_visa", CaptureMode::Manual).await;
    let now = captured(&mut quiet, &placed, 1000).await;
    let payment = &now.order.payments[0];
    assert_eq!((payment.captured, payment.authorized, payment.capturable()), (1000, 1000, 0));
    assert_eq!(now.order.due(), 2000, "the rest is due again");
    assert_eq!(quiet.intent(&placed).received, 1000);
}

#[tokio::test]
async fn a_saved_means_of_a_customer_and_a_token_of_the_shops_page_are_passed_on() {
    let mut quiet = Quiet::open().await;
    for token in ["cus_1/pm_card_saved", "tok_visa", "pm_card_visa"] {
        let placed = quiet.placed(1, token, CaptureMode::Automatic).await;
        assert_eq!(state(&placed.order), ("confirmed", "paid", 1000, 0), "{token}");
        assert_eq!(quiet.intent(&placed).method.as_deref(), token.rsplit('/').next());
    }
}

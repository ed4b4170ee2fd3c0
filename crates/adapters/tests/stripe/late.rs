//! Money that comes for an order that is over: the order comes back, or the money goes back. None is left over.

use jiff::SignedDuration;
use sutler_app::orders::CancelInput;
use sutler_app::ports::reads::OrderName;
use sutler_domain::payments::CaptureMode;
use sutler_testkit::money::caller;
use sutler_testkit::servers::stripe::Fault;

use crate::shop::{Quiet, state};

/// A buyer at the bank, whose order is over by the time the word comes: three days late.
async fn late(is_canceled: bool) -> (Quiet, sutler_app::orders::OrderView) {
    let mut quiet = Quiet::open().await;
    let placed = quiet.placed(2, "pm_card_threeDSecure2Required", CaptureMode::Automatic).await;
    let intent = quiet.intent(&placed).id;
    let action = placed.order.payments[0].next_action.clone().unwrap();
    assert!(action.url.unwrap().contains(&intent) && action.client_secret.is_some());
    if is_canceled {
        let name = OrderName::Id(placed.order.order_id.clone());
        let canceled = CancelInput { items: Vec::new(), reason: None, refund: true };
        quiet.shop.app.orders.cancel(&caller(), &name, canceled).await.unwrap();
    }
    quiet.shop.clock.advance(SignedDuration::from_mins(16));
    quiet.works(60).await;
    let over = quiet.now(&placed).await;
    let wanted = if is_canceled { "canceled" } else { "expired" };
    assert_eq!(state(&over.order), (wanted, "voided", 0, 0));
    assert_eq!(quiet.intent(&placed).status, "canceled", "Stripe gave it up before the stock was");
    // Stripe took it all the same: the buyer was on the way while it was given up.
    quiet.shop.stripe.books(|books| books.intents[0].status = "requires_action");
    assert!(quiet.shop.stripe.buyer_decides(&intent, true));
    quiet.shop.clock.advance(SignedDuration::from_hours(72));
    (quiet, placed)
}

async fn told(quiet: &mut Quiet) {
    let event = quiet.shop.stripe.events_from(0).pop().unwrap();
    for _ in 0..10 {
        quiet.shop.told(&event).await.unwrap();
    }
    quiet.works(60).await;
}

#[tokio::test]
async fn an_expired_order_is_confirmed_when_its_goods_are_still_there() {
    let (mut quiet, placed) = late(false).await;
    told(&mut quiet).await;
    assert_eq!(state(&quiet.now(&placed).await.order), ("confirmed", "paid", 2000, 0));
    assert_eq!((quiet.intent(&placed).received, quiet.intent(&placed).refunded), (2000, 0));
}

#[tokio::test]
async fn the_money_of_an_expired_order_goes_back_when_its_goods_are_gone() {
    let (mut quiet, placed) = late(false).await;
    let item = &placed.order.items[0];
    let none = sutler_app::inventory::AdjustInput {
        variant_id: Some(item.variant_id.clone()),
        set_to: Some(1),
        ..Default::default()
    };
    quiet.shop.app.inventory.adjust(&caller(), &none).await.unwrap();
    told(&mut quiet).await;
    assert_eq!(state(&quiet.now(&placed).await.order), ("expired", "refunded", 2000, 2000));
    assert_eq!((quiet.intent(&placed).received, quiet.intent(&placed).refunded), (2000, 2000));
}

#[tokio::test]
async fn the_money_of_a_canceled_order_goes_back_whole_also_when_the_refund_is_cut_off() {
    let (mut quiet, placed) = late(true).await;
    let event = quiet.shop.stripe.events_from(0).pop().unwrap();
    quiet.shop.told(&event).await.unwrap();
    // The three questions about the payment come through, and the answer to the refund does not.
    quiet.shop.stripe.script([None, None, None, Some(Fault::CutAfter)]);
    quiet.works(600).await;
    assert_eq!(state(&quiet.now(&placed).await.order), ("canceled", "refunded", 2000, 2000));
    assert_eq!(quiet.intent(&placed).refunded, 2000);
    assert_eq!(quiet.shop.stripe.books(|books| books.refunds.len()), 1);
}

#[tokio::test]
async fn a_buyer_who_pays_after_a_refusal_pays_for_the_order() {
    let mut quiet = Quiet::open().await;
    let placed = quiet.placed(1, "pm_card_chargeDeclinedInsufficientFunds", CaptureMode::Automatic).await;
    assert_eq!(state(&placed.order), ("created", "failed", 0, 0));
    let failure = placed.order.payments[0].failure.clone().unwrap();
    assert_eq!((failure.code.as_str(), failure.retryable), ("insufficient_funds", true));
    let intent = quiet.intent(&placed).id;
    assert!(quiet.shop.stripe.buyer_decides(&intent, true));
    told(&mut quiet).await;
    assert_eq!(state(&quiet.now(&placed).await.order), ("confirmed", "paid", 1000, 0));
}

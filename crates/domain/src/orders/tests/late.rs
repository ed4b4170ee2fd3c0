use super::*;
use crate::orders::stock_changes;

fn reserve() -> LateMoney {
    LateMoney::Reserve(refund_id("late"))
}

/// A payment thought lost, whose order then expired.
fn expired() -> Story {
    Story::placed().pay("1", None).hear("1", Operation::Charge, declined()).sweep_at_end()
}

#[test]
fn late_money_brings_an_expired_order_back_while_the_stock_is_there() {
    let story = expired()
        .hear_late("1", Operation::Charge, ok(), reserve())
        .then(&["PaymentProcessed", "StockReserved", "OrderConfirmed"])
        .stands("confirmed · paid · unfulfilled")
        .keeps(2, 1);
    assert_eq!(stock_changes(&story.last).iter().map(|c| c.reserved).sum::<i64>(), 3);
    assert_eq!((story.order.ended_at, story.order.reservation_expires_at), (None, None));
}

#[test]
fn late_money_goes_back_when_the_stock_is_gone() {
    let story = expired()
        .hear_late("1", Operation::Charge, ok(), returned())
        .then(&["PaymentProcessed", "RefundStarted"])
        .keeps(0, 0);
    assert_eq!(
        (story.order.refunds[0].amount, story.order.refunds[0].refund_id.as_str()),
        (2000, "ref_late")
    );
    story.hear_refund("late", ok()).stands("expired · refunded · unfulfilled");
}

#[test]
fn late_money_for_a_canceled_order_goes_back() {
    let in_flight = Story::placed().pay("1", None).cancel().then(&["StockReleased", "OrderCanceled"]);
    for late in [reserve(), returned()] {
        in_flight
            .clone()
            .hear_late("1", Operation::Charge, ok(), late)
            .then(&["PaymentProcessed", "RefundStarted"])
            .hear_refund("late", ok())
            .stands("canceled · refunded · unfulfilled");
    }
}

#[test]
fn a_late_authorization_confirms_or_is_given_up() {
    let expired =
        Story::placed().authorize("1", None).hear("1", Operation::Authorize, declined()).sweep_at_end();
    expired.clone().hear_late("1", Operation::Authorize, ok(), reserve()).then(&[
        "PaymentAuthorized",
        "StockReserved",
        "OrderConfirmed",
    ]);
    expired
        .hear_late("1", Operation::Authorize, ok(), returned())
        .then(&["PaymentAuthorized", "PaymentIntended"])
        .hear("1", Operation::Void, ok())
        .stands("expired · voided · unfulfilled");
}

#[test]
fn a_part_of_the_money_does_not_bring_an_order_back() {
    let story = Story::placed().pay("1", Some(500)).hear("1", Operation::Charge, declined()).sweep_at_end();
    story.hear_late("1", Operation::Charge, ok(), reserve()).then(&["PaymentProcessed", "RefundStarted"]);
}

#[test]
fn money_on_its_way_back_does_not_bring_an_order_back() {
    let story = Story::placed()
        .pay("1", Some(1500))
        .hear("1", Operation::Charge, declined())
        .pay("2", Some(500))
        .hear("2", Operation::Charge, declined())
        .sweep_at_end()
        .hear_late("1", Operation::Charge, ok(), reserve())
        .hear_late("2", Operation::Charge, ok(), LateMoney::Reserve(refund_id("late2")))
        .then(&["PaymentProcessed", "RefundStarted"]);
    assert_eq!(story.order.refundable(), 0);
}

#[test]
fn a_canceled_order_asks_no_buyer_for_anything() {
    Story::placed()
        .pay("1", None)
        .cancel()
        .hear("1", Operation::Charge, to_buyer())
        .then(&["PaymentRequiresAction", "PaymentIntended"])
        .hear("1", Operation::Void, ok())
        .stands("canceled · voided · unfulfilled");
}

#[test]
fn nothing_stays_secured_after_a_capture_met_a_cancellation() {
    let capturing =
        Story::authorized().capture("1", Some(500)).cancel().then(&["StockReleased", "OrderCanceled"]);
    capturing
        .clone()
        .hear("1", Operation::Capture, ok())
        .then(&["PaymentProcessed", "RefundStarted", "PaymentIntended"])
        .hear_refund("late", ok())
        .hear("1", Operation::Void, ok())
        .stands("canceled · refunded · unfulfilled");
    capturing
        .hear("1", Operation::Capture, declined())
        .then(&["PaymentFailed", "PaymentIntended"])
        .hear("1", Operation::Void, declined())
        .then(&["PaymentFailed"]);
}

#[test]
fn money_that_comes_twice_goes_back_once() {
    let story = Story::placed()
        .pay("1", None)
        .hear("1", Operation::Charge, Outcome::NotFound)
        .pay("2", None)
        .hear("2", Operation::Charge, ok())
        .hear("1", Operation::Charge, ok())
        .then(&["PaymentProcessed", "RefundStarted"]);
    assert_eq!((story.order.refunds[0].amount, story.order.refunds[0].payment_id.as_str()), (2000, "pay_1"));
    story.hear_refund("late", ok()).stands("confirmed · partially_refunded · unfulfilled");
}

#[test]
fn an_authorization_that_nobody_needs_is_given_up() {
    Story::placed()
        .authorize("1", None)
        .hear("1", Operation::Authorize, Outcome::NotFound)
        .pay("2", None)
        .hear("2", Operation::Charge, ok())
        .hear("1", Operation::Authorize, ok())
        .then(&["PaymentAuthorized", "PaymentIntended"]);
}

#[test]
fn units_canceled_under_a_payment_in_flight_are_paid_back() {
    let request = decide::CancelItems { lines: vec![(item_id("tee"), 1)], reason: None, refund_id: None };
    let story = Story::placed()
        .pay("1", None)
        .when(|order, at| decide::cancel_items(order, request, at))
        .hear("1", Operation::Charge, ok())
        .then(&["PaymentProcessed", "RefundStarted", "OrderConfirmed"]);
    assert_eq!(story.order.refunds[0].amount, 1000);
}

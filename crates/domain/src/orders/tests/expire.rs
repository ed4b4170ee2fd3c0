use super::*;
use crate::orders::HoldCode;

#[test]
fn nothing_expires_before_its_time() {
    let mut story = Story::placed();
    story.now = START + TTL - SignedDuration::from_secs(1);
    assert_eq!(decide::expire(&story.order, story.now), []);
    Story::paid().sweep_at_end().then(&[]);
    Story::placed().when(decide::confirm).sweep_at_end().then(&[]);
    Story::placed().cancel().sweep_at_end().then(&[]);
}

#[test]
fn an_order_without_an_open_payment_expires() {
    let failed = Story::placed().pay("1", None).hear("1", Operation::Charge, declined());
    for story in [Story::placed(), failed] {
        let story = story.sweep_at_end().then(&["StockReleased", "OrderExpired"]).keeps(0, 0);
        assert_eq!((story.order.status.as_str(), story.order.due()), ("expired", 0));
        assert!(matches!(story.last[0], OrderEvent::StockReleased { expired: true, .. }));
        story.sweep_at_end().then(&[]);
    }
}

#[test]
fn a_payment_in_flight_is_waited_for() {
    Story::placed().pay("1", None).sweep_at_end().then(&[]).keeps(2, 1);
}

#[test]
fn a_payment_that_waits_for_the_buyer_is_canceled_first() {
    let story = Story::placed()
        .pay("1", None)
        .hear("1", Operation::Charge, to_buyer())
        .sweep_at_end()
        .then(&["PaymentIntended"])
        .sweep_at_end()
        .then(&[])
        .keeps(2, 1);
    story
        .clone()
        .hear("1", Operation::Void, ok())
        .then(&["PaymentVoided"])
        .sweep_at_end()
        .then(&["StockReleased", "OrderExpired"])
        .stands("expired · voided · unfulfilled");
    // The buyer was faster.
    story.hear("1", Operation::Charge, ok()).then(&["PaymentProcessed", "OrderConfirmed"]).keeps(2, 1);
}

#[test]
fn a_part_that_is_secured_is_given_up_first() {
    Story::placed()
        .authorize("1", Some(500))
        .hear("1", Operation::Authorize, ok())
        .sweep_at_end()
        .then(&["PaymentIntended"])
        .hear("1", Operation::Void, ok())
        .sweep_at_end()
        .then(&["StockReleased", "OrderExpired"]);
}

#[test]
fn an_unknown_outcome_keeps_the_stock_and_asks_for_a_review() {
    let story = Story::placed()
        .pay("1", None)
        .hear("1", Operation::Charge, unknown())
        .sweep_at_end()
        .then(&["OrderHeld"])
        .sweep_at_end()
        .then(&[])
        .keeps(2, 1);
    assert!(story.order.is_held(HoldCode::PaymentReview));
    story
        .hear("1", Operation::Charge, Outcome::NotFound)
        .then(&["PaymentFailed", "OrderHoldReleased"])
        .sweep_at_end()
        .then(&["StockReleased", "OrderExpired"]);
}

#[test]
fn a_gateway_that_refuses_to_cancel_is_asked_once() {
    let story = Story::placed()
        .pay("1", None)
        .hear("1", Operation::Charge, to_buyer())
        .sweep_at_end()
        .hear("1", Operation::Void, declined())
        .then(&["PaymentFailed"])
        .sweep_at_end()
        .then(&["OrderHeld"])
        .sweep_at_end()
        .then(&[])
        .keeps(2, 1);
    // The buyer can still pay, and then nothing is doubtful any more.
    story.hear("1", Operation::Charge, ok()).then(&[
        "PaymentProcessed",
        "OrderHoldReleased",
        "OrderConfirmed",
    ]);
}

#[test]
fn an_order_paid_in_part_is_never_expired_with_the_buyers_money() {
    let story = Story::placed()
        .pay("1", Some(500))
        .hear("1", Operation::Charge, ok())
        .sweep_at_end()
        .then(&["OrderHeld"])
        .sweep_at_end()
        .then(&[])
        .keeps(2, 1);
    is_transition(story.try_to(decide::release));
    story
        .cancel()
        .then(&["StockReleased", "OrderCanceled", "RefundStarted"])
        .hear_refund("c1", ok())
        .stands("canceled · refunded · unfulfilled");
}

#[test]
fn a_reservation_is_given_up_before_its_time() {
    Story::placed().when(decide::release).then(&["StockReleased", "OrderExpired"]).keeps(0, 0);
    Story::placed()
        .authorize("1", Some(500))
        .hear("1", Operation::Authorize, ok())
        .when(decide::release)
        .then(&["PaymentIntended", "StockReleased", "OrderExpired"]);
    is_transition(Story::paid().try_to(decide::release));
    is_transition(Story::placed().cancel().try_to(decide::release));
    let in_flight = Story::placed().pay("1", None);
    is_transition(in_flight.try_to(decide::release));
    is_transition(in_flight.hear("1", Operation::Charge, to_buyer()).try_to(decide::release));
}

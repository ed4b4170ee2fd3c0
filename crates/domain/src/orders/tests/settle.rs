use super::*;
use crate::orders::HoldCode;
use crate::payments::PaymentStatus;

fn cancels_on_failure() -> Story {
    let request =
        PaymentRequest { on_failure: OnFailure::Cancel, ..payment("1", None, CaptureMode::Automatic) };
    Story::placed().when(|order, at| decide::start_payment(order, request, at))
}

#[test]
fn a_decline_leaves_the_order_open_for_another_payment() {
    Story::placed()
        .pay("1", None)
        .hear("1", Operation::Charge, declined())
        .then(&["PaymentFailed"])
        .stands("created · failed · unfulfilled")
        .keeps(2, 1)
        .pay("2", None)
        .hear("2", Operation::Charge, ok())
        .stands("confirmed · paid · unfulfilled");
}

#[test]
fn a_decline_cancels_the_order_where_that_was_asked_for() {
    let story = cancels_on_failure()
        .hear("1", Operation::Charge, declined())
        .then(&["PaymentFailed", "StockReleased", "OrderCanceled"])
        .stands("canceled · failed · unfulfilled")
        .keeps(0, 0);
    assert_eq!(story.order.cancel_reason.as_deref(), Some("payment_declined"));
}

#[test]
fn a_decline_that_cancels_gives_other_secured_money_up() {
    let request =
        PaymentRequest { on_failure: OnFailure::Cancel, ..payment("2", None, CaptureMode::Automatic) };
    Story::placed()
        .authorize("1", Some(500))
        .hear("1", Operation::Authorize, ok())
        .when(|order, at| decide::start_payment(order, request, at))
        .hear("2", Operation::Charge, declined())
        .then(&["PaymentFailed", "StockReleased", "OrderCanceled", "PaymentIntended"])
        .hear("1", Operation::Void, ok())
        .then(&["PaymentVoided"]);
}

#[test]
fn a_decline_does_not_cancel_an_order_that_holds_money() {
    let request =
        PaymentRequest { on_failure: OnFailure::Cancel, ..payment("2", None, CaptureMode::Automatic) };
    Story::placed()
        .pay("1", Some(500))
        .hear("1", Operation::Charge, ok())
        .when(|order, at| decide::start_payment(order, request, at))
        .hear("2", Operation::Charge, declined())
        .then(&["PaymentFailed"])
        .stands("created · partially_paid · unfulfilled");
}

#[test]
fn a_call_that_never_arrived_has_failed() {
    let story = Story::placed().pay("1", None).hear("1", Operation::Charge, Outcome::NotFound);
    let failure = story.order.payments[0].failure.as_ref().unwrap();
    assert_eq!((failure.code.as_str(), failure.retryable), ("not_found_at_gateway", true));
    cancels_on_failure()
        .hear("1", Operation::Charge, Outcome::NotFound)
        .stands("canceled · failed · unfulfilled");
}

#[test]
fn an_unknown_outcome_is_told_once_and_stays_pending() {
    let story = Story::placed()
        .pay("1", None)
        .hear("1", Operation::Charge, unknown())
        .then(&["PaymentOutcomeUnknown"])
        .hear("1", Operation::Charge, unknown())
        .then(&[])
        .stands("created · pending · unfulfilled");
    assert!(story.order.payments[0].open[0].unknown);
    story.hear("1", Operation::Charge, ok()).stands("confirmed · paid · unfulfilled");
}

#[test]
fn a_payment_found_waiting_for_the_buyer_is_unknown_no_more() {
    let waiting = Story::placed().pay("1", None).hear("1", Operation::Charge, to_buyer());
    for story in [Story::placed().pay("1", None), waiting] {
        let story = story
            .hear("1", Operation::Charge, unknown())
            .hear("1", Operation::Charge, to_buyer())
            .then(&["PaymentRequiresAction"]);
        assert!(!story.order.payments[0].open[0].unknown);
    }
}

#[test]
fn only_the_first_call_waits_for_the_buyer() {
    let story = Story::authorized().capture("1", None).hear("1", Operation::Capture, to_buyer()).then(&[]);
    assert_eq!(story.order.payments[0].status, PaymentStatus::Authorized);
}

#[test]
fn secured_money_is_not_thought_void_because_the_void_never_arrived() {
    Story::authorized()
        .void("1")
        .hear("1", Operation::Void, Outcome::NotFound)
        .then(&["PaymentFailed"])
        .stands("confirmed · authorized · unfulfilled");
    // Where nothing was secured, there is nothing left to give up.
    Story::placed()
        .pay("1", None)
        .hear("1", Operation::Charge, to_buyer())
        .void("1")
        .hear("1", Operation::Void, Outcome::NotFound)
        .then(&["PaymentVoided"])
        .stands("created · voided · unfulfilled");
}

#[test]
fn a_void_that_fails_lets_a_secured_order_be_confirmed() {
    Story::placed()
        .authorize("1", None)
        .hear("1", Operation::Authorize, to_buyer())
        .void("1")
        .hear("1", Operation::Authorize, ok())
        .then(&["PaymentAuthorized"])
        .hear("1", Operation::Void, declined())
        .then(&["PaymentFailed", "OrderConfirmed"]);
}

#[test]
fn the_answer_to_a_refund_is_never_taken_for_a_payment() {
    let request = decide::RefundRequest {
        refund_id: refund_id("1"),
        payment_id: None,
        amount: Some(300),
        lines: Vec::new(),
        return_id: None,
        restock: false,
        reason: None,
    };
    let story = Story::paid()
        .when(|order, at| decide::refund(order, request, at))
        .hear("1", Operation::Refund, ok())
        .then(&["RefundSucceeded"])
        .hear("1", Operation::Refund, ok())
        .then(&[]);
    assert_eq!((story.order.captured(), story.order.refunded()), (2000, 300));
}

#[test]
fn a_review_that_began_by_itself_ends_by_itself() {
    let held = Story::placed().pay("1", None).hear("1", Operation::Charge, unknown()).sweep_at_end();
    held.hear("1", Operation::Charge, ok()).then(&[
        "PaymentProcessed",
        "OrderHoldReleased",
        "OrderConfirmed",
    ]);
}

#[test]
fn a_review_that_somebody_asked_for_is_theirs_to_end() {
    let story = Story::placed()
        .when(|order, at| decide::hold(order, HoldCode::PaymentReview, Some("odd card".to_owned()), at))
        .pay("1", None)
        .hear("1", Operation::Charge, ok())
        .then(&["PaymentProcessed", "OrderConfirmed"]);
    assert!(story.order.is_held(HoldCode::PaymentReview));
}

#[test]
fn a_payment_of_another_order_is_unknown() {
    let id = payment_id("9");
    let found = Story::placed()
        .try_to(|order, at| decide::settle(order, &id, (Operation::Charge, 1), &ok(), &returned(), at));
    assert_eq!(found, Err(Refusal::Unknown { what: "payment", id: "pay_9".to_owned() }));
}

#[test]
fn what_a_capture_released_is_counted_on_no_more() {
    let concluded = || Outcome::Concluded { transaction_id: "there".to_owned() };
    let story = Story::authorized()
        .capture("1", Some(1))
        .hear("1", Operation::Capture, concluded())
        .then(&["PaymentProcessed", "PaymentVoided"]);
    let payment = &story.order.payments[0];
    assert_eq!((payment.status, payment.captured, payment.authorized), (PaymentStatus::Captured, 1, 1));
    assert_eq!(payment.capturable(), 0);
}

#[test]
fn what_was_not_asked_changes_nothing_and_raises_no_doubt() {
    let not_asked = || Outcome::NotAsked { reason: "429".to_owned(), wait_ms: 1000 };
    Story::placed()
        .pay("1", None)
        .hear("1", Operation::Charge, not_asked())
        .then(&[])
        .stands("created · pending · unfulfilled")
        .hear("1", Operation::Charge, ok())
        .stands("confirmed · paid · unfulfilled");
}

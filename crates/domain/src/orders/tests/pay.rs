use super::*;
use crate::payments::PaymentStatus;

#[test]
fn a_charge_that_succeeds_confirms_the_order() {
    Story::placed()
        .pay("1", None)
        .then(&["PaymentStarted"])
        .stands("created · pending · unfulfilled")
        .hear("1", Operation::Charge, ok())
        .then(&["PaymentProcessed", "OrderConfirmed"])
        .stands("confirmed · paid · unfulfilled")
        .keeps(2, 1);
}

#[test]
fn an_answer_that_is_repeated_changes_nothing() {
    Story::paid()
        .hear("1", Operation::Charge, ok())
        .then(&[])
        .hear("1", Operation::Charge, declined())
        .then(&[]);
    Story::authorized().hear("1", Operation::Authorize, ok()).then(&[]);
    Story::placed().pay("1", None).hear("1", Operation::Charge, Outcome::Pending).then(&[]);
}

#[test]
fn an_authorization_confirms_and_a_capture_takes_the_money() {
    Story::authorized()
        .then(&["PaymentAuthorized", "OrderConfirmed"])
        .stands("confirmed · authorized · unfulfilled")
        .capture("1", None)
        .then(&["PaymentIntended"])
        .hear("1", Operation::Capture, ok())
        .then(&["PaymentProcessed"])
        .stands("confirmed · paid · unfulfilled");
}

#[test]
fn captures_may_be_partial_and_several_and_never_more_than_secured() {
    let story = Story::authorized().capture("1", Some(500));
    let exceeds = story.try_to(|order, at| decide::capture(order, &payment_id("1"), Some(1501), at));
    let expected =
        Refusal::ExceedsCapturable { requested: 1501, capturable: 1500, currency: currency("EUR") };
    assert_eq!(exceeds, Err(expected));
    let story = story
        .hear("1", Operation::Capture, ok())
        .stands("confirmed · partially_paid · unfulfilled")
        .capture("1", Some(700))
        .capture("1", None)
        .hear("1", Operation::Capture, ok())
        .stands("confirmed · pending · unfulfilled");
    // The second of the two in flight was answered; the first, with its own number, still waits.
    let id = payment_id("1");
    let story = story
        .when(|order, at| decide::settle(order, &id, (Operation::Capture, 2), &ok(), &returned(), at))
        .stands("confirmed · paid · unfulfilled");
    assert_eq!(story.order.captured(), 2000);
    is_transition(story.try_to(|order, at| decide::capture(order, &id, None, at)));
}

#[test]
fn a_capture_is_of_something() {
    for amount in [0, -1] {
        let story = Story::authorized();
        let found = story.try_to(|order, at| decide::capture(order, &payment_id("1"), Some(amount), at));
        assert_eq!(pointer(found), "/amount");
    }
    let nobody = Story::authorized().try_to(|order, at| decide::capture(order, &payment_id("2"), None, at));
    assert_eq!(nobody, Err(Refusal::Unknown { what: "payment", id: "pay_2".to_owned() }));
}

#[test]
fn a_capture_takes_no_more_than_is_due() {
    let request = decide::CancelItems { lines: vec![(item_id("tee"), 1)], reason: None, refund_id: None };
    let story = Story::authorized().when(|order, at| decide::cancel_items(order, request, at));
    let whole = story.try_to(|order, at| decide::capture(order, &payment_id("1"), Some(2000), at));
    assert!(matches!(whole, Err(Refusal::ExceedsCapturable { capturable: 1000, .. })), "{whole:?}");
    let story = story.capture("1", None).hear("1", Operation::Capture, ok());
    assert_eq!(story.order.captured(), 1000);
    // The rest stays secured until somebody gives it up.
    story
        .stands("confirmed · paid · unfulfilled")
        .void("1")
        .hear("1", Operation::Void, ok())
        .then(&["PaymentVoided"])
        .stands("confirmed · paid · unfulfilled");
}

#[test]
fn a_capture_that_fails_leaves_the_money_secured() {
    let story = Story::authorized()
        .capture("1", None)
        .hear("1", Operation::Capture, declined())
        .then(&["PaymentFailed"])
        .stands("confirmed · authorized · unfulfilled");
    assert!(story.order.payments[0].failure.is_some());
    let story = story.capture("1", None).hear("1", Operation::Capture, ok());
    assert_eq!((story.order.captured(), &story.order.payments[0].failure), (2000, &None));
}

#[test]
fn an_order_may_be_paid_in_parts() {
    Story::placed()
        .pay("1", Some(500))
        .hear("1", Operation::Charge, ok())
        .then(&["PaymentProcessed"])
        .stands("created · partially_paid · unfulfilled")
        .authorize("2", None)
        .hear("2", Operation::Authorize, ok())
        .then(&["PaymentAuthorized", "OrderConfirmed"])
        .stands("confirmed · partially_paid · unfulfilled");
}

#[test]
fn one_payment_at_a_time_and_never_more_than_is_due() {
    let another = |story: &Story, amount| {
        let request = payment("2", amount, CaptureMode::Automatic);
        story.try_to(|order, at| decide::start_payment(order, request, at))
    };
    let in_flight = Story::placed().pay("1", None);
    assert!(!is_transition(another(&in_flight, None)).contains(&"pay"));
    is_transition(another(&in_flight.hear("1", Operation::Charge, to_buyer()), None));
    is_transition(another(&Story::authorized(), None));
    is_transition(another(&Story::placed().cancel(), None));
    let half = Story::placed().authorize("1", Some(1500)).hear("1", Operation::Authorize, ok());
    assert_eq!(pointer(another(&half, Some(501))), "/amount");
    assert!(another(&half, Some(500)).is_ok());
}

#[test]
fn a_token_is_never_a_card_number() {
    let request = PaymentRequest {
        token: Some("4242424242424242".to_owned()),
        ..payment("1", None, CaptureMode::Automatic)
    };
    let found = Story::placed().try_to(|order, at| decide::start_payment(order, request, at));
    assert_eq!(pointer(found), "/token");
}

#[test]
fn the_buyer_approves_or_not() {
    let waiting = Story::placed()
        .pay("1", None)
        .hear("1", Operation::Charge, to_buyer())
        .then(&["PaymentRequiresAction"])
        .stands("created · requires_action · unfulfilled")
        .hear("1", Operation::Charge, to_buyer())
        .then(&[]);
    let approved =
        waiting.clone().hear("1", Operation::Charge, ok()).stands("confirmed · paid · unfulfilled");
    assert_eq!(approved.order.payments[0].next_action, None);
    let refused = waiting.hear("1", Operation::Charge, declined()).stands("created · failed · unfulfilled");
    assert_eq!(refused.order.payments[0].next_action, None);
}

#[test]
fn secured_money_is_given_up() {
    let story = Story::authorized().void("1").then(&["PaymentIntended"]);
    is_transition(story.try_to(|order, at| decide::void(order, &payment_id("1"), at)));
    is_transition(story.try_to(|order, at| decide::capture(order, &payment_id("1"), None, at)));
    let story = story
        .hear("1", Operation::Void, ok())
        .then(&["PaymentVoided"])
        .stands("confirmed · voided · unfulfilled")
        .keeps(2, 1);
    assert_eq!(story.order.payments[0].status, PaymentStatus::Voided);
    is_transition(Story::paid().try_to(|order, at| decide::void(order, &payment_id("1"), at)));
    is_transition(story.capture_refused());
}

#[test]
fn a_capture_and_a_void_never_race() {
    let story = Story::authorized().capture("1", Some(1));
    is_transition(story.try_to(|order, at| decide::void(order, &payment_id("1"), at)));
}

impl Story {
    fn capture_refused(&self) -> Result<Vec<OrderEvent>, Refusal> {
        self.try_to(|order, at| decide::capture(order, &payment_id("1"), None, at))
    }
}

#[test]
fn the_number_of_a_card_is_refused_before_it_is_stored_and_not_repeated() {
    let asked = |token: &str| {
        let request =
            PaymentRequest { token: Some(token.to_owned()), ..payment("1", None, CaptureMode::Automatic) };
        decide::start_payment(&Story::placed().order, request, START)
    };
    for number in ["4242424242424242", "4242 4242 4242 4242", "3782-822463-10005"] {
        let Err(Refusal::Invalid { faults }) = asked(number) else { panic!("{number} was taken") };
        assert_eq!(faults[0].pointer, "/token");
        assert!(!format!("{faults:?}").contains("4242"), "{faults:?}");
    }
    for token in ["pm_1MqLiJLkdIwHu7ixUEgbFdYF", "4242424242424241", "123456", "cus_1/pm_2"] {
        assert!(asked(token).is_ok(), "{token}");
    }
}

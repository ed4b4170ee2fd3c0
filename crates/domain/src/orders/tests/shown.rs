//! What an order shows: its next actions and the answers of `explain`.

use super::*;
use crate::orders::{HoldCode, explain, next_actions};

/// `+` can be done now, `-` not just now.
fn actions(story: &Story) -> Vec<String> {
    let sign = |disabled: bool| if disabled { '-' } else { '+' };
    next_actions(&story.order)
        .iter()
        .map(|a| format!("{}{}", sign(a.reason_disabled.is_some()), a.action))
        .collect()
}

/// The checks that do not pass, with their fix.
fn open_checks(story: &Story) -> Vec<(&'static str, Option<String>)> {
    let checks = explain(&story.order, story.now);
    checks.into_iter().filter(|c| !c.pass).map(|c| (c.check, c.fix)).collect()
}

#[test]
fn actions_follow_the_life_of_an_order() {
    let in_flight = Story::placed().pay("1", None);
    let waiting = in_flight.clone().hear("1", Operation::Charge, to_buyer());
    let held = Story::paid()
        .fulfill("1", &[("mug", 1)])
        .when(|order, at| decide::hold(order, HoldCode::Manual, None, at));
    let shipped = Story::paid().fulfill("1", &[]).ship("1");
    let table: [(Story, &[&str]); 11] = [
        (Story::placed(), &["+pay", "+confirm", "+cancel", "+release", "+hold"]),
        (in_flight, &["-pay", "+confirm", "+cancel", "-release", "+hold"]),
        (waiting.clone(), &["+approve_payment", "-pay", "+confirm", "+void", "+cancel", "-release", "+hold"]),
        (waiting.cancel(), &[]),
        (Story::authorized(), &["+capture", "+void", "+fulfill", "+cancel", "+hold"]),
        (Story::authorized().void("1"), &["+fulfill", "+cancel", "+hold"]),
        (Story::paid(), &["+fulfill", "+refund", "+cancel", "+hold"]),
        (held, &["-fulfill", "-ship", "+refund", "+cancel", "+hold", "+unhold"]),
        (shipped.clone(), &["+deliver", "+refund", "+return", "+complete", "+hold"]),
        (shipped.deliver("1"), &["+refund", "+return"]),
        (Story::placed().sweep_at_end(), &[]),
    ];
    for (story, expected) in table {
        assert_eq!(actions(&story), expected, "{}", story.order.status.as_str());
    }
}

#[test]
fn an_action_says_how_it_is_done() {
    let story = Story::authorized();
    let capture = next_actions(&story.order).into_iter().find(|a| a.action == "capture").unwrap();
    assert_eq!((capture.method, capture.href.as_str()), ("POST", "/payments/pay_1/capture"));
}

#[test]
fn explain_names_what_is_waited_for_and_what_to_do() {
    let waiting = Story::placed().pay("1", None).hear("1", Operation::Charge, to_buyer());
    let unknown_now = Story::placed().pay("1", None).hear("1", Operation::Charge, unknown());
    let failed = Story::placed().pay("1", None).hear("1", Operation::Charge, declined());
    let table = [
        (Story::placed(), "payment", Some("POST /orders/{id}/payments")),
        (waiting, "payment", Some("send the buyer to payment.next_action.url")),
        (unknown_now, "payment", Some("the gateway is being asked; to ask now: POST /payments/{id}/sync")),
        (failed, "payment", Some("start another payment")),
        (Story::authorized(), "payment", Some("POST /payments/{id}/capture")),
        (Story::paid(), "fulfillment", Some("POST /orders/{id}/fulfillments")),
        (Story::paid().fulfill("1", &[]), "fulfillment", Some("POST /fulfillments/{id}/ship")),
        (Story::placed().sweep_at_end(), "order", Some("place it again")),
    ];
    for (story, check, fix) in table {
        let found = open_checks(&story);
        assert!(found.contains(&(check, fix.map(str::to_owned))), "{check}: {found:?}");
    }
    assert_eq!(open_checks(&Story::paid().fulfill("1", &[]).ship("1").deliver("1")), []);
}

#[test]
fn explain_tells_of_late_money() {
    let late = Story::placed().pay("1", None).cancel().hear("1", Operation::Charge, ok());
    let detail = |story: &Story| explain(&story.order, story.now)[2].detail.clone();
    assert_eq!(detail(&late), "money arrived after the order was over; EUR 0.00 of EUR 20.00 went back");
    let back = late.hear_refund("late", ok());
    assert_eq!(detail(&back), "money arrived after the order was over; EUR 20.00 of EUR 20.00 went back");
    assert_eq!(open_checks(&back), []);
    let canceled = Story::paid().cancel().hear_refund("c1", ok());
    assert_eq!(detail(&canceled), "the order was paid; EUR 20.00 of EUR 20.00 went back");
}

#[test]
fn explain_sees_a_reservation_past_its_time() {
    let story = Story::placed();
    let stock = explain(&story.order, START + TTL).remove(1);
    assert_eq!((stock.check, stock.pass), ("stock", false));
    let stock = explain(&story.order, START).remove(1);
    assert_eq!(stock.detail, "3 units are kept until 2026-11-22T13:15:00Z");
}

//! Each kind of wrong evidence is found, by the check that is for it.

use std::time::Duration;

use serde_json::{Value, json};

use super::*;
use crate::commands::bench::evidence::Event;
use crate::commands::bench::ledger::Order;

/// A sale of two units to three buyers, as it should be.
struct Case {
    answers: Vec<Answer>,
    evidence: Evidence,
    alone: bool,
}

fn id(kind: &str, number: u64) -> String {
    format!("{kind}_{number}")
}

fn order(number: u64, buyer: u64) -> Value {
    json!({
        "order_id": id("ord", number), "version": 5, "status": "confirmed",
        "totals": {"total": {"amount": 1990, "currency": "EUR"}},
        "items": [{"variant_id": "var_1", "total": {"amount": 1990, "currency": "EUR"}, "quantity": {"ordered": 1}}],
        "metadata": {BUYER: buyer.to_string()},
    })
}

fn found(number: u64, buyer: u64) -> Found {
    let money = |amount: i64| json!({"amount": amount, "currency": "EUR"});
    let mut body = order(number, buyer);
    body["payments"] = json!([{
        "payment_id": id("pay", number), "object": "payment", "order_id": id("ord", number), "version": 5,
        "gateway": "fake", "status": "captured", "capture": "automatic", "on_failure": "keep",
        "amount": money(1990), "amount_authorized": money(1990), "amount_captured": money(1990),
        "amount_refunded": money(0), "amount_capturable": money(0), "amount_refundable": money(1990),
        "transaction_id": null, "failure": null, "next_action": null, "disputed": false, "created_at": "",
    }]);
    serde_json::from_value(body).unwrap()
}

fn charge(number: u64, n: u64) -> BookEntry {
    let payment_id = id("pay", number);
    serde_json::from_value(json!({
        "key": format!("{payment_id}:charge:{n}"), "object": "book_entry", "payment_id": payment_id,
        "operation": "charge", "amount": {"amount": 1990, "currency": "EUR"}, "outcome": "succeeded",
        "transaction_id": null, "rests_at": "",
    }))
    .unwrap()
}

fn told(number: u64, first: u64) -> Vec<Event> {
    let kinds =
        ["order.placed", "reservation.created", "payment.created", "payment.captured", "order.confirmed"];
    let event = |(version, kind): (u64, &str)| Event {
        id: format!("evt_{number}_{version}"),
        kind: kind.to_owned(),
        subject: id("ord", number),
        sequence: version.to_string(),
        position: (first + version).to_string(),
    };
    (1..).zip(kinds).map(event).collect()
}

fn answer(buyer: u64, told: Told) -> Answer {
    Answer { buyer, told, asked_again: std::collections::BTreeMap::new(), took: Duration::from_millis(1) }
}

fn placed_answer(number: u64, buyer: u64) -> Answer {
    let mut told: Order = serde_json::from_value(order(number, buyer)).unwrap();
    (told.version, told.status) = (3, "created".to_owned());
    answer(buyer, Told::Placed(Box::new(told)))
}

fn case() -> Case {
    let level = json!([{
        "variant_id": "var_1", "object": "inventory_level", "product_id": "P", "sku": "", "location_id": "main",
        "on_hand": 2, "reserved": 2, "available": 0, "safety_stock": 0, "reorder_point": null, "status": "out",
        "version": 3,
    }]);
    Case {
        answers: vec![placed_answer(1, 0), placed_answer(2, 1), answer(2, Told::OutOfStock)],
        evidence: Evidence {
            orders: vec![found(1, 0), found(2, 1)],
            books: vec![charge(1, 1), charge(2, 1)],
            events: [told(1, 10), told(2, 20)].concat(),
            levels: serde_json::from_value(level).unwrap(),
            verified: Verified::Clean { events: 12 },
            ..Evidence::default()
        },
        alone: true,
    }
}

impl Case {
    fn checks(&self) -> Vec<Check> {
        let sale = Sale { stock: 2, paid: true, alone: self.alone, answers: &self.answers };
        all(&sale, &self.evidence)
    }

    /// The names of the checks that do not hold.
    fn failing(&self) -> Vec<&'static str> {
        self.checks().iter().filter(|check| !check.holds()).map(|check| check.name).collect()
    }

    fn count(&self, name: &str) -> u64 {
        self.checks().iter().find(|check| check.name == name).unwrap().count
    }
}

/// What a fault does to the evidence, and the checks that must find it.
fn assert_found(by: &[&str], fault: impl FnOnce(&mut Case)) -> Case {
    let mut case = case();
    fault(&mut case);
    assert_eq!(case.failing(), by);
    case
}

#[test]
fn a_sale_as_it_should_be_passes_every_check() {
    assert_eq!(case().failing(), Vec::<&str>::new());
    assert_eq!(case().checks().len(), 10);
}

#[test]
fn a_unit_too_many_is_oversold() {
    let case = assert_found(&["sold", "stock"], |case| {
        case.answers[2] = placed_answer(3, 2);
        case.evidence.orders.push(found(3, 2));
        case.evidence.books.push(charge(3, 1));
        case.evidence.events.extend(told(3, 30));
    });
    assert_eq!(case.count("sold"), 1);
}

#[test]
fn a_unit_kept_back_from_a_buyer_is_seen() {
    assert_found(&["sold"], |case| {
        case.answers.remove(1);
        case.evidence.orders.pop();
        case.evidence.books.pop();
        case.evidence.events.truncate(5);
        case.evidence.levels[0].reserved = 1;
    });
}

#[test]
fn a_refusal_for_another_reason_is_told() {
    for told in [
        Told::Refused { status: 500, code: "internal".to_owned() },
        Told::Nothing { reason: "connection reset".to_owned() },
    ] {
        assert_found(&["refused"], |case| case.answers.push(answer(3, told)));
    }
}

#[test]
fn a_lost_order_is_missed() {
    assert_found(&["sold", "acknowledged", "charged", "stock"], |case| _ = case.evidence.orders.pop());
}

#[test]
fn a_changed_order_is_seen() {
    assert_found(&["sold", "acknowledged", "stock"], |case| {
        case.evidence.orders[0].order.items[0].quantity.ordered = 2;
    });
    assert_found(&["acknowledged", "paid"], |case| case.evidence.orders[0].order.totals.total.amount = 1);
    assert_found(&["sold", "acknowledged", "stock"], |case| {
        case.evidence.orders[0].order.status = "canceled".to_owned();
    });
    assert_found(&["acknowledged"], |case| {
        case.evidence.orders[0].order.version = 2;
    });
}

#[test]
fn an_order_that_nobody_asked_for_is_seen() {
    for buyer in [9, 0, 2] {
        let case = assert_found(&["sold", "asked for", "stock"], |case| {
            case.evidence.orders.push(found(3, buyer));
            case.evidence.books.push(charge(3, 1));
            case.evidence.events.extend(told(3, 30));
        });
        assert_eq!(case.count("asked for"), 1, "buyer {buyer}");
    }
}

#[test]
fn a_second_charge_is_counted_by_the_gateways_books() {
    let case = assert_found(&["charged", "paid"], |case| case.evidence.books.push(charge(1, 2)));
    assert_eq!(case.count("charged"), 1);
    // The same key again is one charge, told later.
    let mut repeated = case;
    repeated.evidence.books.pop();
    repeated.evidence.books.push(charge(1, 1));
    assert_eq!(repeated.failing(), Vec::<&str>::new());
}

#[test]
fn a_charge_without_an_order_counts_where_nobody_else_sells() {
    let stray = |case: &mut Case| case.evidence.books.push(charge(7, 1));
    assert_found(&["charged"], stray);
    assert_found(&[], |case| {
        case.alone = false;
        stray(case);
    });
}

#[test]
fn money_that_only_one_side_knows_is_seen() {
    assert_found(&["paid"], |case| _ = case.evidence.books.pop());
    assert_found(&["paid"], |case| case.evidence.orders[0].payments[0].amount_captured.amount = 0);
    assert_found(&["paid"], |case| case.evidence.books[0].amount.amount = 1);
}

#[test]
fn a_lost_event_is_counted() {
    let case = assert_found(&["events"], |case| _ = case.evidence.events.remove(1));
    assert_eq!(case.count("events"), 1);
}

#[test]
fn events_out_of_order_or_told_twice_are_seen() {
    assert_found(&["events"], |case| case.evidence.events.swap(2, 3));
    assert_found(&["events"], |case| {
        let mut twice = case.evidence.events[0].clone();
        twice.position = "99".to_owned();
        case.evidence.events.push(twice);
    });
    assert_found(&["events"], |case| case.evidence.events[3].kind = "payment.failed".to_owned());
}

#[test]
fn a_shelf_that_does_not_fit_the_orders_is_seen() {
    assert_found(&["stock"], |case| case.evidence.levels[0].on_hand = 1);
    assert_found(&["stock"], |case| case.evidence.levels[0].reserved = 3);
    assert_found(&["stock"], |case| case.evidence.levels[0].available = -1);
}

#[test]
fn work_that_is_left_is_seen() {
    assert_found(&["at rest"], |case| _ = case.evidence.jobs.insert("dead".to_owned(), 1));
    assert_found(&["at rest"], |case| case.evidence.orders[0].order.status = "created".to_owned());
}

#[test]
fn what_the_servers_own_audit_finds_is_told() {
    let differs = Verified::Differs(vec!["views: ord_1".to_owned()]);
    assert_found(&["verify"], |case| case.evidence.verified = differs);
}

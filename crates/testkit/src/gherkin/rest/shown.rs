//! What came back, read as a client reads it.

use serde_json::Value;
use sutler_types::order::Related;
use sutler_types::{self as wire, ProblemBody};

use super::Received;
use crate::gherkin::door::{
    Answer, Fault, Fulfillment, Heard, Item, Level, Order, Payment, Product, Refund, Refused, Reservation,
    Return,
};

/// The answer, or the problem.
pub(super) fn judged<T>(received: Received, show: impl Fn(&str) -> T) -> Answer<T> {
    let Received { status, replayed, text } = received;
    if status < 400 {
        return Ok(Heard { value: show(&text), replayed, text });
    }
    let problem: ProblemBody = read(&text);
    assert_eq!(problem.status, status, "the status stands in the body, too");
    assert!(!problem.error.is_empty(), "every problem has an error: {text}");
    Err(refused(&problem))
}

pub(super) fn read<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in: {text}"))
}

fn refused(problem: &ProblemBody) -> Refused {
    let fault = |fault: &wire::FieldFault| {
        let count = |name: &str| fault.facts.get(name).and_then(Value::as_i64);
        Fault { pointer: fault.pointer.clone(), available: count("available"), requested: count("requested") }
    };
    Refused {
        code: problem.code.clone(),
        detail: problem.detail.clone(),
        errors: problem.errors.iter().map(fault).collect(),
        order_id: problem.facts.get("order_id").and_then(Value::as_str).map(str::to_owned),
    }
}

pub(super) fn product(text: &str) -> Product {
    product_of(&read(text))
}

pub(super) fn product_of(product: &wire::catalog::Product) -> Product {
    let [variant] = product.variants.as_slice() else { panic!("not one variant: {product:?}") };
    Product {
        product_id: product.product_id.clone(),
        status: product.status.clone(),
        variant_id: variant.variant_id.clone(),
        price_minor: variant.price.amount,
    }
}

pub(super) fn level(text: &str) -> Level {
    let level: wire::inventory::Level = read(text);
    Level { on_hand: level.on_hand, reserved: level.reserved, available: level.available }
}

pub(super) fn reservation(text: &str) -> Reservation {
    let wire::inventory::Reservation { reservation_id, status, .. } = read(text);
    Reservation { reservation_id, status }
}

pub(super) fn order(text: &str) -> Order {
    order_of(&read(text))
}

/// The parts that are shown whole.
fn wholes<T>(parts: &[Related<T>]) -> impl Iterator<Item = &T> {
    parts.iter().filter_map(|part| match part {
        Related::Id(_) => None,
        Related::Whole(whole) => Some(&**whole),
    })
}

pub(super) fn order_of(order: &wire::Order) -> Order {
    let item = |item: &wire::order::Item| Item {
        item_id: item.item_id.clone(),
        product_id: item.product_id.clone(),
        ordered: item.quantity.ordered,
        canceled: item.quantity.canceled,
        fulfilled: item.quantity.fulfilled,
        returned: item.quantity.returned,
        open: item.quantity.open,
    };
    let failure = |failure: &Option<wire::payment::Failure>| failure.as_ref().map(|f| f.code.clone());
    let payment = |payment: &wire::payment::Payment| Payment {
        payment_id: payment.payment_id.clone(),
        status: payment.status.clone(),
        failure_code: failure(&payment.failure),
        page_url: payment.next_action.as_ref().and_then(|action| action.url.clone()),
        disputed: payment.disputed,
    };
    let refund = |refund: &wire::payment::Refund| Refund {
        status: refund.status.clone(),
        failure_code: failure(&refund.failure),
    };
    let parcel = |parcel: &wire::fulfillment::Fulfillment| Fulfillment {
        fulfillment_id: parcel.fulfillment_id.clone(),
        status: parcel.status.clone(),
        carrier: parcel.tracking.carrier.clone(),
        number: parcel.tracking.number.clone(),
    };
    let back =
        |one: &wire::returns::Return| Return { return_id: one.return_id.clone(), status: one.status.clone() };
    let next = order.next_actions.iter();
    Order {
        order_id: order.order_id.clone(),
        number: order.number.parse().unwrap(),
        customer_id: order.customer_id.clone(),
        status: order.status.clone(),
        payment_status: order.payment_status.clone(),
        fulfillment_status: order.fulfillment_status.clone(),
        items: order.items.iter().map(item).collect(),
        paid_minor: order.totals.paid.amount,
        refunded_minor: order.totals.refunded.amount,
        due_minor: order.totals.due.amount,
        payments: wholes(&order.payments).map(payment).collect(),
        refunds: wholes(&order.refunds).map(refund).collect(),
        fulfillments: wholes(&order.fulfillments).map(parcel).collect(),
        returns: wholes(&order.returns).map(back).collect(),
        holds: order.holds.iter().map(|hold| hold.code.clone()).collect(),
        next_actions: next.map(|action| (action.action.clone(), action.reason_disabled.clone())).collect(),
    }
}

//! What the use cases answer, as the steps look at it.

use serde_json::Value;
use sutler_app::catalog::ProductView;
use sutler_app::inventory::ReservationView;
use sutler_app::orders::OrderView;
use sutler_app::ports::reads::StockLevel;
use sutler_app::{Answered, Problem};
use sutler_domain::orders::{fulfillment_status, next_actions, payment_status};

use crate::gherkin::door::{
    Answer, Fault, Fulfillment, Heard, Item, Level, Order, Payment, Product, Refund, Refused, Reservation,
    Return,
};

pub(super) fn heard<S: std::fmt::Debug, T>(
    answer: Result<Answered<S>, Problem>,
    show: impl Fn(&S) -> T,
) -> Answer<T> {
    let Answered { value, replayed } = answer.map_err(|problem| refused(&problem))?;
    Ok(Heard { value: show(&value), replayed, text: format!("{value:?}") })
}

pub(super) fn read<S: std::fmt::Debug, T>(answer: Result<S, Problem>, show: impl Fn(&S) -> T) -> Answer<T> {
    heard(answer.map(|value| Answered { value, replayed: false }), show)
}

fn refused(problem: &Problem) -> Refused {
    let fault = |fault: &sutler_domain::Fault| {
        let count = |name: &str| {
            let fact = fault.facts.iter().find(|(known, _)| *known == name);
            fact.and_then(|(_, fact)| sutler_app::error::fact_json(fact).as_i64())
        };
        Fault { pointer: fault.pointer.clone(), available: count("available"), requested: count("requested") }
    };
    Refused {
        code: problem.code.to_owned(),
        detail: problem.detail.clone(),
        errors: problem.errors.iter().map(fault).collect(),
        order_id: problem.facts.get("order_id").and_then(Value::as_str).map(str::to_owned),
    }
}

pub(super) fn product(view: &ProductView) -> Product {
    let [variant] = view.product.variants.as_slice() else { panic!("not one variant: {view:?}") };
    Product {
        product_id: view.product.product_id.to_string(),
        status: view.product.status.as_str().to_owned(),
        variant_id: variant.variant_id.to_string(),
        price_minor: variant.price.amount,
    }
}

pub(super) fn level(stock: &StockLevel) -> Level {
    let level = stock.level;
    Level { on_hand: level.on_hand, reserved: level.reserved, available: level.available() }
}

pub(super) fn reservation(view: &ReservationView) -> Reservation {
    Reservation {
        reservation_id: view.reservation.reservation_id.to_string(),
        status: view.reservation.status.as_str().to_owned(),
    }
}

pub(super) fn order(view: &OrderView) -> Order {
    let order = &view.order;
    let item = |item: &sutler_domain::orders::Item| Item {
        item_id: item.item_id.to_string(),
        product_id: item.product_id.to_string(),
        ordered: item.ordered,
        canceled: item.canceled,
        fulfilled: item.fulfilled,
        returned: item.returned,
        open: item.open(),
    };
    let payment = |payment: &sutler_domain::payments::Payment| Payment {
        payment_id: payment.payment_id.to_string(),
        status: payment.status.as_str().to_owned(),
        failure_code: payment.failure.as_ref().map(|failure| failure.code.clone()),
        page_url: payment.next_action.as_ref().and_then(|action| action.url.clone()),
        disputed: payment.disputed,
    };
    let refund = |refund: &sutler_domain::orders::Refund| Refund {
        status: refund.status.as_str().to_owned(),
        failure_code: refund.failure.as_ref().map(|failure| failure.code.clone()),
    };
    let parcel = |parcel: &sutler_domain::orders::Fulfillment| Fulfillment {
        fulfillment_id: parcel.fulfillment_id.to_string(),
        status: parcel.status.as_str().to_owned(),
        carrier: parcel.tracking.carrier.clone(),
        number: parcel.tracking.number.clone(),
    };
    let back = |one: &sutler_domain::orders::Return| Return {
        return_id: one.return_id.to_string(),
        status: one.status.as_str().to_owned(),
    };
    let next = next_actions(order);
    Order {
        order_id: order.order_id.to_string(),
        number: view.number,
        customer_id: order.customer_id.as_ref().map(ToString::to_string),
        status: order.status.as_str().to_owned(),
        payment_status: payment_status(order).as_str().to_owned(),
        fulfillment_status: fulfillment_status(order).as_str().to_owned(),
        items: order.items.iter().map(item).collect(),
        paid_minor: order.paid(),
        refunded_minor: order.refunded(),
        due_minor: order.due(),
        payments: order.payments.iter().map(payment).collect(),
        refunds: order.refunds.iter().map(refund).collect(),
        fulfillments: order.fulfillments.iter().map(parcel).collect(),
        returns: order.returns.iter().map(back).collect(),
        holds: order.holds.iter().map(|hold| hold.code.as_str().to_owned()).collect(),
        next_actions: next.into_iter().map(|a| (a.action.to_owned(), a.reason_disabled)).collect(),
    }
}

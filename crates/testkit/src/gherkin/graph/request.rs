//! What is sent.

use serde_json::{Value, json};
use sutler_api::graphql::SDL;

use crate::gherkin::door::{Act, OrderWish, PaymentWish, Wanted};

/// A document with one mutation, whose input is the variable of that name.
pub(super) fn mutation(field: &str, selection: &str, fragment: &str) -> String {
    let ty = SDL.split(&format!("  {field}(input: ")).nth(1).and_then(|rest| rest.split(')').next());
    let ty = ty.unwrap_or_else(|| panic!("the schema has no mutation {field}"));
    format!(
        "mutation($input: {ty}) {{ {field}(input: $input) {{ {selection} userErrors {{ code message path meta }} }} }} {fragment}"
    )
}

/// The mutation of each act, and its input.
pub(super) fn act(order_id: &str, act: &Act) -> (&'static str, Value) {
    match act {
        Act::Confirm => ("orderConfirm", json!({ "orderId": order_id })),
        Act::Release => ("orderRelease", json!({ "orderId": order_id })),
        Act::Cancel { reason, refund, items } => (
            "orderCancel",
            json!({ "orderId": order_id, "reason": reason, "refund": refund, "items": units(items) }),
        ),
        Act::Hold { code, reason } => {
            ("orderHold", json!({ "orderId": order_id, "code": code, "reason": reason }))
        }
        Act::Unhold { code } => ("orderUnhold", json!({ "orderId": order_id, "code": code })),
        Act::Fulfill { items, ship } => {
            ("fulfillmentCreate", json!({ "orderId": order_id, "items": units(items), "ship": ship }))
        }
        Act::Ship { fulfillment_id, carrier, number } => {
            let tracking = json!({ "carrier": carrier, "number": number });
            ("fulfillmentShip", json!({ "fulfillmentId": fulfillment_id, "tracking": tracking }))
        }
        Act::Deliver { fulfillment_id } => ("fulfillmentDeliver", json!({ "fulfillmentId": fulfillment_id })),
        Act::CancelFulfillment { fulfillment_id } => {
            ("fulfillmentCancel", json!({ "fulfillmentId": fulfillment_id }))
        }
        Act::Pay(wish) => ("paymentStart", json!({ "orderId": order_id, "payment": payment_input(wish) })),
        Act::Capture { payment_id, amount_minor } => {
            ("paymentCapture", json!({ "paymentId": payment_id, "amount": amount_minor.map(euro) }))
        }
        Act::Void { payment_id } => ("paymentVoid", json!({ "paymentId": payment_id })),
        Act::Sync { payment_id } => ("paymentSync", json!({ "paymentId": payment_id })),
        Act::Refund { amount_minor, items, restock } => (
            "refundCreate",
            json!({
                "orderId": order_id,
                "amount": amount_minor.map(euro),
                "items": units(items),
                "restock": restock,
            }),
        ),
        Act::AskReturn { .. }
        | Act::ApproveReturn { .. }
        | Act::ReceiveReturn { .. }
        | Act::RejectReturn { .. }
        | Act::CloseReturn { .. }
        | Act::RefundReturn { .. } => of_return(order_id, act),
    }
}

/// The same for what is done with a return.
fn of_return(order_id: &str, act: &Act) -> (&'static str, Value) {
    let whole = |items: &[(String, i64)], rest: Value| -> Option<Vec<Value>> {
        let line = |mut line: Value| {
            let members = rest.as_object().into_iter().flatten();
            line.as_object_mut().unwrap().extend(members.map(|(name, value)| (name.clone(), value.clone())));
            said(line)
        };
        units(items).map(|lines| lines.into_iter().map(line).collect())
    };
    match act {
        Act::AskReturn { items, reason } => {
            let items = whole(items, json!({ "reason": reason }));
            ("returnCreate", json!({ "orderId": order_id, "items": items }))
        }
        Act::ApproveReturn { return_id } => ("returnApprove", json!({ "returnId": return_id })),
        Act::ReceiveReturn { return_id, items, condition } => {
            let items = whole(items, json!({ "condition": condition.to_ascii_uppercase() }));
            ("returnReceive", json!({ "returnId": return_id, "items": items }))
        }
        Act::RejectReturn { return_id, reason } => {
            ("returnReject", json!({ "returnId": return_id, "reason": reason }))
        }
        Act::CloseReturn { return_id } => ("returnClose", json!({ "returnId": return_id })),
        Act::RefundReturn { return_id, amount_minor } => (
            "refundCreate",
            json!({ "orderId": order_id, "returnId": return_id, "amount": amount_minor.map(euro) }),
        ),
        other => panic!("nothing is done with a return: {other:?}"),
    }
}

fn euro(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// The members that say something: what is not wished for is left out.
pub(super) fn said(body: Value) -> Value {
    let Value::Object(members) = body else { return body };
    members.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// Items by id, or nothing for all of them.
fn units(items: &[(String, i64)]) -> Option<Vec<Value>> {
    let unit = |(id, units): &(String, i64)| json!({ "itemId": id, "quantity": units });
    (!items.is_empty()).then(|| items.iter().map(unit).collect())
}

pub(super) fn items_of(items: &[Wanted], expected_minor: Option<i64>) -> Vec<Value> {
    let item = |wanted: &Wanted| {
        let name = if wanted.product.starts_with("sku:") { "sku" } else { "productId" };
        said(json!({
            name: wanted.product.strip_prefix("sku:").unwrap_or(&wanted.product),
            "quantity": wanted.quantity,
            "expectedUnitPrice": expected_minor.map(euro),
        }))
    };
    items.iter().map(item).collect()
}

pub(super) fn order_input(wish: &OrderWish) -> Value {
    json!({
        "customerId": wish.customer_id,
        "items": items_of(&wish.items, wish.expected_minor),
        "currency": wish.currency,
        "location": wish.location,
        "reservationId": wish.reservation_id,
        "reference": wish.reference,
        "payment": wish.payment.as_ref().map(payment_input),
    })
}

fn payment_input(wish: &PaymentWish) -> Value {
    said(json!({
        "gateway": wish.gateway,
        "token": wish.token,
        "amount": wish.amount_minor.map(euro),
        "capture": wish.by_hand.then_some("MANUAL"),
        "onFailure": wish.or_not_at_all.then_some("CANCEL"),
    }))
}

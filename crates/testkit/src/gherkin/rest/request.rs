//! What is sent.

use axum::http::Method;
use serde_json::{Value, json};

use crate::gherkin::door::{Act, OrderWish, PaymentWish, Wanted};

/// How each act is asked for.
pub(super) fn request(order_id: &str, act: &Act) -> (Method, String, Option<Value>) {
    let own = |verb: &str| format!("/orders/{order_id}/{verb}");
    let post = |path: String, body: Value| (Method::POST, path, Some(said(body)));
    let bare = |path: String| (Method::POST, path, None);
    match act {
        Act::Confirm => bare(own("confirm")),
        Act::Release => bare(own("release")),
        Act::Cancel { reason, refund, items } => {
            post(own("cancel"), json!({ "reason": reason, "refund": refund, "items": units(items) }))
        }
        Act::Hold { code, reason } => post(own("holds"), json!({ "code": code, "reason": reason })),
        Act::Unhold { code } => (Method::DELETE, own(&format!("holds/{code}")), None),
        Act::Fulfill { items, ship } => {
            post(own("fulfillments"), json!({ "items": units(items), "ship": ship }))
        }
        Act::Ship { fulfillment_id, carrier, number } => {
            let tracking = json!({ "carrier": carrier, "number": number });
            post(format!("/fulfillments/{fulfillment_id}/ship"), json!({ "tracking": tracking }))
        }
        Act::Deliver { fulfillment_id } => bare(format!("/fulfillments/{fulfillment_id}/deliver")),
        Act::CancelFulfillment { fulfillment_id } => bare(format!("/fulfillments/{fulfillment_id}/cancel")),
        Act::Pay(wish) => post(own("payments"), payment_body(wish)),
        Act::Capture { payment_id, amount_minor } => {
            post(format!("/payments/{payment_id}/capture"), json!({ "amount": amount_minor.map(euro) }))
        }
        Act::Void { payment_id } => bare(format!("/payments/{payment_id}/void")),
        Act::Sync { payment_id } => bare(format!("/payments/{payment_id}/sync")),
        Act::Refund { amount_minor, items, restock } => {
            let amount = amount_minor.map(euro);
            let body = json!({
                "order_id": order_id, "amount": amount, "items": units(items), "restock": restock,
            });
            post("/refunds".to_owned(), body)
        }
        Act::AskReturn { items, reason } => {
            let line = |(id, units): &(String, i64)| {
                said(json!({ "item_id": id, "quantity": units, "reason": reason }))
            };
            let items: Vec<Value> = items.iter().map(line).collect();
            post(own("returns"), json!({ "items": Some(items).filter(|items| !items.is_empty()) }))
        }
        Act::ApproveReturn { return_id } => bare(format!("/returns/{return_id}/approve")),
        Act::ReceiveReturn { return_id, items, condition } => {
            let line = |(id, units): &(String, i64)| json!({ "item_id": id, "quantity": units, "condition": condition });
            let items: Vec<Value> = items.iter().map(line).collect();
            post(format!("/returns/{return_id}/receive"), json!({ "items": items }))
        }
        Act::RejectReturn { return_id, reason } => {
            post(format!("/returns/{return_id}/reject"), json!({ "reason": reason }))
        }
        Act::CloseReturn { return_id } => bare(format!("/returns/{return_id}/close")),
        Act::RefundReturn { return_id, amount_minor } => {
            let amount = amount_minor.map(euro);
            let body = json!({ "order_id": order_id, "return_id": return_id, "amount": amount });
            post("/refunds".to_owned(), body)
        }
    }
}

pub(super) fn euro(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

/// The members that say something: what is not wished for is left out.
pub(super) fn said(body: Value) -> Value {
    let Value::Object(members) = body else { return body };
    members.into_iter().filter(|(_, value)| !value.is_null()).collect()
}

/// Items by id, or nothing for all of them.
fn units(items: &[(String, i64)]) -> Option<Vec<Value>> {
    let unit = |(id, units): &(String, i64)| json!({ "item_id": id, "quantity": units });
    (!items.is_empty()).then(|| items.iter().map(unit).collect())
}

pub(super) fn items_of(items: &[Wanted], expected_minor: Option<i64>) -> Vec<Value> {
    let item = |wanted: &Wanted| match wanted.product.strip_prefix("sku:") {
        Some(sku) => {
            json!({ "sku": sku, "quantity": wanted.quantity, "expected_unit_price": expected_minor })
        }
        None => json!({
            "product_id": wanted.product, "quantity": wanted.quantity, "expected_unit_price": expected_minor,
        }),
    };
    items.iter().map(item).map(said).collect()
}

pub(super) fn order_body(wish: &OrderWish) -> Value {
    said(json!({
        "customer_id": wish.customer_id,
        "items": items_of(&wish.items, wish.expected_minor),
        "currency": wish.currency,
        "location": wish.location,
        "reservation_id": wish.reservation_id,
        "reference": wish.reference,
        "payment": wish.payment.as_ref().map(payment_body),
    }))
}

fn payment_body(wish: &PaymentWish) -> Value {
    said(json!({
        "gateway": wish.gateway,
        "token": wish.token,
        "amount": wish.amount_minor.map(euro),
        "capture": wish.by_hand.then_some("manual"),
        "on_failure": wish.or_not_at_all.then_some("cancel"),
    }))
}

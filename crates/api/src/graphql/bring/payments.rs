//! Payments and refunds, which are parts of their order.

use serde_json::{Value, json};
use sutler_app::orders::OrderView;
use sutler_app::{Answered, Caller, Problem};
use sutler_domain::{PaymentId, RefundId};

use super::orders::{about, order_json};
use super::{fields, shown};
use crate::graphql::asked::{Asked, taken};
use crate::graphql::pages;
use crate::rest::payments as rest;

fields! {
    "Query" {
        "payment" => payment,
        "refund" => refund,
    }
    "Order" {
        "payments" => payments,
        "refunds" => refunds,
    }
    "Mutation" {
        "paymentStart" => start,
        "paymentCapture" => capture,
        "paymentVoid" => void,
        "paymentSync" => sync,
        "refundCreate" => give_back,
    }
}

async fn payments(asked: Asked<'_>) -> Result<Value, Problem> {
    Ok(pages::parts(&asked, "payments", "payment_id"))
}

async fn refunds(asked: Asked<'_>) -> Result<Value, Problem> {
    Ok(pages::parts(&asked, "refunds", "refund_id"))
}

fn payment_json((view, id): &(OrderView, PaymentId)) -> Result<Value, Problem> {
    let payment = view.order.payment(id).ok_or_else(|| Problem::not_found("payment", id))?;
    shown(&rest::payment_body(view, payment))
}

pub(super) async fn payment(asked: Asked<'_>) -> Result<Value, Problem> {
    let id = pages::id(asked.text("id").unwrap_or_default(), "payment")?;
    payment_json(&asked.api().app.payments.get(asked.caller(), &id).await?)
}

fn refund_json(view: &OrderView, id: &RefundId) -> Result<Value, Problem> {
    let refund = view.order.refund(id).ok_or_else(|| Problem::not_found("refund", id))?;
    shown(&rest::refund_body(view, refund))
}

pub(super) async fn refund(asked: Asked<'_>) -> Result<Value, Problem> {
    let id = pages::id(asked.text("id").unwrap_or_default(), "refund")?;
    let (view, id) = asked.api().app.payments.get_refund(asked.caller(), &id).await?;
    refund_json(&view, &id)
}

fn payload(asked: &Asked<'_>, done: Answered<(OrderView, PaymentId)>) -> Result<Value, Problem> {
    let found = asked.heard(done);
    let order = order_json(asked.asker, &found.0)?;
    Ok(json!({ "payment": payment_json(&found)?, "order": order, "user_errors": [] }))
}

/// The payment that an input is about, the rest of the input, and who asks.
fn about_payment(asked: &Asked<'_>) -> Result<(PaymentId, Value, Caller), Problem> {
    let (mut input, caller) = asked.input()?;
    let id = taken(&mut input, "payment_id");
    Ok((pages::id(&id, "payment")?, input, caller))
}

async fn start(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let payment =
        input.get("payment").cloned().filter(|payment| !payment.is_null()).unwrap_or_else(|| json!({}));
    let wish = rest::start_input(&payment, &asked.api().app.settings)?;
    payload(&asked, asked.api().app.payments.start(&caller, &name, wish).await?)
}

async fn capture(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, input, caller) = about_payment(&asked)?;
    let amount = rest::capture_input(&input, &asked.api().app.settings)?;
    payload(&asked, asked.api().app.payments.capture(&caller, &id, amount).await?)
}

async fn void(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, _, caller) = about_payment(&asked)?;
    payload(&asked, asked.api().app.payments.void(&caller, &id).await?)
}

async fn sync(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, _, caller) = about_payment(&asked)?;
    payload(&asked, asked.api().app.payments.sync(&caller, &id).await?)
}

async fn give_back(asked: Asked<'_>) -> Result<Value, Problem> {
    let (input, caller) = asked.input()?;
    let input = rest::refund_input(&input, &asked.api().app.settings)?;
    let (view, id) = &asked.heard(asked.api().app.payments.refund(&caller, input).await?);
    Ok(
        json!({ "refund": refund_json(view, id)?, "order": order_json(asked.asker, view)?, "user_errors": [] }),
    )
}

//! The fake gateway's own page: what a bank would show a buyer who must approve a payment.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Html;
use sutler_app::ports::reads::OrderName;
use sutler_app::{Caller, Kind, Problem};
use sutler_domain::PaymentId;
use sutler_domain::orders::Order;
use sutler_domain::payments::PaymentStatus;

use crate::rest::body::collect;
use crate::rest::operation::Needs::Nothing;
use crate::rest::operation::{Operations, operations};
use crate::rest::problem::escaped;
use crate::rest::{Api, Refusal};

/// The gateway whose page this server shows.
const GATEWAY: &str = "fake";

/// The largest form, in bytes: two words.
const FORM_BYTES_MAX: usize = 1024;

/// Open to everybody who has the link, as a bank's page is.
pub(crate) fn routes() -> Operations {
    operations! {
        get "/gateways/fake/pay/{payment_id}", Nothing, "ask_buyer", "The page of the fake gateway" => ask;
        post "/gateways/fake/pay/{payment_id}", Nothing, "hear_buyer", "What the buyer said on it" => decide;
    }
}

async fn waiting(api: &Api, id: &str) -> Result<(PaymentId, Arc<Order>), Problem> {
    let unknown =
        || Problem::not_found("payment that waits for the buyer", crate::rest::fields::shortened(id));
    let payment_id = PaymentId::parse(id).map_err(|_| unknown())?;
    let name = OrderName::Part(payment_id.to_string());
    let order = api
        .app
        .orders
        .get(&Caller::system("gateway:fake"), &name)
        .await
        .map_err(|problem| if problem.kind == Kind::NotFound { unknown() } else { problem })?;
    let is_its = order.order.payment(&payment_id).is_some_and(|payment| payment.gateway == GATEWAY);
    if is_its { Ok((payment_id, order.order)) } else { Err(unknown()) }
}

async fn ask(State(api): State<Api>, Path(id): Path<String>) -> Result<Html<String>, Refusal> {
    let (payment_id, order) = waiting(&api, &id).await?;
    Ok(Html(page(&order, &payment_id)))
}

/// The form's answer: `decision=approve` or `decision=decline`.
async fn decide(State(api): State<Api>, Path(id): Path<String>, body: Body) -> Result<Html<String>, Refusal> {
    let (payment_id, _) = waiting(&api, &id).await?;
    let approved = match collect(body, FORM_BYTES_MAX).await?.as_ref() {
        b"decision=approve" => true,
        b"decision=decline" => false,
        _ => {
            let fault = sutler_domain::Fault::invalid("/decision", "'decision' is 'approve' or 'decline'");
            return Err(Problem::invalid(vec![fault]).into());
        }
    };
    let view = api.app.payments.buyer_decided(GATEWAY, &payment_id, approved).await?;
    Ok(Html(page(&view.order, &payment_id)))
}

const STYLE: &str = "body{font:16px/1.6 system-ui,sans-serif;max-width:26rem;margin:4rem auto;padding:0 1rem;\
color-scheme:light dark}button{font:inherit;padding:.5rem 1.2rem;margin-right:.6rem}";

fn page(order: &Order, payment_id: &PaymentId) -> String {
    let payment = order.payment(payment_id);
    let amount = payment.map_or(0, |payment| payment.amount);
    let status = payment.map(|payment| payment.status);
    let body = match status {
        Some(PaymentStatus::RequiresAction) => {
            "<form method=\"post\"><button name=\"decision\" value=\"approve\">Approve</button>\
             <button name=\"decision\" value=\"decline\">Decline</button></form>"
        }
        Some(PaymentStatus::Authorized | PaymentStatus::Captured) => {
            "<p>Approved. You can close this page.</p>"
        }
        Some(PaymentStatus::Failed | PaymentStatus::Voided) => "<p>Declined. You can close this page.</p>",
        _ => "<p>The payment is being worked on. Reload this page in a moment.</p>",
    };
    format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Approve payment</title><style>{STYLE}</style>\
         <h1>Approve payment</h1><p>This page belongs to the fake gateway. No money moves.</p>\
         <p>Payment of <strong>{}</strong></p>{body}</html>",
        escaped(&order.money(amount).to_string())
    )
}

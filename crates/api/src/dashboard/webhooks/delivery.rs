//! A delivery, and every attempt at it.

use askama::Template;
use axum::extract::Path;
use sutler_app::Problem;
use sutler_app::webhooks::Attempt;
use sutler_domain::WebhookDeliveryId;

use super::DeliveryRow;
use crate::dashboard::desk::{Desk, Frame, Shown, see, shown};
use crate::dashboard::timeline::pretty;
use crate::dashboard::typed::Form;
use crate::dashboard::words::{self as w, Html};

/// An attempt as it is shown.
#[derive(Clone, Debug)]
struct Try {
    n: u32,
    at: Html,
    outcome: Html,
    error: String,
    timings: String,
    address: String,
    request_headers: Vec<(String, String)>,
    request_body: String,
    response_headers: Vec<(String, String)>,
    response_body: String,
}

impl Try {
    fn of(attempt: &Attempt, body: &str) -> Self {
        let is_good = attempt.error.is_none();
        let status = attempt.status.map_or_else(|| "No answer".to_owned(), |status| status.to_string());
        let t = attempt.timings;
        let parts =
            [("dns", t.dns_ms), ("connect", t.connect_ms), ("tls", t.tls_ms), ("wait", t.first_byte_ms)];
        let parts: Vec<String> =
            parts.iter().filter_map(|(name, ms)| Some(format!("{name} {}", (*ms)?))).collect();
        let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
        Self {
            n: attempt.attempt,
            at: w::clock_day(attempt.at),
            outcome: if is_good {
                w::label("success", "circle-check", &status)
            } else {
                w::label("danger", "circle-alert", &status)
            },
            error: attempt.error.clone().unwrap_or_default(),
            timings: format!("{} ms{parts}", t.total_ms),
            address: attempt.address.clone().unwrap_or_default(),
            request_headers: attempt.request_headers.clone(),
            request_body: pretty(body),
            response_headers: attempt.response_headers.clone(),
            response_body: attempt.response_body.clone(),
        }
    }
}

#[derive(Template)]
#[template(path = "delivery.html")]
struct DeliveryPage {
    frame: Frame,
    row: DeliveryRow,
    endpoint_id: String,
    event_id: String,
    attempts: Vec<Try>,
    may_write: bool,
}

fn delivery_id(id: &str) -> Result<WebhookDeliveryId, Problem> {
    WebhookDeliveryId::parse(id).map_err(|_| Problem::not_found("webhook delivery", w::short_id(id)))
}

pub(super) async fn show(desk: Desk, Path(id): Path<String>) -> Shown {
    let found = desk.api.app.webhooks.delivery(desk.caller(), &delivery_id(&id)?).await?;
    let endpoint_id = found.delivery.endpoint_id.to_string();
    let attempts = found.attempts.iter().rev().map(|(attempt, body)| Try::of(attempt, body));
    let view = DeliveryPage {
        frame: desk
            .frame(found.delivery.kind.clone(), "webhooks")
            .under("/admin/webhooks", "Webhooks")
            .under(format!("/admin/webhooks/{endpoint_id}"), "Endpoint"),
        row: DeliveryRow::of(&found.delivery, &desk),
        endpoint_id,
        event_id: found.delivery.event_id.to_string(),
        attempts: attempts.collect(),
        may_write: desk.may("webhooks:write"),
    };
    Ok(shown(&view))
}

/// Send it once more.
pub(super) async fn resend(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    let delivery = desk.api.app.webhooks.resend(desk.caller(), &delivery_id(&id)?).await?;
    Ok(see(&format!("/admin/deliveries/{}?done=resent", delivery.delivery_id)))
}

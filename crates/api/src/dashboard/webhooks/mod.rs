//! Webhooks: who is told of events, and what became of every delivery.

mod change;
mod delivery;

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::{get, post};
use sutler_app::Problem;
use sutler_app::ports::deliveries::DeliveryQuery;
use sutler_app::webhooks::{Delivery, DeliveryState, Endpoint, Health};
use sutler_domain::WebhookEndpointId;

use super::desk::{Desk, Frame, Shown, shown};
use super::events::subject_href;
use super::lists::{self, Pager, Tab};
use super::words::{self as w, Html};
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/admin/webhooks", get(list))
        .route("/admin/webhooks/new", get(async |desk: Desk| change::new_form(&desk)).post(change::create))
        .route("/admin/webhooks/{id}", get(show))
        .route("/admin/webhooks/{id}/edit", get(change::edit_form).post(change::edit))
        .route("/admin/webhooks/{id}/test", post(change::test))
        .route("/admin/webhooks/{id}/enable", post(change::enable))
        .route("/admin/webhooks/{id}/disable", get(change::disable_form).post(change::disable))
        .route("/admin/webhooks/{id}/delete", get(change::delete_form).post(change::delete))
        .route("/admin/webhooks/{id}/rotate", get(change::rotate_form).post(change::rotate))
        .route("/admin/webhooks/{id}/recover", get(change::recover_form).post(change::recover))
        .route("/admin/deliveries/{id}", get(delivery::show))
        .route("/admin/deliveries/{id}/resend", post(delivery::resend))
}

/// An endpoint as a row.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    url: String,
    description: String,
    types: String,
    state: Html,
    since: Option<Html>,
    last_success: Option<Html>,
}

/// How an endpoint stands.
fn state(endpoint: &Endpoint, health: &Health) -> Html {
    match endpoint.disabled {
        Some(reason) => w::label("neutral", "ban", &format!("Disabled: {}", reason.as_str())),
        None if health.is_failing() => w::badge("failing"),
        None => w::badge("healthy"),
    }
}

impl Row {
    fn of(endpoint: &Endpoint, health: &Health, desk: &Desk) -> Self {
        Self {
            id: endpoint.endpoint_id.to_string(),
            url: endpoint.url.clone(),
            description: endpoint.description.clone(),
            types: endpoint.types.join(", "),
            state: state(endpoint, health),
            since: health
                .failing_since
                .filter(|_| endpoint.disabled.is_none())
                .map(|at| w::ago(at, desk.now)),
            last_success: health.last_success_at.map(|at| w::ago(at, desk.now)),
        }
    }
}

#[derive(Template)]
#[template(path = "webhooks.html")]
struct EndpointsPage {
    frame: Frame,
    rows: Vec<Row>,
    may_write: bool,
}

async fn list(desk: Desk) -> Shown {
    let endpoints = desk.api.app.webhooks.endpoints(desk.caller()).await?;
    let healths: BTreeMap<WebhookEndpointId, Health> = desk.api.app.ports.deliveries.health().await?;
    let row = |endpoint: &Endpoint| {
        Row::of(endpoint, &healths.get(&endpoint.endpoint_id).copied().unwrap_or_default(), &desk)
    };
    let view = EndpointsPage {
        frame: desk.frame("Webhooks", "webhooks"),
        rows: endpoints.iter().map(|stored| row(&stored.value)).collect(),
        may_write: desk.may("webhooks:write"),
    };
    Ok(shown(&view))
}

/// A delivery as a row.
#[derive(Clone, Debug)]
struct DeliveryRow {
    id: String,
    at: Html,
    kind: String,
    subject: String,
    subject_href: Option<String>,
    state: Html,
    attempts: u32,
    answer: String,
    next: Option<Html>,
}

impl DeliveryRow {
    fn of(delivery: &Delivery, desk: &Desk) -> Self {
        let status = delivery.last_status.map(|status| status.to_string());
        Self {
            id: delivery.delivery_id.to_string(),
            at: w::clock_day(delivery.created_at),
            kind: delivery.kind.clone(),
            subject: w::short_id(&delivery.subject),
            subject_href: subject_href(&delivery.subject),
            state: delivery_state(delivery),
            attempts: delivery.attempts,
            answer: status.or_else(|| delivery.last_error.clone()).unwrap_or_default(),
            next: (delivery.state == DeliveryState::Waiting).then(|| w::ago(delivery.due_at, desk.now)),
        }
    }
}

/// A delivery that waits after it failed is more than one that waits for its first attempt.
fn delivery_state(delivery: &Delivery) -> Html {
    match delivery.state {
        DeliveryState::Waiting if delivery.attempts > 0 => w::label("warning", "rotate-ccw", "Retrying"),
        state => w::badge(state.as_str()),
    }
}

const VIEWS: [(&str, &str); 4] = [
    ("All", ""),
    ("Waiting", "state=waiting"),
    ("Given up", "state=exhausted"),
    ("Delivered", "state=delivered"),
];

#[derive(Template)]
#[template(path = "webhook.html")]
struct EndpointPage {
    frame: Frame,
    row: Row,
    endpoint: Endpoint,
    failures: u64,
    tabs: Vec<Tab>,
    deliveries: Vec<DeliveryRow>,
    pager: Pager,
    is_filtered: bool,
    may_write: bool,
}

fn endpoint_id(id: &str) -> Result<WebhookEndpointId, Problem> {
    WebhookEndpointId::parse(id).map_err(|_| Problem::not_found("webhook endpoint", w::short_id(id)))
}

async fn show(desk: Desk, Path(id): Path<String>) -> Shown {
    let id = endpoint_id(&id)?;
    let (stored, health) = desk.api.app.webhooks.endpoint(desk.caller(), &id).await?;
    let uri = &desk.uri;
    let states: Vec<DeliveryState> =
        lists::values(uri, "state").iter().filter_map(|word| DeliveryState::parse(word)).collect();
    let is_filtered = !states.is_empty();
    let query =
        DeliveryQuery { endpoint_id: Some(id), states, page: lists::page(uri)?, ..DeliveryQuery::default() };
    let page = desk.api.app.webhooks.deliveries(desk.caller(), &query).await?;
    let endpoint = stored.value;
    let view = EndpointPage {
        frame: desk.frame(endpoint.url.clone(), "webhooks").under("/admin/webhooks", "Webhooks"),
        row: Row::of(&endpoint, &health, &desk),
        failures: health.failures,
        tabs: lists::tabs(uri, &VIEWS),
        deliveries: page.rows.iter().map(|delivery| DeliveryRow::of(delivery, &desk)).collect(),
        pager: Pager::of(uri, &page),
        is_filtered,
        endpoint,
        may_write: desk.may("webhooks:write"),
    };
    Ok(shown(&view))
}

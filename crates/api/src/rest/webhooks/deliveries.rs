//! Deliveries: what became of them, and once more.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use sutler_app::Problem;
use sutler_app::ports::deliveries::DeliveryQuery;
use sutler_app::webhooks::DeliveryState;
use sutler_domain::{EventId, WebhookDeliveryId};

use super::shape::delivery_body;
use crate::rest::fields::{Fields, shortened};
use crate::rest::{Answer, Api, Call, MaybeDocument, Params, Told, page};

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/webhook_deliveries", get(list))
        .route("/webhook_deliveries/{id}", get(show))
        .route("/webhook_deliveries/{id}/resend", post(resend))
}

fn delivery_id(text: &str) -> Result<WebhookDeliveryId, Problem> {
    WebhookDeliveryId::parse(text).map_err(|_| Problem::not_found("webhook delivery", shortened(text)))
}

/// Newest first: `?webhook_endpoint_id=&event_id=&state=waiting,exhausted`.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let event_id: Option<EventId> = params.id("event_id");
    let query = DeliveryQuery {
        endpoint_id: params.id("webhook_endpoint_id"),
        event_id: event_id.map(|id| id.to_string()),
        states: params.words("state", &DeliveryState::ALL.map(|state| (state.as_str(), state))),
        page: params.page(),
    };
    params.done()?;
    let found = api.app.webhooks.deliveries(&call.caller, &query).await?;
    Ok(page::shown(&call, found.map(|delivery| delivery_body(&delivery, None))))
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let shown = api.app.webhooks.delivery(&call.caller, &delivery_id(&id)?).await?;
    Ok(Answer::ok(&call).json(&delivery_body(&shown.delivery, Some(&shown.attempts))))
}

async fn resend(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    let delivery = api.app.webhooks.resend(&call.caller, &delivery_id(&id)?).await?;
    Ok(Answer::ok(&call).json(&delivery_body(&delivery, None)))
}

//! Deliveries: what became of them, and once more.

use axum::extract::{Path, State};
use sutler_app::Problem;
use sutler_app::ports::deliveries::DeliveryQuery;
use sutler_app::webhooks::DeliveryState;
use sutler_domain::{EventId, WebhookDeliveryId};

use super::shape::delivery_body;
use crate::rest::fields::{Fields, shortened};
use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, MaybeDocument, Params, Told, page};

pub(super) fn routes() -> Operations {
    operations! {
        get "/webhook_deliveries", Scope("webhooks:read"), "list_webhook_deliveries", "Deliveries, newest first" => list;
        get "/webhook_deliveries/{id}", Scope("webhooks:read"), "get_webhook_delivery", "A delivery with its attempts" => show;
        post "/webhook_deliveries/{id}/resend", Scope("webhooks:write"), "resend_webhook_delivery", "Deliver once more" => resend;
    }
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

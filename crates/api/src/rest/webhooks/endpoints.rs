//! Endpoints: make, change, test, recover.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use sutler_app::Problem;
use sutler_app::public::rfc3339;
use sutler_app::webhooks::{EndpointChange, NewEndpoint, Only, Payload, Recover};
use sutler_domain::WebhookEndpointId;
use sutler_types::page::List;
use sutler_types::webhook as wire;

use super::shape::endpoint_body;
use crate::rest::fields::{Fields, shortened};
use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, Document, MaybeDocument, Params, Told};

pub(super) fn routes() -> Operations {
    operations! {
        get "/webhook_endpoints", Scope("webhooks:read"), "list_webhook_endpoints", "Every endpoint" => list;
        post "/webhook_endpoints", Scope("webhooks:write"), "create_webhook_endpoint", "Make an endpoint" => create;
        get "/webhook_endpoints/{id}", Scope("webhooks:read"), "get_webhook_endpoint", "An endpoint, and how it fares" => show;
        patch "/webhook_endpoints/{id}", Scope("webhooks:write"), "update_webhook_endpoint", "Change an endpoint" => update;
        delete "/webhook_endpoints/{id}", Scope("webhooks:write"), "delete_webhook_endpoint", "Take an endpoint away" => remove;
        post "/webhook_endpoints/{id}/test", Scope("webhooks:write"), "test_webhook_endpoint", "Send a ping" => test;
        post "/webhook_endpoints/{id}/rotate_secret", Scope("webhooks:write"), "rotate_webhook_secret", "Give an endpoint another secret" => rotate_secret;
        post "/webhook_endpoints/{id}/enable", Scope("webhooks:write"), "enable_webhook_endpoint", "Deliver to an endpoint again" => enable;
        post "/webhook_endpoints/{id}/recover", Scope("webhooks:write"), "recover_webhooks", "Queue what was missed" => recover;
    }
}

fn endpoint_id(text: &str) -> Result<WebhookEndpointId, Problem> {
    WebhookEndpointId::parse(text).map_err(|_| Problem::not_found("webhook endpoint", shortened(text)))
}

async fn list(State(api): State<Api>, call: Call, params: Params) -> Told {
    params.done()?;
    let endpoints = api.app.webhooks.endpoints(&call.caller).await?;
    let data = endpoints.iter().map(|stored| endpoint_body(stored, None, None)).collect();
    Ok(Answer::ok(&call).json(&List { data }))
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let (stored, health) = api.app.webhooks.endpoint(&call.caller, &endpoint_id(&id)?).await?;
    // How it fares moves without its version.
    Ok(Answer::ok(&call).json(&endpoint_body(&stored, Some(health), None)))
}

/// Make one: `{url, types?, description?, payload?, content_type?, ordered?, include_imports?}`. The secret is in this
/// answer and nowhere else, ever.
async fn create(State(api): State<Api>, call: Call, params: Params, Document(body): Document) -> Told {
    params.done()?;
    let mut f = Fields::of(&body);
    f.need("url");
    let input = NewEndpoint {
        url: f.text("url").unwrap_or_default(),
        types: f.texts("types").unwrap_or_else(|| vec!["*".to_owned()]),
        description: f.text("description").unwrap_or_default(),
        payload: f.word("payload", &Payload::WORDS).unwrap_or_default(),
        content_type: f.text("content_type"),
        ordered: f.flag("ordered").unwrap_or(false),
        include_imports: f.flag("include_imports").unwrap_or(false),
    };
    f.done()?;
    let made = api.app.webhooks.create(&call.caller, &input).await?;
    let location = format!("/webhook_endpoints/{}", made.endpoint.value.endpoint_id);
    let body = endpoint_body(&made.endpoint, None, Some(&made.secret));
    Ok(Answer::created(&call, location).version(made.endpoint.version).json(&body))
}

async fn update(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    call.conditional()?;
    let mut f = Fields::of(&body);
    let change = EndpointChange {
        url: f.text("url"),
        types: f.texts("types"),
        description: f.text("description"),
        payload: f.word("payload", &Payload::WORDS),
        content_type: f.text("content_type"),
        ordered: f.flag("ordered"),
        include_imports: f.flag("include_imports"),
        enabled: f.flag("enabled"),
    };
    f.done()?;
    let stored = api.app.webhooks.update(&call.caller, &endpoint_id(&id)?, &change).await?;
    Ok(Answer::ok(&call).version(stored.version).json(&endpoint_body(&stored, None, None)))
}

async fn remove(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    api.app.webhooks.delete(&call.caller, &endpoint_id(&id)?).await?;
    Ok(Answer::gone(&call))
}

/// Send a `webhook.ping` to this endpoint alone. How it went is told by the delivery of the event.
async fn test(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    let id = endpoint_id(&id)?;
    let event_id = api.app.webhooks.test(&call.caller, &id).await?;
    let deliveries = format!("/webhook_deliveries?webhook_endpoint_id={id}&event_id={event_id}");
    let told =
        wire::WebhookTest { object: "webhook_test".to_owned(), event_id: event_id.to_string(), deliveries };
    let mut response = Answer::ok(&call).json(&told);
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

/// A new secret, in this answer and nowhere else; the old one signs beside it until the overlap is over.
async fn rotate_secret(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    let made = api.app.webhooks.rotate_secret(&call.caller, &endpoint_id(&id)?).await?;
    let body = endpoint_body(&made.endpoint, None, Some(&made.secret));
    Ok(Answer::ok(&call).version(made.endpoint.version).json(&body))
}

async fn enable(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    let stored = api.app.webhooks.enable(&call.caller, &endpoint_id(&id)?).await?;
    Ok(Answer::ok(&call).version(stored.version).json(&endpoint_body(&stored, None, None)))
}

/// Queue what was missed: `{since, until?, types?, only?, dry_run?}`.
async fn recover(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    let mut f = Fields::of(&body);
    f.need("since");
    let since = f.time("since");
    let recover = Recover {
        since: since.unwrap_or_default(),
        until: f.time("until"),
        types: f.texts("types").unwrap_or_default(),
        only: f.word("only", &[("failed", Only::Failed), ("all", Only::All)]).unwrap_or_default(),
        dry_run: f.flag("dry_run").unwrap_or(false),
    };
    f.done()?;
    let found = api.app.webhooks.recover(&call.caller, &endpoint_id(&id)?, &recover).await?;
    Ok(Answer::ok(&call).json(&wire::WebhookRecovery {
        object: "webhook_recovery".to_owned(),
        dry_run: recover.dry_run,
        matched: found.matched,
        queued: found.queued,
        next_since: found.next_since.map(rfc3339),
    }))
}

//! API keys.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use sutler_app::Problem;
use sutler_app::access::{ApiKey, CreateKey};
use sutler_app::public::rfc3339;
use sutler_domain::ApiKeyId;
use sutler_types::key::{self as wire, WhoAmI};
use sutler_types::page::List;

use crate::rest::fields::{Fields, shortened};
use crate::rest::{Answer, Api, Call, Document, MaybeDocument, Params, Told};

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/whoami", get(who))
        .route("/api_keys", get(list).post(create))
        .route("/api_keys/{id}", delete(revoke).get(show))
        .route("/api_keys/{id}/roll", post(roll))
}

async fn who(call: Call, params: Params) -> Told {
    params.done()?;
    let scopes = call.caller.scopes.iter().map(str::to_owned).collect();
    let (actor, mode) = (call.caller.actor.clone(), call.caller.shop.clone());
    Ok(Answer::ok(&call).json(&WhoAmI { object: "whoami".to_owned(), actor, scopes, mode }))
}

fn key_body(key: &ApiKey, secret: Option<String>) -> wire::ApiKey {
    wire::ApiKey {
        key_id: key.key_id.to_string(),
        object: "api_key".to_owned(),
        name: key.name.clone(),
        last4: key.last4.clone(),
        scopes: key.scopes.clone(),
        secret,
        expires_at: key.expires_at.map(rfc3339),
        revoked_at: key.revoked_at.map(rfc3339),
        created_at: rfc3339(key.created_at),
    }
}

fn key_id(text: &str) -> Result<ApiKeyId, Problem> {
    ApiKeyId::parse(text).map_err(|_| Problem::not_found("key", shortened(text)))
}

async fn list(State(api): State<Api>, call: Call, params: Params) -> Told {
    params.done()?;
    let keys = api.app.access.list(&call.caller).await?;
    Ok(Answer::ok(&call).json(&List { data: keys.iter().map(|key| key_body(&key.value, None)).collect() }))
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let key = api.app.access.get(&call.caller, &key_id(&id)?).await?;
    Ok(Answer::ok(&call).version(key.version).json(&key_body(&key.value, None)))
}

/// Make one: `{name, scopes, expires_at?}`. The secret is in this answer and nowhere else, ever.
async fn create(State(api): State<Api>, call: Call, params: Params, Document(body): Document) -> Told {
    params.done()?;
    let mut f = Fields::of(&body);
    f.need("name");
    f.need("scopes");
    let input = CreateKey {
        name: f.text("name").unwrap_or_default(),
        scopes: f.texts("scopes").unwrap_or_default(),
        expires_at: f.time("expires_at"),
    };
    f.done()?;
    let (key, secret) = api.app.access.create(&call.caller, &input).await?;
    let location = format!("/api_keys/{}", key.value.key_id);
    Ok(Answer::created(&call, location).version(key.version).json(&key_body(&key.value, Some(secret))))
}

async fn revoke(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    api.app.access.revoke(&call.caller, &key_id(&id)?).await?;
    Ok(Answer::gone(&call))
}

/// A new secret with the same rights; the old one opens nothing any more.
async fn roll(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    let (key, secret) = api.app.access.roll(&call.caller, &key_id(&id)?).await?;
    let location = format!("/api_keys/{}", key.value.key_id);
    Ok(Answer::created(&call, location).version(key.version).json(&key_body(&key.value, Some(secret))))
}

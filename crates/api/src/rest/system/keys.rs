//! API keys.

use axum::extract::{Path, State};
use jiff::{SignedDuration, Timestamp};
use sutler_app::Problem;
use sutler_app::access::{ApiKey, CreateKey};
use sutler_app::public::rfc3339;
use sutler_domain::ApiKeyId;
use sutler_types::key::{self as wire, WhoAmI};
use sutler_types::page::List;

use crate::rest::fields::{Fields, shortened};
use crate::rest::operation::Needs::{Key, Scope};
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, Document, MaybeDocument, Params, Told};

pub(super) fn routes() -> Operations {
    operations! {
        get "/whoami", Key, "whoami", "Whom the server takes the caller for" => who;
        get "/api_keys", Scope("keys:read"), "list_api_keys", "Every key, without secrets" => list;
        post "/api_keys", Scope("keys:write"), "create_api_key", "Make a key" => create;
        get "/api_keys/{id}", Scope("keys:read"), "get_api_key", "A key" => show;
        delete "/api_keys/{id}", Scope("keys:write"), "revoke_api_key", "Let a key open nothing any more" => revoke;
        post "/api_keys/{id}/roll", Scope("keys:write"), "roll_api_key", "Put a new key in the place of one" => roll;
    }
}

async fn who(State(api): State<Api>, call: Call, params: Params) -> Told {
    params.done()?;
    let scopes = call.caller.scopes.iter().map(str::to_owned).collect();
    let (actor, mode) = (call.caller.actor.clone(), call.caller.shop.clone());
    let id = actor.strip_prefix("key:").and_then(|id| ApiKeyId::parse(id).ok());
    let key = match id {
        Some(id) => api.app.ports.access.key(&id).await.map_err(Problem::from)?,
        None => None,
    };
    let name = key.map(|key| key.value.name).unwrap_or_default();
    Ok(Answer::ok(&call).json(&WhoAmI { object: "whoami".to_owned(), actor, name, scopes, mode }))
}

fn key_body(key: &ApiKey, secret: Option<String>, used_at: Option<Timestamp>) -> wire::ApiKey {
    wire::ApiKey {
        key_id: key.key_id.to_string(),
        object: "api_key".to_owned(),
        name: key.name.clone(),
        last4: key.last4.clone(),
        scopes: key.scopes.clone(),
        secret,
        last_used_at: used_at.map(rfc3339),
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
    let ids: Vec<&str> = keys.iter().map(|key| key.value.key_id.as_str()).collect();
    let used = api.app.access.last_used(&ids).await?;
    let data =
        keys.iter().map(|key| key_body(&key.value, None, used.get(key.value.key_id.as_str()).copied()));
    Ok(Answer::ok(&call).json(&List { data: data.collect() }))
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let key = api.app.access.get(&call.caller, &key_id(&id)?).await?;
    let used = api.app.access.last_used(&[key.value.key_id.as_str()]).await?.into_values().next();
    // When it was last used moves without its version.
    Ok(Answer::ok(&call).json(&key_body(&key.value, None, used)))
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
    let body = key_body(&key.value, Some(secret), None);
    Ok(Answer::created(&call, location).version(key.version).json(&body))
}

async fn revoke(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    api.app.access.revoke(&call.caller, &key_id(&id)?).await?;
    Ok(Answer::gone(&call))
}

/// A new secret with the same rights: `{overlap?}`. The old one ends after the overlap, at once without one.
async fn roll(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    let mut f = Fields::of(&body);
    let overlap_ms = f.duration_ms("overlap").unwrap_or(0);
    f.done()?;
    let overlap = SignedDuration::from_millis(overlap_ms);
    let (key, secret) = api.app.access.roll(&call.caller, &key_id(&id)?, overlap).await?;
    let location = format!("/api_keys/{}", key.value.key_id);
    let body = key_body(&key.value, Some(secret), None);
    Ok(Answer::created(&call, location).version(key.version).json(&body))
}

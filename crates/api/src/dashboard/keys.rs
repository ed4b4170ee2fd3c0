//! API keys: who may do what without a person.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use jiff::SignedDuration;
use sutler_app::Problem;
use sutler_app::access::{ApiKey, CreateKey, SCOPES};
use sutler_domain::{ApiKeyId, Fault};

use super::desk::{Desk, Frame, Shown, see, shown};
use super::secret::Once;
use super::sheet::{Ask, Sheet, last_name};
use super::typed::Form;
use super::words::{self as w, Html};
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/admin/keys", get(list))
        .route("/admin/keys/new", get(async |desk: Desk| new_form(&desk)).post(create))
        .route("/admin/keys/{id}/roll", get(roll_form).post(roll))
        .route("/admin/keys/{id}/revoke", get(revoke_form).post(revoke))
}

/// A key as a row.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    name: String,
    last4: String,
    scopes: String,
    state: Html,
    used: Option<Html>,
    ends: Option<Html>,
    is_open: bool,
}

impl Row {
    fn of(key: &ApiKey, used: Option<jiff::Timestamp>, desk: &Desk) -> Self {
        let is_over = key.expires_at.is_some_and(|at| at <= desk.now);
        let state = match key.revoked_at {
            Some(_) => w::label("neutral", "ban", "Revoked"),
            None if is_over => w::label("neutral", "clock", "Ended"),
            None if key.expires_at.is_some() => w::label("warning", "clock", "Ends"),
            None => w::label("success", "circle-check", "Open"),
        };
        Self {
            id: key.key_id.to_string(),
            name: key.name.clone(),
            last4: key.last4.clone(),
            scopes: if key.scopes == ["*"] { "everything".to_owned() } else { key.scopes.join(", ") },
            state,
            used: used.map(|at| w::ago(at, desk.now)),
            ends: key.revoked_at.or(key.expires_at).map(|at| w::ago(at, desk.now)),
            is_open: key.revoked_at.is_none() && !is_over,
        }
    }
}

#[derive(Template)]
#[template(path = "keys.html")]
struct KeysPage {
    frame: Frame,
    rows: Vec<Row>,
    may_write: bool,
}

async fn list(desk: Desk) -> Shown {
    let access = &desk.api.app.access;
    let keys = access.list(desk.caller()).await?;
    let ids: Vec<&str> = keys.iter().map(|key| key.value.key_id.as_str()).collect();
    let used = access.last_used(&ids).await?;
    let row = |key: &ApiKey| Row::of(key, used.get(key.key_id.as_str()).copied(), &desk);
    let view = KeysPage {
        frame: desk.frame("API keys", "keys"),
        rows: keys.iter().map(|key| row(&key.value)).collect(),
        may_write: desk.may("keys:write"),
    };
    Ok(shown(&view))
}

/// Scopes by what somebody wants a key for; the last is picked one by one.
const PRESETS: [(&str, &str, &[&str]); 5] = [
    (
        "reads",
        "Read everything of the shop",
        &["orders:read", "catalog:read", "inventory:read", "customers:read", "events:read"],
    ),
    (
        "storefront",
        "Sell: read products and stock, place and pay orders",
        &["catalog:read", "inventory:read", "orders:read", "orders:write", "payments:write"],
    ),
    (
        "warehouse",
        "Ship: read orders, fulfil them, count stock",
        &["orders:read", "orders:write", "inventory:*"],
    ),
    ("everything", "Everything", &["*"]),
    ("own", "What is ticked below", &[]),
];

/// When a key ends, with the days until then.
const ENDS: [(&str, &str, Option<i64>); 4] = [
    ("never", "Never", None),
    ("30d", "In 30 days", Some(30)),
    ("90d", "In 90 days", Some(90)),
    ("365d", "In a year", Some(365)),
];

fn new_sheet(form: &Form) -> Sheet {
    let presets = PRESETS.map(|(word, words, _)| (word.to_owned(), words.to_owned()));
    let ends = ENDS.map(|(word, words, _)| (word.to_owned(), words.to_owned()));
    let mut sheet = Sheet::new("New API key", "/admin/keys/new", "/admin/keys", "Make the key")
        .lead("Programs show it as a bearer token. Give each its own, so that one can be revoked alone.")
        .ask(form, "name", "Name", Ask::Line("off"), "")
        .hint("What uses it, such as 'storefront' or 'warehouse scanner'.")
        .needed()
        .ask(form, "may", "It may", Ask::Choice(presets.to_vec()), "storefront")
        .ask(form, "ends", "It ends", Ask::Choice(ends.to_vec()), "never");
    for scope in SCOPES.iter().filter(|scope| !scope.contains('*')) {
        sheet = sheet.ask(form, format!("scope.{scope}"), *scope, Ask::Tick(false), "");
    }
    sheet
}

fn new_form(desk: &Desk) -> Response {
    let form = Form::fresh();
    new_sheet(&form).page(desk, "keys", &form)
}

/// What the key may do: what the choice stands for, or what is ticked.
fn scopes(form: &Form) -> Vec<String> {
    let word = form.text("may").unwrap_or_default();
    match PRESETS.iter().find(|(known, ..)| *known == word) {
        Some((_, _, scopes)) if !scopes.is_empty() => {
            scopes.iter().map(|scope| (*scope).to_owned()).collect()
        }
        _ => form.under("scope.").map(|(scope, _)| scope.to_owned()).collect(),
    }
}

fn place(pointer: &str) -> String {
    if pointer.starts_with("/scopes") { "may".to_owned() } else { last_name(pointer) }
}

async fn create(desk: Desk, form: Form) -> Shown {
    let days = ENDS.iter().find(|(word, ..)| form.raw("ends") == Some(*word)).and_then(|(.., days)| *days);
    let ends =
        days.and_then(|days| desk.now.checked_add(SignedDuration::from_hours(days.saturating_mul(24))).ok());
    let input =
        CreateKey { name: form.text("name").unwrap_or_default(), scopes: scopes(&form), expires_at: ends };
    match desk.api.app.access.create(desk.caller(), &input).await {
        Ok((key, secret)) => Ok(secret_page(&desk, &key.value, secret)),
        Err(problem) => new_sheet(&form).refused(&desk, "keys", &form, problem, place),
    }
}

fn secret_page(desk: &Desk, key: &ApiKey, secret: String) -> Response {
    let page = Once {
        frame: desk.frame(format!("The key '{}'", key.name), "keys").under("/admin/keys", "API keys"),
        lead: "Whoever has it may do what it may.".to_owned(),
        secret,
        variable: "SUTLER_API_KEY",
        back: "/admin/keys".to_owned(),
    };
    page.page()
}

async fn known(desk: &Desk, id: &str) -> Result<ApiKey, Problem> {
    let id = ApiKeyId::parse(id).map_err(|_| Problem::not_found("key", w::short_id(id)))?;
    Ok(desk.api.app.access.get(desk.caller(), &id).await?.value)
}

/// How long the old key goes on beside the new one, in hours.
const OVERLAPS: [(&str, &str, i64); 4] = [
    ("0", "It ends at once", 0),
    ("1h", "For an hour", 1),
    ("24h", "For a day", 24),
    ("7d", "For a week", 24 * 7),
];

fn roll_sheet(key: &ApiKey, form: &Form) -> Sheet {
    let overlaps = OVERLAPS.map(|(word, words, _)| (word.to_owned(), words.to_owned()));
    let action = format!("/admin/keys/{}/roll", key.key_id);
    Sheet::new(format!("Roll the key '{}'", key.name), action, "/admin/keys", "Roll the key")
        .lead("A new secret with the same rights takes its place.")
        .ask(form, "overlap", "The old one goes on", Ask::Choice(overlaps.to_vec()), "24h")
}

async fn roll_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let form = Form::fresh();
    Ok(roll_sheet(&known(&desk, &id).await?, &form).page(&desk, "keys", &form))
}

async fn roll(desk: Desk, Path(id): Path<String>, form: Form) -> Shown {
    let key = known(&desk, &id).await?;
    let hours =
        OVERLAPS.iter().find(|(word, ..)| form.raw("overlap") == Some(*word)).map(|(.., hours)| *hours);
    let rolled = match hours {
        Some(hours) => {
            desk.api.app.access.roll(desk.caller(), &key.key_id, SignedDuration::from_hours(hours)).await
        }
        None => Err(Problem::invalid(vec![Fault::invalid("/overlap", "choose one of the list")])),
    };
    match rolled {
        Ok((key, secret)) => Ok(secret_page(&desk, &key.value, secret)),
        Err(problem) => roll_sheet(&key, &form).refused(&desk, "keys", &form, problem, last_name),
    }
}

async fn revoke_form(desk: Desk, Path(id): Path<String>) -> Shown {
    let key = known(&desk, &id).await?;
    let action = format!("/admin/keys/{}/revoke", key.key_id);
    let sheet = Sheet::new(format!("Revoke the key '{}'", key.name), action, "/admin/keys", "Revoke the key")
        .danger()
        .lead("It opens nothing any more, from this moment on. Whatever uses it is turned away.");
    Ok(sheet.page(&desk, "keys", &Form::fresh()))
}

async fn revoke(desk: Desk, Path(id): Path<String>, _form: Form) -> Shown {
    let key = known(&desk, &id).await?;
    desk.api.app.access.revoke(desk.caller(), &key.key_id).await?;
    Ok(see("/admin/keys?done=revoked"))
}

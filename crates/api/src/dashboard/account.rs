//! One's own account: the password, and where one is signed in.

use askama::Template;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use sutler_app::access::{PASSWORD_CHARS_MIN, SessionView, SignedIn};
use sutler_app::public::rfc3339;
use sutler_app::{Kind, Problem};
use sutler_domain::SessionId;

use super::login::{see, stale};
use super::plain::Plain;
use super::sent::Sent;
use super::signed::Signed;
use crate::rest::{Api, Refusal};

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/admin/account", get(show))
        .route("/admin/account/password", post(change_password))
        .route("/admin/account/sessions/{id}/end", post(end))
}

#[derive(Template)]
#[template(path = "account.html")]
struct Account {
    plain: Plain,
    /// Empty for the developer of `sutler dev`.
    user_id: String,
    name: String,
    email: String,
    role: String,
    csrf: String,
    has_password: bool,
    password_chars_min: usize,
    rows: Vec<Row>,
}

/// A session of one's own.
struct Row {
    session_id: String,
    address: String,
    agent: String,
    used_at: String,
    is_this: bool,
}

impl Row {
    fn of(view: SessionView, own: &SignedIn) -> Self {
        let session = view.session;
        Self {
            is_this: session.session_id == own.session_id,
            session_id: session.session_id.to_string(),
            address: session.address.unwrap_or_default(),
            agent: session.agent.unwrap_or_default(),
            used_at: rfc3339(view.used_at),
        }
    }
}

pub(super) async fn page(api: &Api, signed: &Signed, problem: Option<Problem>) -> Response {
    let sessions = match &signed.session {
        Some(own) => api.app.access.own_sessions(own).await.map(|all| (all, Some(own))),
        None => Ok((Vec::new(), None)),
    };
    let (sessions, own) = match sessions {
        Ok(found) => found,
        Err(problem) => return Refusal::from(problem).into_response(),
    };
    let rows = own.into_iter().flat_map(|own| sessions.iter().map(|view| Row::of(view.clone(), own)));
    let page = Account {
        plain: Plain::new(api, "Your account", problem),
        user_id: signed.user_id.as_ref().map(ToString::to_string).unwrap_or_default(),
        name: signed.name.clone(),
        email: signed.email.clone(),
        role: signed.role.clone(),
        csrf: signed.csrf.clone(),
        has_password: own.is_some_and(|own| !own.by_link),
        password_chars_min: PASSWORD_CHARS_MIN,
        rows: rows.collect(),
    };
    Plain::show(&page, &page.plain)
}

async fn show(State(api): State<Api>, signed: Signed) -> Response {
    page(&api, &signed, None).await
}

async fn change_password(State(api): State<Api>, signed: Signed, request: Request) -> Response {
    match changed(&api, &signed, request).await {
        Ok(()) => see("/admin/account"),
        Err(problem) => page(&api, &signed, Some(problem)).await,
    }
}

async fn changed(api: &Api, signed: &Signed, request: Request) -> Result<(), Problem> {
    let (sent, own) = own_form(signed, request).await?;
    let (present, chosen) = (sent.field("present"), sent.field("password"));
    api.app.access.change_password(&signed.caller, own, Some(present), chosen).await
}

async fn end(State(api): State<Api>, signed: Signed, Path(id): Path<String>, request: Request) -> Response {
    match ended(&api, &signed, &id, request).await {
        Ok(()) => see("/admin/account"),
        Err(problem) => page(&api, &signed, Some(problem)).await,
    }
}

async fn ended(api: &Api, signed: &Signed, id: &str, request: Request) -> Result<(), Problem> {
    let (_, own) = own_form(signed, request).await?;
    let id = SessionId::parse(id).map_err(|_| Problem::not_found("session", "of that id"))?;
    api.app.access.end_own_session(&signed.caller, own, &id).await
}

/// The form of somebody with a session, which carries its word.
async fn own_form(signed: &Signed, request: Request) -> Result<(Sent, &SignedIn), Problem> {
    let sent = Sent::read(request.into_body()).await?;
    let none = || Problem::new(Kind::Conflict, "sign_in_off", "the developer of 'sutler dev' has no account");
    let own = signed.session.as_ref().ok_or_else(none)?;
    if sent.field("csrf") == signed.csrf { Ok((sent, own)) } else { Err(stale()) }
}

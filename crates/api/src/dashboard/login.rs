//! Sign in and out.

use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use sutler_app::access::Begun;
use sutler_app::{Kind, Problem};

use super::again::Waiting;
use super::cookie::Cookie;
use super::guard::{Site, origin};
use super::plain::Plain;
use super::sent::Sent;
use super::signed::{Signed, from_where, safe_next};
use crate::rest::{Api, Params, Refusal};

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/admin/login", get(show).post(sign_in)).route("/admin/logout", post(sign_out))
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login {
    plain: Plain,
    email: String,
    next: String,
    /// The word that the cookie of the form has too.
    form: String,
    waiting: Waiting,
}

/// The page one signs in on.
pub(super) fn page(
    api: &Api,
    parts: &Parts,
    next: &str,
    waiting: Option<Waiting>,
    problem: Option<Problem>,
    email: &str,
) -> Response {
    let known =
        Cookie::Form.of(api, &parts.headers).filter(|word| word.bytes().all(|b| b.is_ascii_hexdigit()));
    let form = known.unwrap_or_else(|| hex::encode(api.app.ports.ids.secret()));
    let page = Login {
        plain: Plain::new(api, "Sign in", problem),
        email: email.to_owned(),
        next: safe_next(Some(next)).to_owned(),
        form,
        waiting: waiting.unwrap_or_default(),
    };
    let mut response = Plain::show(&page, &page.plain);
    response.headers_mut().append(header::SET_COOKIE, Cookie::Form.set(api, &page.form));
    response
}

/// As long as there is nobody, the first administrator is made instead.
async fn show(State(api): State<Api>, mut params: Params, request: Request) -> Response {
    let next = params.text("next").unwrap_or_default();
    let (parts, _) = request.into_parts();
    match api.app.access.has_people().await {
        Ok(true) => page(&api, &parts, &next, None, None, ""),
        Ok(false) => see("/admin/setup"),
        Err(problem) => Refusal::from(problem).into_response(),
    }
}

async fn sign_in(State(api): State<Api>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = match Sent::read(body).await {
        Ok(sent) => sent,
        Err(problem) => return Refusal::from(problem).into_response(),
    };
    let next = safe_next(Some(sent.field("next")));
    let waiting = Waiting::back(&api, &parts, &sent);
    let email = sent.field("email");
    if !is_own_form(&api, &parts, &sent) {
        return page(&api, &parts, next, waiting, Some(stale()), email);
    }
    let origin = from_where(&api, &parts);
    let begun = match sent.field("link") {
        "" => api.app.access.sign_in(email, sent.field("password"), &origin).await,
        link => api.app.access.redeem(link, &origin).await,
    };
    match begun {
        Ok(begun) => let_in(&api, &parts, &begun, next, waiting.as_ref()).await,
        Err(problem) => page(&api, &parts, next, waiting, Some(problem), email),
    }
}

/// Let somebody in: with a fresh token, whatever the browser had before.
pub(super) async fn let_in(
    api: &Api,
    parts: &Parts,
    begun: &Begun,
    next: &str,
    waiting: Option<&Waiting>,
) -> Response {
    // The session that this one takes the place of, if it is still open.
    if let Some(old) = Cookie::Session.of(api, &parts.headers)
        && let Ok(Some(signed)) = api.app.access.signed_in(&old).await
        && let Err(problem) = api.app.access.sign_out(&signed.caller(&api.app.settings.shop), &old).await
    {
        tracing::warn!(error = %problem, "old_session_not_ended");
    }
    let next = if begun.needs_password { "/admin/account" } else { next };
    let mut response = match waiting {
        Some(waiting) if !begun.needs_password => waiting.page(api, &begun.token),
        _ => see(next),
    };
    response.headers_mut().append(header::SET_COOKIE, Cookie::Session.set(api, &begun.token));
    response.headers_mut().append(header::SET_COOKIE, Cookie::Form.clear(api));
    response
}

async fn sign_out(State(api): State<Api>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = Sent::read(body).await.unwrap_or_default();
    let signed = Signed::find(&parts, &api).await;
    if let (Ok(Some(signed)), Some(token)) = (signed, Cookie::Session.of(&api, &parts.headers)) {
        if sent.field("csrf") != signed.csrf {
            return Refusal::from(stale()).into_response();
        }
        if let Err(problem) = api.app.access.sign_out(&signed.caller, &token).await {
            return Refusal::from(problem).into_response();
        }
    }
    let mut response = see("/admin/login");
    response.headers_mut().append(header::SET_COOKIE, Cookie::Session.clear(&api));
    response
}

/// Whether a form of somebody who is not signed in comes from a page of ours: the browser says so, or the form has the
/// word that its cookie has.
pub(super) fn is_own_form(api: &Api, parts: &Parts, sent: &Sent) -> bool {
    let word = Cookie::Form.of(api, &parts.headers);
    origin(&parts.headers) == Site::Ours || word.is_some_and(|word| word == sent.field("form"))
}

/// The form is not one of ours, or is too old.
pub(super) fn stale() -> Problem {
    let detail =
        "this form is too old or does not belong to your session; nothing was changed. Send it again";
    Problem::new(Kind::Unauthorized, "form_stale", detail)
}

/// Go there.
pub(super) fn see(address: &str) -> Response {
    let address = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/admin"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}

//! What was typed into a form whose session was over by then is not lost: whoever signs in is shown the form again, with all
//! its fields, and sends it once more.
//!
//! Only a form of the session that ended is kept. It is known by the word that its forms carry, for which the cookie vouches;
//! on its way through the page one signs in on, it is sealed with the cookie. A form that a stranger wrote is thrown away.

use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sutler_app::access;

use super::cookie::Cookie;
use super::login;
use super::plain::Plain;
use super::sent::{FORM_BYTES_MAX, Sent};
use super::signed::{Signed, safe_next};
use crate::rest::body::collect;
use crate::rest::{Api, Refusal};

/// A form that waits for its sender to sign in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Waiting {
    /// Where it goes.
    pub(super) path: String,
    /// Its fields, as they were sent.
    pub(super) fields: String,
    /// That both were sent by the session that ended.
    pub(super) seal: String,
}

impl Waiting {
    fn sealed(token: &str, path: &str, fields: &str) -> Self {
        let seal = access::seal(token, &[path, fields]);
        Self { path: path.to_owned(), fields: fields.to_owned(), seal }
    }

    /// What came back with the form one signs in with, if it is what was given out.
    pub(super) fn back(api: &Api, parts: &Parts, sent: &Sent) -> Option<Self> {
        let token = Cookie::Session.of(api, &parts.headers)?;
        let (path, fields) = (sent.field("again_path"), sent.field("again_fields"));
        let waiting = Self::sealed(&token, path, fields);
        (!path.is_empty() && waiting.seal == sent.field("again_seal")).then_some(waiting)
    }

    /// The form once more, for the session that began just now.
    pub(super) fn page(&self, api: &Api, token: &str) -> Response {
        let sent = Sent::of(self.fields.as_bytes());
        let fields = sent.pairs().filter(|(name, _)| *name != "csrf");
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let plain = Plain::new(api, "Send it again", None);
        let page =
            Again { path: safe_next(Some(&self.path)).to_owned(), csrf: access::csrf(token), fields, plain };
        Plain::show(&page, &page.plain)
    }
}

#[derive(Template)]
#[template(path = "again.html")]
struct Again {
    plain: Plain,
    path: String,
    csrf: String,
    fields: Vec<(String, String)>,
}

/// Keep what is sent in a session that is over.
pub(super) async fn keep(State(api): State<Api>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_form = request.headers().get(header::CONTENT_TYPE).is_some_and(|kind| {
        kind.to_str().is_ok_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
    });
    let is_door =
        path.starts_with("/admin/login") || path.starts_with("/admin/setup") || path == "/admin/logout";
    let token = Cookie::Session.of(&api, request.headers());
    let (Some(token), true, &Method::POST) = (token, is_form && !is_door, request.method()) else {
        return next.run(request).await;
    };
    let (parts, body) = request.into_parts();
    match Signed::find(&parts, &api).await {
        Ok(Some(_)) => return next.run(Request::from_parts(parts, body)).await,
        Ok(None) => {}
        Err(problem) => return Refusal::from(problem).into_response(),
    }
    let bytes = match collect(body, FORM_BYTES_MAX).await {
        Ok(bytes) => bytes,
        Err(problem) => return Refusal::from(problem).into_response(),
    };
    let sent = Sent::of(&bytes);
    let fields = std::str::from_utf8(&bytes).unwrap_or_default();
    if sent.field("csrf") != access::csrf(&token) || fields.is_empty() {
        return next.run(Request::from_parts(parts, Body::from(bytes))).await;
    }
    let path = parts.uri.path_and_query().map_or("/admin", |path| path.as_str());
    login::page(&api, &parts, path, Some(Waiting::sealed(&token, path, fields)), None, "")
}

//! A request to the dashboard: who asks, where they are, and how a page is put around what they asked for.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use askama::Template;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use jiff::Timestamp;
use sutler_app::ports::ReadError;
use sutler_app::{Caller, Problem};

use super::assets::FOLDER;
use super::marks::Marks;
use super::notice::{self, Notice};
use super::signed::Signed;
use super::words as w;
use crate::rest::problem::{page_of, status_of};
use crate::rest::{Api, RequestId};

/// What a page's handler gives back.
pub(crate) type Shown = Result<Response, Trouble>;

/// What every handler of a page holds.
#[derive(Clone)]
pub(crate) struct Desk(Arc<Seat>);

/// Who asks, and where they are.
pub(crate) struct Seat {
    /// The door that they came in by.
    pub(crate) api: Api,
    /// Who they are.
    pub(crate) signed: Signed,
    /// Where they are.
    pub(crate) uri: Uri,
    /// When they asked.
    pub(crate) now: Timestamp,
    theme: &'static str,
    request_id: String,
    marks: Marks,
}

impl Deref for Desk {
    type Target = Seat;

    fn deref(&self) -> &Seat {
        &self.0
    }
}

/// The desk of the request at hand, for what comes after its handler.
#[derive(Clone, Default)]
pub(super) struct Slot(Arc<OnceLock<Desk>>);

impl Slot {
    /// The desk, once somebody sits there.
    pub(super) fn desk(&self) -> Option<&Desk> {
        self.0.get()
    }
}

/// Something went wrong; told as a page.
#[derive(Clone, Debug)]
pub(crate) struct Trouble(pub(crate) Box<Problem>);

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl From<ReadError> for Trouble {
    fn from(error: ReadError) -> Self {
        Problem::from(error).into()
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let mut response = status_of(&self.0).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl FromRequestParts<Api> for Desk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Response> {
        let signed = Signed::from_request_parts(parts, api).await.map_err(IntoResponse::into_response)?;
        let marks = Marks::of(api).await;
        let desk = Self(Arc::new(Seat {
            theme: theme(&parts.headers),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
            uri: parts.uri.clone(),
            now: api.app.ports.clock.now(),
            api: api.clone(),
            signed,
            marks,
        }));
        if let Some(slot) = parts.extensions.get::<Slot>() {
            _ = slot.0.set(desk.clone());
        }
        Ok(desk)
    }
}

impl Seat {
    /// Who asks, to the use cases.
    pub(crate) fn caller(&self) -> &Caller {
        &self.signed.caller
    }

    /// Who asks, with the key of a form: a form that is sent twice acts once. An outcome is awaited for a moment.
    pub(crate) fn caller_once(&self, key: Option<String>) -> Caller {
        Caller { idempotency_key: key.map(|key| format!("admin:{key}")), wait_s: 5, ..self.caller().clone() }
    }

    /// A fresh key for a form.
    pub(crate) fn form_key(&self) -> String {
        self.api.app.ports.ids.uuid().to_string()
    }

    /// Whether they may, such as `orders:write`.
    pub(crate) fn may(&self, scope: &str) -> bool {
        self.caller().scopes.allow(scope)
    }

    /// What stands around a page.
    pub(crate) fn frame(&self, title: impl Into<String>, place: &'static str) -> Frame {
        let dev = self.api.options.dev;
        Frame {
            title: title.into(),
            place,
            crumbs: Vec::new(),
            assets: FOLDER.as_str(),
            theme: self.theme,
            csrf: self.signed.csrf.clone(),
            name: self.signed.name.clone(),
            email: self.signed.email.clone(),
            role: self.signed.role.clone(),
            has_session: self.signed.session.is_some(),
            mode: if dev {
                "Dev"
            } else if self.api.app.settings.shop == "test" {
                "Test"
            } else {
                ""
            },
            here: self.uri.path_and_query().map_or_else(String::new, ToString::to_string),
            notice: notice::of(&self.uri),
            marks: self.marks,
            doors: Doors::of(self.caller()),
            key: self.form_key(),
        }
    }

    /// The page of a problem.
    fn trouble(&self, problem: &Problem) -> Response {
        let status = status_of(problem);
        let page = page_of(problem.code);
        let place = self.uri.path().split('/').nth(2).unwrap_or_default();
        let page = ProblemPage {
            frame: self.frame(page.map_or("Something is wrong", |page| page.title), Frame::known(place)),
            status: status.as_u16(),
            detail: problem.detail.clone(),
            code: problem.code,
            request_id: self.request_id.clone(),
        };
        (status, shown(&page)).into_response()
    }
}

/// Which parts of the dashboard somebody may see.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is an entry of the navigation")]
pub(crate) struct Doors {
    pub(crate) orders: bool,
    pub(crate) catalog: bool,
    pub(crate) inventory: bool,
    pub(crate) events: bool,
    pub(crate) webhooks: bool,
    pub(crate) jobs: bool,
    pub(crate) customers: bool,
    pub(crate) keys: bool,
    pub(crate) settings: bool,
}

impl Doors {
    fn of(caller: &Caller) -> Self {
        let may = |scope| caller.scopes.allow(scope);
        Self {
            orders: may("orders:read"),
            catalog: may("catalog:read"),
            inventory: may("inventory:read"),
            events: may("events:read"),
            webhooks: may("webhooks:read"),
            jobs: may("jobs:read"),
            customers: may("customers:read"),
            keys: may("keys:read"),
            settings: may("settings:read"),
        }
    }
}

/// What stands around a page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    pub(crate) title: String,
    pub(crate) place: &'static str,
    /// Address and words of the pages above this one.
    pub(crate) crumbs: Vec<(String, String)>,
    pub(crate) assets: &'static str,
    pub(crate) theme: &'static str,
    pub(crate) csrf: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) role: String,
    /// Whether there is a session to end; the developer of `sutler dev` has none.
    pub(crate) has_session: bool,
    pub(crate) mode: &'static str,
    pub(crate) here: String,
    pub(crate) notice: Option<Notice>,
    pub(crate) marks: Marks,
    pub(crate) doors: Doors,
    /// The key of the page's own form.
    pub(crate) key: String,
}

impl Frame {
    /// The same, below another page.
    pub(crate) fn under(mut self, href: impl Into<String>, words: impl Into<String>) -> Self {
        self.crumbs.push((href.into(), words.into()));
        self
    }

    /// What every form carries.
    pub(crate) fn token(&self) -> w::Html {
        w::Html(format!("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", self.csrf))
    }

    /// ` aria-current` for the entry of the navigation that one is at.
    pub(crate) fn current(&self, place: &str) -> w::Html {
        w::Html(if self.place == place { " aria-current=\"page\"".to_owned() } else { String::new() })
    }

    /// The letter that stands for whoever is signed in.
    pub(crate) fn initial(&self) -> String {
        self.name.chars().next().unwrap_or('?').to_uppercase().to_string()
    }

    fn known(place: &str) -> &'static str {
        let places = [
            "orders",
            "products",
            "inventory",
            "customers",
            "returns",
            "reports",
            "events",
            "webhooks",
            "jobs",
            "keys",
            "settings",
        ];
        places.into_iter().find(|known| *known == place).unwrap_or_default()
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    status: u16,
    detail: String,
    code: &'static str,
    request_id: String,
}

/// A page as an answer. Whether it is asked for by htmx changes nothing in it; caches are told anyway.
pub(crate) fn shown(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => ([(header::VARY, HeaderValue::from_static("HX-Request"))], Html(html)).into_response(),
        Err(error) => Trouble::from(Problem::internal(&error)).into_response(),
    }
}

/// Go there: what a form answers that did what it was to do.
pub(crate) fn see(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}

/// Write the page of a problem where a handler met one.
pub(super) async fn explain(mut request: Request, next: Next) -> Response {
    let slot = Slot::default();
    request.extensions_mut().insert(slot.clone());
    let mut response = next.run(request).await;
    let Some(Trouble(problem)) = response.extensions_mut().remove::<Trouble>() else { return response };
    match slot.desk() {
        Some(desk) => desk.trouble(&problem),
        None => crate::rest::Refusal(problem).into_response(),
    }
}

/// Nothing is there.
pub(super) fn nowhere(desk: &Desk) -> Trouble {
    Problem::not_found("page", desk.uri.path()).into()
}

/// The theme that was chosen, if one was.
fn theme(headers: &HeaderMap) -> &'static str {
    let cookies = headers.get(header::COOKIE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let chosen = cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix("sutler_theme="));
    match chosen {
        Some("light") => "light",
        Some("dark") => "dark",
        _ => "system",
    }
}

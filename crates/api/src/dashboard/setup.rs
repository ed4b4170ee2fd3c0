//! The first administrator, by a link that works once.

use askama::Template;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sutler_app::Problem;
use sutler_app::access::SetUp;

use super::cookie::Cookie;
use super::login::{is_own_form, let_in, see, stale};
use super::plain::Plain;
use super::sent::Sent;
use super::signed::from_where;
use crate::rest::{Api, Refusal};

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/admin/setup", get(show).post(set_up))
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup {
    plain: Plain,
    /// The code of the link, if it was typed.
    k: String,
    email: String,
    name: String,
    form: String,
    password_chars_min: usize,
}

fn page(api: &Api, problem: Option<Problem>, [k, email, name]: [&str; 3]) -> Response {
    let page = Setup {
        plain: Plain::new(api, "Set up", problem),
        k: k.to_owned(),
        email: email.to_owned(),
        name: name.to_owned(),
        form: hex::encode(api.app.ports.ids.secret()),
        password_chars_min: sutler_app::access::PASSWORD_CHARS_MIN,
    };
    let mut response = Plain::show(&page, &page.plain);
    response.headers_mut().append(header::SET_COOKIE, Cookie::Form.set(api, &page.form));
    response
}

/// With an administrator there is nothing to set up.
async fn show(State(api): State<Api>) -> Response {
    match api.app.access.has_people().await {
        Ok(false) => page(&api, None, [""; 3]),
        Ok(true) => see("/admin/login"),
        Err(problem) => Refusal::from(problem).into_response(),
    }
}

async fn set_up(State(api): State<Api>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let sent = match Sent::read(body).await {
        Ok(sent) => sent,
        Err(problem) => return Refusal::from(problem).into_response(),
    };
    let typed = ["k", "email", "name"].map(|name| sent.field(name));
    if !is_own_form(&api, &parts, &sent) {
        return page(&api, Some(stale()), typed);
    }
    let [k, email, name] = typed.map(str::to_owned);
    let who = SetUp { email, name, password: sent.field("password").to_owned() };
    match api.app.access.set_up(k.trim(), &who, &from_where(&api, &parts)).await {
        Ok(begun) => let_in(&api, &parts, &begun, "/admin", None).await,
        Err(problem) => page(&api, Some(problem), typed),
    }
}

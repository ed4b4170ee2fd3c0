//! The description of this API: for programs (`OpenAPI`), and for people as a page.

use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};

use super::operation::Needs::Nothing;
use super::operation::{Operations, operations};
use crate::openapi;

/// What is known of the program, not of the shop.
pub(super) fn routes() -> Operations {
    operations! {
        get "/openapi.json", Nothing, "get_openapi", "This API, for programs" => description;
        get "/docs", Nothing, "get_manual", "This API, for people" => page;
    }
}

async fn description() -> Response {
    fixed(([(header::CONTENT_TYPE, "application/json")], openapi::SERVED.clone()))
}

async fn page() -> Response {
    fixed(Html(openapi::PAGE.clone()))
}

/// What is the same until the program is another one.
fn fixed(body: impl IntoResponse) -> Response {
    let mut response = body.into_response();
    let cache = HeaderValue::from_static("public, max-age=3600");
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response
}

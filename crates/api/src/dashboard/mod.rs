//! The dashboard: pages over the same use cases as every other door. Here is who may come in.

mod account;
mod again;
mod cookie;
mod guard;
mod login;
mod plain;
mod sent;
mod setup;
mod signed;

use axum::Router;
use axum::extract::State;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;

use crate::rest::Api;

pub(crate) use signed::Signed;

/// The link with which somebody signs in once. What follows the `#` never reaches a server's log.
pub fn sign_in_url(public_url: &str, token: &str) -> String {
    format!("{}/admin/login#k={token}", public_url.trim_end_matches('/'))
}

/// The link by which the first administrator is made.
pub fn setup_url(public_url: &str, token: &str) -> String {
    format!("{}/admin/setup#k={token}", public_url.trim_end_matches('/'))
}

/// Every page, under `/admin`.
pub(crate) fn routes(api: &Api) -> Router<Api> {
    Router::new()
        .merge(account::routes())
        .merge(login::routes())
        .merge(setup::routes())
        .route("/admin", get(home))
        .layer(from_fn_with_state(api.clone(), again::keep))
        .layer(from_fn(guard::guard))
}

/// Where one is after signing in.
async fn home(State(api): State<Api>, signed: Signed) -> Response {
    account::page(&api, &signed, None).await
}

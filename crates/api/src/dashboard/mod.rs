//! The dashboard: pages over the same use cases as every other door. They work without scripts; scripts make them live.

mod account;
mod again;
mod assets;
mod cookie;
mod desk;
mod guard;
mod kit;
mod login;
mod looked;
mod marks;
mod notice;
mod plain;
mod pulse;
mod secret;
mod sent;
mod setup;
mod sheet;
mod signed;
mod timeline;
mod typed;
mod words;

mod catalog;
mod customers;
mod events;
mod home;
mod inventory;
mod jobs;
mod keys;
mod lists;
mod live;
mod orders;
mod people;
mod reports;
mod returns;
mod search;
mod settings;
mod theme;
mod trail;
mod webhooks;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;

use crate::rest::Api;

pub(crate) use looked::Looked;
pub(crate) use pulse::Pulse;

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
    let pages = Router::new()
        .merge(account::routes())
        .merge(login::routes())
        .merge(setup::routes())
        .merge(home::routes())
        .merge(orders::routes())
        .merge(catalog::routes())
        .merge(inventory::routes())
        .merge(customers::routes())
        .merge(returns::routes())
        .merge(events::routes())
        .merge(webhooks::routes())
        .merge(jobs::routes())
        .merge(keys::routes())
        .merge(settings::routes())
        .merge(people::routes())
        .merge(trail::routes())
        .merge(reports::routes())
        .merge(search::routes())
        .merge(theme::routes())
        .merge(live::routes())
        .merge(kit::routes())
        .route("/admin/{*path}", get(async |desk: desk::Desk| desk::nowhere(&desk)))
        .layer(from_fn(desk::explain))
        .layer(from_fn_with_state(api.clone(), again::keep))
        .layer(from_fn(guard::guard));
    Router::new()
        .route("/admin/assets/{name}", get(async |Path(name): Path<String>| assets::newest(&name)))
        .route(
            "/admin/assets/{folder}/{*name}",
            get(async |Path((folder, name)): Path<(String, String)>, headers: HeaderMap| {
                assets::show(&folder, &name, &headers)
            }),
        )
        .merge(pages)
}

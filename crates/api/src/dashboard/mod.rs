//! The dashboard: pages over the same use cases as every other door. They work without scripts; scripts make them live.

mod assets;
mod desk;
mod form;
mod guard;
mod kit;
mod marks;
mod notice;
mod sheet;
mod signed;
mod timeline;
mod words;

mod catalog;
mod events;
mod home;
mod inventory;
mod jobs;
mod live;
mod lists;
mod orders;
mod search;
mod theme;
mod webhooks;

use axum::Router;
use axum::middleware::from_fn;
use axum::routing::get;

use crate::rest::Api;

/// Every page, under `/admin`.
pub(crate) fn routes() -> Router<Api> {
    let pages = Router::new()
        .merge(home::routes())
        .merge(orders::routes())
        .merge(catalog::routes())
        .merge(inventory::routes())
        .merge(events::routes())
        .merge(webhooks::routes())
        .merge(jobs::routes())
        .merge(search::routes())
        .merge(theme::routes())
        .merge(live::routes())
        .merge(kit::routes())
        .route("/admin/{*path}", get(desk::nowhere))
        .layer(from_fn(desk::explain))
        .layer(from_fn(guard::guard));
    Router::new().route("/admin/assets/{folder}/{*name}", get(assets::show)).merge(pages)
}

//! The dashboard: pages over the same use cases as every other door. They work without scripts; scripts make them live.

mod assets;
mod desk;
mod guard;
mod kit;
mod marks;
mod notice;
mod sheet;
mod signed;
mod timeline;
mod typed;
mod words;

mod catalog;
mod events;
mod home;
mod inventory;
mod jobs;
mod lists;
mod live;
mod orders;
mod search;
mod theme;
mod webhooks;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::middleware::from_fn;
use axum::routing::get;

use crate::rest::Api;

/// Every page, under `/admin`.
pub(crate) fn routes(_api: &Api) -> Router<Api> {
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
        .route("/admin/{*path}", get(async |desk: desk::Desk| desk::nowhere(&desk)))
        .layer(from_fn(desk::explain))
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

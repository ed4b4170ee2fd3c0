//! The REST door: `router(Api)` is a service; who listens is the server's affair.

mod address;
mod answer;
mod auth;
pub mod body;
mod compress;
pub mod extract;
pub mod fields;
mod fields_money;
mod frame;
mod health;
pub mod metrics;
mod page;
pub mod problem;
mod query;
mod quota;
mod rendered;
mod state;
mod turn;

pub(crate) mod catalog;
pub(crate) mod fulfillments;
pub mod imports;
pub(crate) mod inventory;
pub(crate) mod orders;
pub(crate) mod payments;
pub mod system;
mod webhooks;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;

pub use address::TrustedProxies;
pub(crate) use answer::{Answer, json};
pub(crate) use auth::{Guest, admit};
pub(crate) use body::{Document, MaybeDocument};
pub use extract::Call;
pub(crate) use frame::RequestId;
pub use problem::Refusal;
pub use query::Params;
pub use rendered::RENDERED_BYTES_MAX;
pub(crate) use rendered::Shown;
pub use state::{Api, Door, Options};
pub use turn::PLACING_MAX;
pub(crate) use turn::Turns;

/// What a handler gives back.
pub(crate) type Told = Result<axum::response::Response, Refusal>;

/// Everything that can be asked over HTTP.
pub fn router(api: Api) -> Router {
    let guarded = Router::new()
        .merge(catalog::routes())
        .merge(inventory::routes())
        .merge(imports::routes())
        .merge(orders::routes())
        .merge(payments::routes())
        .merge(fulfillments::routes())
        .merge(system::routes())
        .merge(webhooks::routes())
        .merge(crate::graphql::routes())
        .route_layer(from_fn_with_state(api.clone(), auth::guard));
    let open = Router::new()
        .merge(health::routes())
        .merge(problem::routes())
        .merge(crate::graphql::open_routes())
        .merge(payments::gateway_page::routes())
        .merge(payments::notices::open_routes())
        .merge(system::open_routes());
    framed(Router::new().merge(guarded).merge(open).fallback(problem::no_such_path), api)
}

/// What a server answers that only runs jobs: how it is.
pub fn worker_router(api: Api) -> Router {
    framed(Router::new().merge(health::routes()).fallback(problem::only_a_worker), api)
}

/// What stands around every request, whatever is asked.
fn framed(router: Router<Api>, api: Api) -> Router {
    // One layer of three, the outermost first: each layer of its own would box every request once more.
    router
        .layer((
            option_layer(state::cors(&api.options.cors_origins)),
            from_fn_with_state(api.clone(), frame::frame),
            CatchPanicLayer::custom(frame::broke),
        ))
        .with_state(api)
}

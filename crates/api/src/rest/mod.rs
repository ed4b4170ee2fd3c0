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
mod ndjson;
pub mod operation;
mod page;
pub mod problem;
mod query;
mod quota;
mod rendered;
mod state;
mod turn;

mod bulk;
pub(crate) mod catalog;
pub(crate) mod categories;
pub(crate) mod collections;
pub(crate) mod customers;
pub(crate) mod fulfillments;
pub mod imports;
pub(crate) mod inventory;
mod manual;
pub(crate) mod orders;
pub(crate) mod payments;
pub(crate) mod reports;
pub(crate) mod returns;
pub mod system;
mod webhooks;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;

pub use address::TrustedProxies;
pub(crate) use answer::{Answer, json};
pub(crate) use auth::{Guest, admit, is_loopback, is_own_page};
pub(crate) use body::{Document, MaybeDocument};
pub use bulk::BULK_BYTES_MAX;
pub(crate) use customers::customer_export;
pub use extract::Call;
pub(crate) use frame::RequestId;
pub use operation::Operation;
pub(crate) use operation::{Operations, Table};
pub use orders::{BULK_FILES_MAX, BULK_IN_FLIGHT_MAX, BULK_LINE_BYTES_MAX, BULK_TOGETHER_BYTES_MAX};
pub use problem::Refusal;
pub(crate) use problem::escaped;
pub use query::Params;
pub(crate) use query::pairs as query_pairs;
pub use rendered::RENDERED_BYTES_MAX;
pub(crate) use rendered::Shown;
pub use state::{Api, Door, Options};
pub use turn::PLACING_MAX;
pub(crate) use turn::Turns;

/// What a handler gives back.
pub(crate) type Told = Result<axum::response::Response, Refusal>;

/// What can be asked with a key.
fn guarded() -> Operations {
    catalog::routes()
        .merge(categories::routes())
        .merge(collections::routes())
        .merge(bulk::routes())
        .merge(inventory::routes())
        .merge(imports::routes())
        .merge(orders::routes())
        .merge(payments::routes())
        .merge(fulfillments::routes())
        .merge(returns::routes())
        .merge(reports::routes())
        .merge(customers::routes())
        .merge(system::routes())
        .merge(webhooks::routes())
        .merge(crate::graphql::routes())
}

/// What is open to everybody.
fn open() -> Operations {
    health::routes()
        .merge(problem::routes())
        .merge(crate::graphql::open_routes())
        .merge(payments::gateway_page::routes())
        .merge(payments::notices::open_routes())
        .merge(system::open_routes())
        .merge(manual::routes())
}

/// Every operation, in the order of the files: what the description of the API and the matrix of who may do what are
/// made of.
pub fn operations() -> Vec<Operation> {
    let (mut rows, _) = guarded().parts();
    rows.extend(open().parts().0);
    rows
}

/// Everything that can be asked over HTTP.
pub fn router(api: Api) -> Router {
    let (rows, guarded) = guarded().parts();
    let guard = from_fn_with_state((api.clone(), Table::of(&rows)), auth::guard);
    let (guarded, (_, open)) = (guarded.route_layer(guard), open().parts());
    let dashboard = if api.options.dashboard { crate::dashboard::routes(&api) } else { Router::new() };
    framed(Router::new().merge(guarded).merge(open).merge(dashboard).fallback(problem::no_such_path), api)
}

/// What a server answers that only runs jobs: how it is.
pub fn worker_router(api: Api) -> Router {
    framed(health::routes().parts().1.fallback(problem::only_a_worker), api)
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

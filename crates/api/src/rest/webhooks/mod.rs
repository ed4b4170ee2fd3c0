//! Webhooks: endpoints and deliveries.

mod deliveries;
mod endpoints;
mod shape;

use axum::Router;

use super::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new().merge(endpoints::routes()).merge(deliveries::routes())
}

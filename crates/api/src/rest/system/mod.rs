//! Keys, events, jobs, and who am I.

mod events;
mod jobs;
mod keys;

use axum::Router;

use super::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new().merge(keys::routes()).merge(events::routes()).merge(jobs::routes())
}

//! Keys, events, jobs, who am I, and whether what is stored is true.

mod events;
mod jobs;
mod keys;
pub mod verify;

use axum::Router;

use super::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new().merge(keys::routes()).merge(events::routes()).merge(jobs::routes()).merge(verify::routes())
}

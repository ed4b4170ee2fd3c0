//! Keys, events, jobs and their queues, who am I, and whether what is stored is true.

mod events;
mod jobs;
mod keys;
mod queues;
pub mod verify;

use axum::Router;

use super::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .merge(keys::routes())
        .merge(events::routes())
        .merge(jobs::routes())
        .merge(queues::routes())
        .merge(verify::routes())
}

//! Keys, events, jobs and their queues, who am I, and whether what is stored is true.

mod event_stream;
mod event_types;
mod events;
mod jobs;
mod keys;
mod queues;
pub mod verify;

use axum::Router;

use super::Api;

pub(crate) use event_stream::{HEARTBEAT, Listener, Streams};

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .merge(keys::routes())
        .merge(events::routes())
        .merge(event_stream::routes())
        .merge(event_types::routes())
        .merge(jobs::routes())
        .merge(queues::routes())
        .merge(verify::routes())
}

/// What stands open: what is told of events to people and programs that want to learn of them.
pub(super) fn open_routes() -> Router<Api> {
    event_types::open_routes()
}

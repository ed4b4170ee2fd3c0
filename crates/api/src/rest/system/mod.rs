//! Keys, events, the books, jobs and their queues, who am I, and whether what is stored is true.

mod event_stream;
mod event_types;
mod events;
mod figures;
mod jobs;
mod keys;
mod ledger;
mod overview;
mod pace;
mod people;
mod queues;
mod sessions;
mod trail;
pub mod verify;

use super::operation::Operations;

pub(crate) use event_stream::{Guest, HEARTBEAT, Listener, Streams};
pub(crate) use figures::Figures;
pub(crate) use overview::{RANGE_RULE, overview_body, range_of};

pub(super) fn routes() -> Operations {
    keys::routes()
        .merge(people::routes())
        .merge(sessions::routes())
        .merge(trail::routes())
        .merge(overview::routes())
        .merge(events::routes())
        .merge(ledger::routes())
        .merge(event_stream::routes())
        .merge(event_types::routes())
        .merge(jobs::routes())
        .merge(queues::routes())
        .merge(verify::routes())
}

/// What stands open: what is told of events to people and programs that want to learn of them.
pub(super) fn open_routes() -> Operations {
    event_types::open_routes()
}

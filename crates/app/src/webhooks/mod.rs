//! Webhooks: who asked for which events, what became of every delivery, and the post that carries them.
//!
//! The log is the outbox. One node of a deployment is the post ([`Post`]): it makes deliveries out of events, in the
//! order of the log, and carries them. What it does enters the store as commits that move its bookmark, so a post that
//! was replaced changes nothing (`docs/adr/0020-webhooks.md`).

pub mod address;
mod delivery;
mod endpoint;
mod endpoints;
mod input;
mod log;
mod payload;
mod post;
mod recover;
pub mod schedule;
pub mod seal;
pub mod signature;

pub use delivery::{
    Attempt, Delivery, DeliveryChange, DeliveryState, Ended, Form, Health, NewDelivery, Timings,
};
pub use endpoint::{Disabled, Endpoint, EndpointEvent, OldSecret, Payload, is_import};
pub use endpoints::{OLD_SECRETS_MAX, WithSecret};
pub use input::{
    CONTENT_TYPES, DESCRIPTION_CHARS_MAX, EndpointChange, NewEndpoint, TYPES_MAX, URL_BYTES_MAX,
};
pub use log::Shown;
pub use payload::{BODY_BYTES_MAX, Parcel, body};
pub use post::{AWAY_FAILURES_MIN, AWAY_MIN, CONCURRENCY, GRACE, Post, READER, Signs};
pub use recover::{Only, RECOVERED_MAX, Recover, Recovered};

use std::sync::Arc;

use crate::Room;

/// Endpoints of a shop, at most: the post looks at each of them all the time.
pub const ENDPOINTS_MAX: usize = 200;

/// Who is told of events over HTTP.
#[derive(Clone)]
pub struct Webhooks {
    room: Room,
    signs: Arc<Signs>,
}

impl Webhooks {
    pub(crate) fn new(room: Room) -> Self {
        Self { room, signs: Arc::default() }
    }

    /// The post of this node.
    pub fn post(&self) -> Post {
        Post::new(self.clone())
    }

    /// What the post of this process did.
    pub fn signs(&self) -> &Signs {
        &self.signs
    }
}

//! Events on their way into the log, and as they stand there.

use jiff::Timestamp;
use serde::Serialize;
use sutler_domain::catalog::{CategoryEvent, CollectionEvent, PriceEvent, ProductEvent};
use sutler_domain::customers::CustomerEvent;
use sutler_domain::inventory::{LocationEvent, ReservationEvent, StockEvent};
use sutler_domain::orders::OrderEvent;
use sutler_domain::{EventId, Position, Version};

use crate::StreamId;
use crate::access::KeyEvent;
use crate::job::JobEvent;
use crate::webhooks::EndpointEvent;

/// An event that a decision made. The envelope is stamped by the door, never here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// Its name, such as `OrderPlaced`.
    pub name: &'static str,
    /// When it happened; in the past for imported history.
    pub at: Timestamp,
    /// Its JSON.
    pub body: String,
}

/// What can be written to the log.
pub trait Logged: Serialize {
    /// Its name in the log.
    fn name(&self) -> &'static str;
}

macro_rules! logged {
    ($($event:ty),* $(,)?) => {$(
        impl Logged for $event {
            fn name(&self) -> &'static str {
                <$event>::name(self)
            }
        }
    )*};
}
logged!(
    OrderEvent,
    CustomerEvent,
    ProductEvent,
    PriceEvent,
    CollectionEvent,
    CategoryEvent,
    StockEvent,
    LocationEvent,
    ReservationEvent,
    KeyEvent,
    JobEvent,
    EndpointEvent
);

impl NewEvent {
    /// An event of the domain, written down.
    pub fn of(event: &impl Logged, at: Timestamp) -> Self {
        // Every event is plain data with string keys, which always has a JSON form.
        let body = serde_json::to_string(event).unwrap_or_default();
        Self { name: event.name(), at, body }
    }

    /// Several events at one time.
    pub fn all<'e, E: Logged + 'e>(events: impl IntoIterator<Item = &'e E>, at: Timestamp) -> Vec<Self> {
        events.into_iter().map(|event| Self::of(event, at)).collect()
    }
}

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the one global order.
    pub position: Position,
    /// Its own id: a `UUIDv7` of `recorded_at` and the first bits of `hash`.
    pub event_id: EventId,
    /// Whose event it is.
    pub stream: StreamId,
    /// Which event of its stream, from 1.
    pub version: Version,
    /// Its name, such as `OrderPlaced`.
    pub name: String,
    /// Its JSON.
    pub body: String,
    /// When it happened.
    pub at: Timestamp,
    /// When the door took it, by the store's clock; never decreasing along positions.
    pub recorded_at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// The request or job that caused it.
    pub causation: Option<String>,
    /// The trace it belongs to (W3C Trace Context).
    pub traceparent: Option<String>,
    /// The number of the order it opened.
    pub number: Option<u64>,
    /// SHA-256 of the previous event's hash and this record.
    pub hash: [u8; 32],
}

/// The log holds an event that this version of the program cannot read.
#[derive(Debug, thiserror::Error)]
#[error("event {position} of {stream} ({name}) cannot be read: {reason}")]
pub struct Unreadable {
    /// Where.
    pub position: Position,
    /// Whose.
    pub stream: StreamId,
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

impl Recorded {
    /// Read the event as one of its stream's kind.
    pub fn read<E: serde::de::DeserializeOwned>(&self) -> Result<E, Unreadable> {
        serde_json::from_str(&self.body).map_err(|error| Unreadable {
            position: self.position,
            stream: self.stream.clone(),
            name: self.name.clone(),
            reason: error.to_string(),
        })
    }
}

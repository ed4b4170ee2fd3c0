//! The bus: where events go for those who do not ask the engine for them.

use async_trait::async_trait;
use sutler_domain::{EventId, Position};

/// Which log, by its epochs: the first one tells the shops apart, the present one a restored log from what it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogName {
    /// The epoch that the log began with.
    pub first_epoch: String,
    /// The epoch that it has.
    pub epoch: String,
}

/// An event on its way to the bus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The event's own id, by which the bus and its readers know a repeat.
    pub event_id: EventId,
    /// Its public type, such as `order.placed`.
    pub kind: &'static str,
    /// Its place in the log.
    pub position: Position,
    /// Its JSON, byte for byte as `GET /events` shows it.
    pub body: Vec<u8>,
}

/// The newest event that the bus has, by what was handed over with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newest {
    /// Whose event it is.
    pub log: LogName,
    /// Its place in that log.
    pub position: Position,
    /// Its id.
    pub event_id: String,
}

/// How the bus took an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// It stands behind all others now.
    Stored,
    /// The bus has it already, further up, and left it there.
    Known,
}

/// What became of events that were handed over: the first ones are acknowledged, in order. Of the others nobody knows
/// whether the bus has them; [`Publisher::newest`] tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// One for each event that is acknowledged, from the first on.
    pub acks: Vec<Ack>,
    /// Why there are not more. `None`, and yet fewer than asked: go on behind them.
    pub stopped: Option<BusError>,
}

/// Why the bus did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// It cannot be reached, or does not answer. That passes.
    #[error("{0}")]
    Away(String),
    /// Its end is not where it was left: somebody else published, or it lost what it had.
    #[error("the bus does not end where it was left")]
    Moved,
    /// It does not take this as things are: somebody must do something, and the text says what.
    #[error("{0}")]
    Refused(String),
}

/// A durable bus that keeps events in the order in which it took them.
///
/// Nothing is published behind an end that was not looked at: after [`newest`](Self::newest), what is published goes right
/// behind the end that it saw, each event right behind the one before it, or not at all. So a relay that was replaced
/// without knowing it publishes nothing, and no event comes before one that failed.
#[async_trait]
pub trait Publisher: Send + Sync {
    /// The newest event, or `None` when there is none. A bus whose place is gone is given a new one.
    async fn newest(&self) -> Result<Option<Newest>, BusError>;

    /// Publish events of a log, oldest first. Each is acknowledged once it is stored as safely as the bus stores anything.
    async fn publish(&self, log: &LogName, events: &[Publication]) -> Published;

    /// What it is and where, for people.
    fn place(&self) -> &str;
}

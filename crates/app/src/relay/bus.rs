//! The relay from the log to the bus: everything that others may read, in the order of the log, at least once.
//!
//! On each node one relay waits for its turn (`term.rs`). The one whose turn it is goes on behind the newest event of the
//! bus (`start.rs`) and carries (`carry.rs`) until it is replaced or something is in the way, and waits again. What the bus
//! has decides where to go on; the bookmark decides whose turn it is, and tells how far the bus is while it is away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use parking_lot::Mutex;
use sutler_domain::Position;

use super::candidate::Relay;
use super::carry::Carry;
use super::start::{self, Rewind};
use super::term::turn;
use crate::Room;
use crate::ports::publisher::{BusError, LogName};
use crate::ports::{EventFilter, Feed, ReadError};

/// The name of the relay's bookmark.
pub const READER: &str = "bus";

/// The relay of this node, and what can be told of it.
#[derive(Clone)]
pub struct Bus {
    pub(super) room: Room,
    pub(super) signs: Arc<Signs>,
}

/// What the relay of this process did since it began.
#[derive(Debug, Default)]
pub struct Signs {
    published: AtomicU64,
    rewinds: Mutex<BTreeMap<&'static str, u64>>,
}

impl Signs {
    /// Events that the bus acknowledged.
    pub fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// How often it was gone back to publish events anew, by the reason: `wiped`, `shortened`, `restored` or `ahead`.
    pub fn rewinds(&self) -> BTreeMap<&'static str, u64> {
        let mut rewinds: BTreeMap<_, _> = Rewind::ALL.map(|rewind| (rewind.as_str(), 0)).into();
        rewinds.extend(self.rewinds.lock().iter());
        rewinds
    }

    pub(super) fn acknowledged(&self, events: usize) {
        self.published.fetch_add(u64::try_from(events).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn rewound(&self, rewind: Rewind) {
        *self.rewinds.lock().entry(rewind.as_str()).or_default() += 1;
    }
}

/// What waits for the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Events of the log behind the bookmark, those that nobody is told of included.
    pub events: u64,
    /// When the first of them was recorded.
    pub oldest_at: Option<Timestamp>,
}

/// Why a relay stops carrying.
#[derive(Debug)]
pub(super) enum Pause {
    /// Another node has its turn.
    Replaced,
    /// The bus, or the epoch of the log, is not what it was.
    Changed,
    Bus(BusError),
    Store(String),
}

impl From<ReadError> for Pause {
    fn from(error: ReadError) -> Self {
        Self::Store(error.to_string())
    }
}

impl From<BusError> for Pause {
    fn from(error: BusError) -> Self {
        Self::Bus(error)
    }
}

impl Bus {
    pub(crate) fn new(room: Room) -> Self {
        Self { room, signs: Arc::default() }
    }

    /// Whether there is a bus.
    pub fn is_there(&self) -> bool {
        self.room.ports.publisher.is_some()
    }

    /// What the relay of this process did.
    pub fn signs(&self) -> &Signs {
        &self.signs
    }

    /// Whether the bus answers, and holds no events of another shop: to be asked once before anything is begun.
    pub async fn check(&self) -> Result<(), BusError> {
        let Some(publisher) = &self.room.ports.publisher else { return Ok(()) };
        let newest = publisher.newest().await?;
        let log = log_name(&*self.room.ports.feed).await;
        let log = log.map_err(|error| BusError::Away(error.to_string()))?;
        newest.map_or(Ok(()), |newest| start::is_ours(&newest, &log, publisher.place()))
    }

    /// How far the bus is behind the log.
    pub async fn backlog(&self) -> Result<Backlog, ReadError> {
        let feed = &self.room.ports.feed;
        let (epoch, mark) = (feed.epoch().await?, feed.bookmark(READER).await?);
        // A bookmark of another epoch says nothing about this log.
        let from = if mark.at.epoch == epoch { mark.at.position } else { Position(0) };
        let head = *feed.head().borrow();
        let first = feed.after(from, &EventFilter::default(), 1).await?;
        Ok(Backlog {
            events: head.0.saturating_sub(from.0),
            oldest_at: first.first().map(|event| event.recorded_at),
        })
    }

    /// Relay for ever; at once over when there is no bus.
    pub async fn run(&self) {
        let Some(publisher) = &self.room.ports.publisher else { return };
        let mut told = Told { place: publisher.place().to_owned(), trouble: None };
        // The bus may have lost something while nobody looked.
        let mut is_urgent = true;
        loop {
            let mut candidate = Relay::new(self, &**publisher, is_urgent, &mut told);
            let term = turn(&self.room, &mut candidate).await;
            tracing::info!(bus = publisher.place(), turn = term.version.0, "relay_begun");
            let pause = match Carry::begin(self, &**publisher, term, &mut told).await {
                Ok(mut carry) => carry.on().await,
                Err(pause) => pause,
            };
            told.pause(&pause);
            is_urgent = !matches!(pause, Pause::Replaced);
        }
    }
}

pub(super) async fn log_name(feed: &dyn Feed) -> Result<LogName, ReadError> {
    Ok(LogName { first_epoch: feed.first_epoch().await?, epoch: feed.epoch().await? })
}

/// Trouble with the bus is told once, and once that it is over.
pub(super) struct Told {
    place: String,
    trouble: Option<BusError>,
}

impl Told {
    fn pause(&mut self, pause: &Pause) {
        match pause {
            Pause::Replaced => tracing::info!(bus = self.place, "relay_replaced"),
            Pause::Changed | Pause::Bus(BusError::Moved) => tracing::debug!(bus = self.place, "bus_moved"),
            Pause::Bus(error) => self.trouble(error),
            Pause::Store(error) => tracing::warn!(error, "relay_without_store"),
        }
    }

    pub(super) fn trouble(&mut self, error: &BusError) {
        let known = self.trouble.as_ref().map(std::mem::discriminant);
        if known == Some(std::mem::discriminant(error)) {
            return;
        }
        if matches!(error, BusError::Refused(_)) {
            tracing::error!(bus = self.place, %error, "bus_refuses");
        } else {
            tracing::warn!(bus = self.place, %error, "bus_away");
        }
        self.trouble = Some(error.clone());
    }

    pub(super) fn is_well(&mut self) {
        if self.trouble.take().is_some() {
            tracing::info!(bus = self.place, "bus_back");
        }
    }
}

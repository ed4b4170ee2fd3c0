//! All that is stored, for whoever checks it: the log, the journal, and everything that was made of them.

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_domain::inventory::Level;
use sutler_domain::{Position, Version};

use super::ReadError;
use crate::admission::JournalEntry;
use crate::commit::StockKey;
use crate::event::Recorded;
use crate::stream::StreamKind;

/// The end of the log as the store keeps it: what the next commit goes on from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEnd {
    /// What the chain of hashes began with.
    pub first_epoch: String,
    /// The last position.
    pub position: Position,
    /// The last hash.
    pub hash: [u8; 32],
    /// The last recording time.
    pub recorded_at: Timestamp,
    /// The next order number.
    pub next_number: u64,
}

/// A row that cannot be read as what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Its place: a position of the log, or a row of the journal.
    pub at: u64,
    /// Why.
    pub reason: String,
}

/// A row, or why it cannot be read. One damaged row must not hide the others.
pub type Row<T> = Result<T, Damaged>;

/// An event of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The id of its stream, within its kind.
    pub id: String,
    /// Which event of its stream, from 1.
    pub version: Version,
    /// What it says.
    pub event: Row<Recorded>,
}

/// A row of the journal with its place in the order of writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Its place; grows, with or without gaps.
    pub row: u64,
    /// What it says.
    pub entry: Row<JournalEntry>,
}

/// A view as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredView {
    /// The id within its kind.
    pub id: String,
    /// Its version.
    pub version: Version,
    /// The number it drew; 0 for things without one.
    pub number: u64,
    /// Its JSON.
    pub body: String,
}

/// A level as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredLevel {
    /// Which counters.
    pub at: StockKey,
    /// The counters.
    pub level: Level,
    /// What was last told about it: a word of `Signal`.
    pub signal: String,
}

/// The store as it stands at one moment, whatever is written meanwhile. Every read gives at most `limit` rows after a
/// place, and none at the end.
pub trait Moment {
    /// The end of the log.
    fn end(&self) -> Result<LogEnd, ReadError>;

    /// The log, by position.
    fn log(&self, after: Position, limit: u32) -> Result<Vec<Row<Recorded>>, ReadError>;

    /// The journal, in the order of writing.
    fn journal(&self, after: u64, limit: u32) -> Result<Vec<JournalRow>, ReadError>;

    /// The events of the streams of one kind, by id (as text) and version.
    fn histories(
        &self,
        kind: StreamKind,
        after: (&str, Version),
        limit: u32,
    ) -> Result<Vec<Event>, ReadError>;

    /// The stored versions of the streams of one kind, by id (as text).
    fn versions(
        &self,
        kind: StreamKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, Version)>, ReadError>;

    /// The stored views of one kind, by id (as text). Kinds whose views are no fold of events have none here: stock,
    /// whose levels are counters, and persons and notes, which are not in the log.
    fn views(&self, kind: StreamKind, after: &str, limit: u32) -> Result<Vec<StoredView>, ReadError>;

    /// The stored levels, by variant and location.
    fn levels(&self, after: Option<&StockKey>, limit: u32) -> Result<Vec<StoredLevel>, ReadError>;
}

/// What is done with a moment. It may take long and blocks; it runs where that hurts nobody.
pub type Visit = Box<dyn FnOnce(&dyn Moment) + Send>;

/// The store, for whoever checks it.
#[async_trait]
pub trait Audit: Send + Sync {
    /// Show one moment. Writers go on meanwhile.
    async fn visit(&self, visit: Visit) -> Result<(), ReadError>;
}

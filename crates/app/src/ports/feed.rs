//! The log as a feed: gap-free positions make it the outbox.

use async_trait::async_trait;
use sutler_domain::{EventId, Position, Version};
use tokio::sync::watch;

use super::ReadError;
use crate::commit::Refused;
use crate::event::Recorded;
use crate::stream::StreamId;

/// A place in the log that survives a restore: positions are handed out again then, epochs are not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedCursor {
    /// The log's epoch.
    pub epoch: String,
    /// The last position that was read.
    pub position: Position,
}

/// The place of a reader that runs on one node at a time. Whoever moves it says at which version it was seen, so a node
/// that was replaced without knowing it moves nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bookmark {
    /// Grows by one with each move, by whichever node; 0 before the first.
    pub version: Version,
    /// Where it is; the beginning of a log without an epoch before the first move.
    pub at: FeedCursor,
}

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// With these names in the log; `None`: any.
    pub names: Option<Vec<&'static str>>,
    /// Of streams with this id, whatever their kind.
    pub subject: Option<String>,
}

/// The log, for readers.
#[async_trait]
pub trait Feed: Send + Sync {
    /// The log's epoch: random, renewed when a backup is restored.
    async fn epoch(&self) -> Result<String, ReadError>;

    /// The epoch that the log began with, of which the chain of hashes is begun: a restore renews the other one only.
    async fn first_epoch(&self) -> Result<String, ReadError> {
        self.epoch().await
    }

    /// Wakes when the head moved; its value is a position that is committed.
    fn head(&self) -> watch::Receiver<Position>;

    /// Up to `limit` events after a position, in order, without gaps but for the filter.
    async fn after(
        &self,
        position: Position,
        filter: &EventFilter,
        limit: u32,
    ) -> Result<Vec<Recorded>, ReadError>;

    /// The events of one stream up to a version, in order; `None`: all.
    async fn stream(&self, stream: &StreamId, upto: Option<Version>) -> Result<Vec<Recorded>, ReadError>;

    /// One event.
    async fn event(&self, id: &EventId) -> Result<Option<Recorded>, ReadError>;

    /// Where a named reader is; `Position(0)` for a new one.
    async fn cursor(&self, name: &str) -> Result<Position, ReadError>;

    /// Remember where a named reader is. Rides in the store's batches.
    async fn move_cursor(&self, name: &str, position: Position) -> Result<(), Refused>;

    /// Where a reader is that runs on one node at a time.
    async fn bookmark(&self, name: &str) -> Result<Bookmark, ReadError>;

    /// Move a bookmark that is still as it was seen, and give its new version; `LeaseLost` when somebody else moved it.
    /// Moving it to where it is counts too: that is how a node says that it is there. Rides in the store's batches.
    async fn move_bookmark(&self, name: &str, seen: Version, to: &FeedCursor) -> Result<Version, Refused>;
}

//! What a batch of commits is judged against.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use sutler_domain::inventory::Level;
use sutler_domain::seeded::{Bug, seeded};
use sutler_domain::{JobId, Position, Version};

use crate::commit::{Answer, Claim, StockKey};
use crate::job::JobState;
use crate::stream::StreamId;

/// The heads of everything that a batch touches. What does not exist may be absent.
#[derive(Clone, Debug, PartialEq)]
pub struct Heads {
    /// The store's clock at the start of the batch.
    pub now: Timestamp,
    /// How long keys live.
    pub key_ttl: SignedDuration,
    /// The last position.
    pub position: Position,
    /// The last hash; of a fresh log, SHA-256 of its epoch.
    pub hash: [u8; 32],
    /// The last recording time.
    pub recorded_at: Timestamp,
    /// The next order number.
    pub next_number: u64,
    /// Versions of streams.
    pub streams: HashMap<StreamId, Version>,
    /// Levels of stock.
    pub stock: HashMap<StockKey, Level>,
    /// Keys by shop and key.
    pub keys: HashMap<(String, String), StoredKey>,
    /// Holders of names; `None`: given up.
    pub claims: HashMap<Claim, Option<StreamId>>,
    /// Jobs that are finished or moved by hand.
    pub jobs: HashMap<JobId, JobHead>,
    /// Versions of bookmarks that are moved.
    pub bookmarks: HashMap<String, Version>,
}

/// A key that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Of what was asked.
    pub fingerprint: String,
    /// What a repeat is told.
    pub answer: Answer,
    /// Since when.
    pub at: Timestamp,
}

/// Where a job stands, as far as the door cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobHead {
    /// Its state.
    pub state: JobState,
    /// The fencing token of its last lease; grows with each.
    pub token: u64,
}

impl Heads {
    /// The heads of an empty store.
    pub fn empty(epoch: &str, now: Timestamp, number_start: u64, key_ttl: SignedDuration) -> Self {
        Self {
            now,
            key_ttl,
            position: Position(0),
            hash: super::stamp::genesis(epoch),
            recorded_at: Timestamp::UNIX_EPOCH,
            next_number: number_start,
            streams: HashMap::new(),
            stock: HashMap::new(),
            keys: HashMap::new(),
            claims: HashMap::new(),
            jobs: HashMap::new(),
            bookmarks: HashMap::new(),
        }
    }

    /// The version of a stream; 0 when it does not exist.
    pub fn version(&self, stream: &StreamId) -> Version {
        self.streams.get(stream).copied().unwrap_or_default()
    }

    /// Who holds a name.
    pub fn holder(&self, claim: &Claim) -> Option<&StreamId> {
        self.claims.get(claim).and_then(Option::as_ref)
    }

    /// Whether a key is older than its time, by the store's clock, and counts as absent.
    pub fn is_expired(&self, key: &StoredKey) -> bool {
        key.at.checked_add(self.key_ttl).is_ok_and(|end| end <= self.now) && !seeded(Bug::KeyLivesForEver)
    }
}

//! What the door answers: a receipt, a replay, or why it refused.

use sutler_domain::{Position, Version};

use super::{Claim, Shortage, StockKey};
use crate::job::JobState;
use crate::stream::StreamId;

/// A caller's word that makes a request safe to repeat. Test and live shop have keys of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// The shop: `live` or `test`.
    pub shop: String,
    /// The caller's key.
    pub key: String,
    /// SHA-256, in hex, of the use case and its canonical input.
    pub fingerprint: String,
}

/// Which stream answers the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerTo {
    /// The stream.
    pub stream: StreamId,
    /// The part of it that was made, such as a refund's id.
    pub part: Option<String>,
    /// Whether the caller waits for the payment to rest.
    pub waits: bool,
}

/// What a repeat of a key is told: the stream as of the version first answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The stream.
    pub stream: StreamId,
    /// Its version then.
    pub version: Version,
    /// The part of it that was made.
    pub part: Option<String>,
    /// Whether the first caller waited for the payment to rest.
    pub waits: bool,
}

/// The door's word that a commit stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The position of its last event; of the log, when it had none.
    pub position: Position,
    /// The new versions of what it changed.
    pub versions: Vec<(StreamId, Version)>,
    /// The numbers it drew.
    pub numbers: Vec<(StreamId, u64)>,
    /// Set when the key was known: nothing was written, and this is the answer.
    pub replayed: Option<Answer>,
}

impl Receipt {
    /// The new version of a stream.
    pub fn version_of(&self, stream: &StreamId) -> Option<Version> {
        self.versions.iter().find(|(s, _)| s == stream).map(|(_, v)| *v)
    }

    /// The number that a stream drew.
    pub fn number_of(&self, stream: &StreamId) -> Option<u64> {
        self.numbers.iter().find(|(s, _)| s == stream).map(|(_, n)| *n)
    }
}

/// Why the door did not take a commit. Nothing of it was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Stock is short: every short counter, not the first.
    #[error("stock is short")]
    Short(Vec<Shortage>),
    /// A stream is not where it was expected.
    #[error("{stream} moved to version {found}")]
    Moved {
        /// Which.
        stream: StreamId,
        /// Where it is.
        found: Version,
    },
    /// A compare-and-set of stock did not hold.
    #[error("stock moved: {on_hand} on hand")]
    StockMoved {
        /// Which counters.
        at: StockKey,
        /// What lies on the shelf.
        on_hand: i64,
    },
    /// A counter would leave its range.
    #[error("the quantity is beyond the limit of a stock level")]
    OutOfRange {
        /// Which counters.
        at: StockKey,
    },
    /// Another stream holds a name.
    #[error("{}  '{}' is taken by {holder}", claim.kind.as_str(), claim.value)]
    Taken {
        /// The name.
        claim: Claim,
        /// Who holds it.
        holder: StreamId,
    },
    /// The key was used for something else.
    #[error("the idempotency key was used with another request")]
    KeyReused,
    /// The job's lease passed on to somebody else.
    #[error("the lease of the job passed on")]
    LeaseLost,
    /// The job is not in a state in which a person may move it.
    #[error("the job is {}", found.as_str())]
    JobState {
        /// Its state.
        found: JobState,
    },
    /// The door is full; try again shortly.
    #[error("the store is busy")]
    Busy,
    /// The outcome is unknown or the store is away; repeating with the same key is safe.
    #[error("the store is unavailable: {0}")]
    Unavailable(String),
}

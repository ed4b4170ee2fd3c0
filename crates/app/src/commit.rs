//! The value that goes through the door: everything one use case wants to become true, or nothing of it.

use jiff::Timestamp;
use sutler_domain::catalog::{PriceRecord, Product};
use sutler_domain::inventory::{Location, Reason, Reservation, Signal};
use sutler_domain::orders::{Order, StockChange};
use sutler_domain::{JobId, LocationId, Position, VariantId, Version};

use crate::access::ApiKey;
use crate::caller::Caller;
use crate::customers::{Contact, Note};
use crate::event::NewEvent;
use crate::job::{JobState, NewJob};
use crate::ports::jobs::Lease;
use crate::stream::StreamId;

/// Everything one use case wants to become true, or nothing of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commit {
    /// Who did it: the actor of every event.
    pub actor: String,
    /// The request or job that caused it.
    pub causation: Option<String>,
    /// The trace it belongs to.
    pub traceparent: Option<String>,
    /// The caller's idempotency key.
    pub key: Option<IdempotencyKey>,
    /// Things read that must not have moved.
    pub requires: Vec<(StreamId, Version)>,
    /// Streams and records, each with what it expects.
    pub changes: Vec<Change>,
    /// Names to take or give up.
    pub claims: Vec<ClaimChange>,
    /// Guarded counters, never a version.
    pub stock: Vec<StockMove>,
    /// Work that must follow.
    pub jobs: Vec<NewJob>,
    /// The job this commit ends an attempt of, if a job made it.
    pub finishes: Option<Finish>,
    /// Jobs that a person retries or cancels.
    pub reschedules: Vec<Reschedule>,
    /// What a repeat of this key is told.
    pub answer: Option<AnswerTo>,
}

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

/// A stream's new events and view. Without events it is a record: a view with a version and no history.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Which stream.
    pub stream: StreamId,
    /// What its version must be.
    pub expect: Expect,
    /// What happened to it.
    pub events: Vec<NewEvent>,
    /// How it stands now.
    pub view: ViewChange,
    /// Whether it opens an order and draws the next number.
    pub numbered: bool,
}

/// What a version must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The stream must not exist.
    New,
    /// The stream must stand at this version.
    Exactly(Version),
    /// Any; for notices whose order does not matter.
    Any,
}

/// What becomes of a stream's view row.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ViewChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is written.
    Put(Box<View>),
    /// It is removed.
    Delete,
}

/// A view row: the folded aggregate. It holds no version, number or recording time; reads merge them.
#[derive(Clone, Debug, PartialEq)]
pub enum View {
    /// An order.
    Order(Order),
    /// A product with its variants.
    Product(Product),
    /// The price record of a variant.
    Price(PriceRecord),
    /// What was last told about a level.
    Stock(Signal),
    /// A location.
    Location(Location),
    /// A reservation without an order.
    Reservation(Reservation),
    /// A person's data, one row a version.
    Contact(Contact),
    /// A note.
    Note(Note),
    /// An API key.
    Key(ApiKey),
}

/// A unique name. The kinds are `order.reference`, `product.handle`, `variant.sku` and `customer.email`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// What sort of name.
    pub kind: ClaimKind,
    /// The name.
    pub value: String,
}

/// Sorts of unique names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClaimKind {
    /// A caller's own id of an order.
    OrderReference,
    /// A product's name in addresses.
    ProductHandle,
    /// A variant's code.
    VariantSku,
    /// A variant's id, which belongs to one product.
    VariantId,
    /// A customer's e-mail address.
    CustomerEmail,
}

impl ClaimKind {
    /// The word in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderReference => "order.reference",
            Self::ProductHandle => "product.handle",
            Self::VariantSku => "variant.sku",
            Self::VariantId => "variant.id",
            Self::CustomerEmail => "customer.email",
        }
    }
}

/// Take a name for a stream, or give it up. Names given up in a commit are free for the same commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimChange {
    /// Take it; refused when another stream holds it.
    Take(Claim, StreamId),
    /// Give it up, if this stream holds it.
    Give(Claim, StreamId),
}

/// Which counters: a variant at a location, never a SKU, which may be empty or renamed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StockKey {
    /// Of what.
    pub variant_id: VariantId,
    /// Where.
    pub location_id: LocationId,
}

/// A change of the counters of one key. Moves of one key in one commit are summed before they are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockMove {
    /// Which counters.
    pub at: StockKey,
    /// What comes to or leaves the shelf.
    pub on_hand: i64,
    /// What is promised or no longer promised.
    pub reserved: i64,
    /// What must hold.
    pub guard: Guard,
    /// Why.
    pub reason: Reason,
    /// New thresholds of the level, when they are set: safety stock and reorder point.
    pub thresholds: Option<(i64, Option<i64>)>,
    /// The order or reservation it is for.
    pub source: Option<StreamId>,
    /// What somebody wrote about it.
    pub note: Option<String>,
}

/// What must hold for a stock move. Whatever the guard, `on_hand` and `reserved` never fall below 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// `on_hand - reserved - safety_stock` stays at 0 or above, read at the door, if the commit promises more.
    Available,
    /// Compare and set: this much must lie on the shelf.
    OnHand(i64),
    /// Nothing more: releases, counts, and variants that may be oversold.
    Unguarded,
}

/// The end of one attempt of a job. Refused with `LeaseLost` when the lease passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finish {
    /// The lease under which the attempt ran.
    pub lease: Lease,
    /// How it ended.
    pub outcome: JobOutcome,
}

/// How an attempt of a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobOutcome {
    /// The work is done.
    Done,
    /// To be tried again then.
    Retry {
        /// When.
        run_at: Timestamp,
        /// What went wrong, or what is awaited.
        error: String,
        /// Whether the attempt counts against the limit; waiting for somebody does not.
        counts: bool,
    },
    /// Given up.
    Dead {
        /// What went wrong.
        error: String,
    },
}

/// A person's word about a job that is not running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reschedule {
    /// Which job.
    pub job_id: JobId,
    /// Run it now (`Ready`), or never (`Canceled`).
    pub to: JobState,
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

/// A counter that cannot give what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Which counters.
    pub at: StockKey,
    /// What could be had.
    pub available: i64,
    /// What was asked for in all.
    pub requested: i64,
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

impl Commit {
    /// A commit on behalf of a caller.
    pub fn by(caller: &Caller) -> Self {
        Self {
            actor: caller.actor.clone(),
            causation: Some(caller.request_id.clone()).filter(|id| !id.is_empty()),
            traceparent: caller.traceparent.clone(),
            ..Self::default()
        }
    }

    /// Safe to repeat under this key.
    #[must_use]
    pub fn key(mut self, key: Option<IdempotencyKey>) -> Self {
        self.key = key;
        self
    }

    /// These must not have moved.
    #[must_use]
    pub fn requires(mut self, read: impl IntoIterator<Item = (StreamId, Version)>) -> Self {
        self.requires.extend(read);
        self
    }

    /// Change a stream or a record.
    #[must_use]
    pub fn change(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Take a name.
    #[must_use]
    pub fn take(mut self, kind: ClaimKind, value: impl Into<String>, holder: &StreamId) -> Self {
        self.claims.push(ClaimChange::Take(Claim { kind, value: value.into() }, holder.clone()));
        self
    }

    /// Give a name up.
    #[must_use]
    pub fn give(mut self, kind: ClaimKind, value: impl Into<String>, holder: &StreamId) -> Self {
        self.claims.push(ClaimChange::Give(Claim { kind, value: value.into() }, holder.clone()));
        self
    }

    /// Move stock.
    #[must_use]
    pub fn moves(mut self, moves: impl IntoIterator<Item = StockMove>) -> Self {
        self.stock.extend(moves);
        self
    }

    /// Work that must follow.
    #[must_use]
    pub fn then(mut self, jobs: impl IntoIterator<Item = NewJob>) -> Self {
        self.jobs.extend(jobs);
        self
    }

    /// The attempt of a job ends with this commit.
    #[must_use]
    pub fn finishes(mut self, lease: &Lease, outcome: JobOutcome) -> Self {
        self.finishes = Some(Finish { lease: lease.clone(), outcome });
        self
    }

    /// A repeat is told how this stream stood.
    #[must_use]
    pub fn answers(mut self, stream: StreamId, part: Option<String>, waits: bool) -> Self {
        self.answer = Some(AnswerTo { stream, part, waits });
        self
    }
}

impl Change {
    /// More events on a stream that stands at `version`; `New` for version 0.
    pub fn stream(stream: StreamId, version: Version, events: Vec<NewEvent>, view: View) -> Self {
        let expect = if version == Version(0) { Expect::New } else { Expect::Exactly(version) };
        Self { stream, expect, events, view: ViewChange::Put(Box::new(view)), numbered: false }
    }

    /// A record: a view row with a version and no history.
    pub fn record(stream: StreamId, expect: Expect, view: View) -> Self {
        Self { stream, expect, events: Vec::new(), view: ViewChange::Put(Box::new(view)), numbered: false }
    }

    /// A notice: an event whose order among others does not matter, and no view.
    pub fn notice(stream: StreamId, event: NewEvent) -> Self {
        Self { stream, expect: Expect::Any, events: vec![event], view: ViewChange::Keep, numbered: false }
    }

    /// Draw the next order number.
    #[must_use]
    pub const fn numbered(mut self) -> Self {
        self.numbered = true;
        self
    }
}

impl StockMove {
    /// A change that an order or a reservation decided. Promises of a variant that may not be oversold are guarded.
    pub fn of(change: StockChange, oversell: bool, source: &StreamId) -> Self {
        let guard = if change.reserved > 0 && !oversell { Guard::Available } else { Guard::Unguarded };
        Self {
            at: StockKey { variant_id: change.variant_id, location_id: change.location_id },
            on_hand: change.on_hand,
            reserved: change.reserved,
            guard,
            reason: change.reason,
            thresholds: None,
            source: Some(source.clone()),
            note: None,
        }
    }
}

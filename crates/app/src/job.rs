//! Background work: durable, leased, fenced, retried with backoff, and visible when it is dead.

mod run;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sutler_domain::payments::Operation;
use sutler_domain::{JobId, LocationId, OrderId, PaymentId, VariantId};

pub(crate) use run::Ending;
pub use run::{Jobs, LEASE};

use crate::commit::JobOutcome;
use crate::stream::StreamId;

/// What there is to do. Each kind is handled in one exhaustive match in `job/run.rs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Authorize or charge the payment named in a fresh order, if any.
    ProcessOrder {
        /// The order.
        order_id: OrderId,
    },
    /// Make a gateway call whose intent was committed: capture, void, refund, or a further payment.
    CallGateway {
        /// The order.
        order_id: OrderId,
        /// The payment.
        payment_id: PaymentId,
        /// What to ask.
        operation: Operation,
        /// Which try of it.
        n: u32,
    },
    /// Ask the gateway what became of a payment.
    SyncPayment {
        /// The order.
        order_id: OrderId,
        /// The payment.
        payment_id: PaymentId,
        /// The gateway's own name for it, when the gateway asked for this by a notice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transaction_id: Option<String>,
    },
    /// Tell whoever ships that an order is confirmed.
    NotifyShipping {
        /// The order.
        order_id: OrderId,
    },
    /// Tell where the stock of an order's variants crossed a threshold.
    UpdateInventory {
        /// The variants and where.
        levels: Vec<(VariantId, LocationId)>,
    },
}

impl JobKind {
    /// The names of all kinds.
    pub const NAMES: [&'static str; 5] =
        ["process_order", "call_gateway", "sync_payment", "notify_shipping", "update_inventory"];

    /// Its name, such as `process_order`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ProcessOrder { .. } => "process_order",
            Self::CallGateway { .. } => "call_gateway",
            Self::SyncPayment { .. } => "sync_payment",
            Self::NotifyShipping { .. } => "notify_shipping",
            Self::UpdateInventory { .. } => "update_inventory",
        }
    }

    /// How often it is tried before it is dead. Money is asked for longer than anything else.
    pub const fn attempts_max(&self) -> u32 {
        match self {
            Self::ProcessOrder { .. } | Self::CallGateway { .. } | Self::SyncPayment { .. } => 25,
            Self::NotifyShipping { .. } => 15,
            Self::UpdateInventory { .. } => 10,
        }
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for its time or for a worker.
    Ready,
    /// A worker has its lease.
    Running,
    /// Over.
    Done,
    /// Given up after its last attempt; a person may retry it.
    Dead,
    /// Called off by a person.
    Canceled,
}

impl JobState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Ready, Self::Running, Self::Done, Self::Dead, Self::Canceled];

    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Canceled => "canceled",
        }
    }

    /// Read the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

impl JobOutcome {
    /// The state it leaves a job in.
    pub const fn state(&self) -> JobState {
        match self {
            Self::Done => JobState::Done,
            Self::Retry { .. } => JobState::Ready,
            Self::Dead { .. } => JobState::Dead,
        }
    }
}

/// Work that a commit asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewJob {
    /// Its fresh id.
    pub job_id: JobId,
    /// What to do.
    pub kind: JobKind,
    /// What it is about.
    pub subject: StreamId,
    /// Not before then.
    pub run_at: Timestamp,
}

/// A job as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub job_id: JobId,
    /// What to do.
    pub kind: JobKind,
    /// What it is about.
    pub subject: StreamId,
    /// Where it stands.
    pub state: JobState,
    /// Attempts so far, a running one included.
    pub attempts: u32,
    /// Not before then.
    pub run_at: Timestamp,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Who has its lease.
    pub worker: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it came to its end.
    pub finished_at: Option<Timestamp>,
}

/// An attempt of a job that did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// What went wrong.
    pub error: String,
    /// When.
    pub at: Timestamp,
}

/// What happened to a job, worth telling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobEvent {
    /// It was given up.
    JobDead {
        /// The job.
        job_id: JobId,
        /// Its kind.
        kind: String,
        /// What it was about.
        subject: String,
        /// Attempts made.
        attempts: u32,
        /// What went wrong last.
        error: String,
    },
}

impl JobEvent {
    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::JobDead { .. } => "JobDead",
        }
    }
}

/// The wait before try `attempt + 1`: 1 s doubling to at most 10 min, of which the last fifth is jitter. `jitter`
/// is a number in 0..=1000.
pub fn backoff(attempt: u32, jitter: u64) -> SignedDuration {
    let full_ms = 1000u64.saturating_mul(1u64 << attempt.saturating_sub(1).min(10)).min(600_000);
    let wait_ms = full_ms - full_ms / 5 + (full_ms / 5).saturating_mul(jitter.min(1000)) / 1000;
    SignedDuration::from_millis(i64::try_from(wait_ms).unwrap_or(600_000))
}

//! Background work: durable, leased, fenced, retried with backoff, and visible when it is dead.

mod kinds;
mod run;
mod schedule;
mod watch;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sutler_domain::payments::Operation;
use sutler_domain::{JobId, LocationId, OrderId, PaymentId, VariantId};

pub use kinds::{KINDS, Policy, QUEUES};
pub(crate) use run::Ending;
pub use run::{Ended, Jobs, LEASE};
pub use schedule::{Calendar, SCHEDULES, Schedule};
pub use watch::{QueueState, RETRIED_MAX, Retried};

use crate::commit::{Claim, ClaimKind, JobOutcome};
use crate::payments::Comparison;
use crate::stream::StreamId;

/// What there is to do. Each kind is handled in one exhaustive match in `job/run.rs`; how it is run stands in
/// `job/kinds.rs`.
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
        /// The claim on that notice, which lives as long as this job can be looked at.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        notice: Option<String>,
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
    /// Find payments whose outcome nobody knows and nobody asks for any more, and have the gateway asked.
    SweepPayments {
        /// The instant of the schedule.
        at: Timestamp,
    },
    /// Compare the books of gateways with ours.
    ReconcileBooks {
        /// The instant of the schedule.
        at: Timestamp,
        /// The gateway whose books are compared, and how far; `None` for the run of the calendar that asks for these.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comparison: Option<Comparison>,
    },
    /// Forget idempotency keys and ended jobs whose time is over.
    CleanUp {
        /// The instant of the schedule.
        at: Timestamp,
    },
}

/// The longest error that is kept of an attempt, in characters.
pub const JOB_ERROR_MAX: usize = 1000;
/// Failed attempts that are kept of one job; older ones are forgotten.
pub const JOB_ATTEMPTS_MAX: usize = 100;
/// The longest unique key of a job, in characters.
pub const JOB_UNIQUE_KEY_MAX: usize = 255;

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

    /// Whether it is still to be done, now or later.
    pub const fn is_alive(self) -> bool {
        matches!(self, Self::Ready | Self::Running)
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
    /// While it is alive, which is until it is done, dead or canceled, no other job may have this key.
    pub unique_key: Option<String>,
}

impl NewJob {
    /// A job that may run at `run_at`.
    pub const fn new(job_id: JobId, kind: JobKind, subject: StreamId, run_at: Timestamp) -> Self {
        Self { job_id, kind, subject, run_at, unique_key: None }
    }

    /// The same, alive once at a time under this key: the commit that asks for a second one is refused as `Taken`.
    /// What is longer than [`JOB_UNIQUE_KEY_MAX`] is cut.
    #[must_use]
    pub fn unique(mut self, key: &str) -> Self {
        self.unique_key = Some(key.chars().take(JOB_UNIQUE_KEY_MAX).collect());
        self
    }
}

/// The name that a unique job holds while it is alive.
pub(crate) fn unique_claim(key: &str) -> Claim {
    Claim { kind: ClaimKind::JobUnique, value: key.to_owned() }
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
    /// The key under which it is alive once at a time.
    pub unique_key: Option<String>,
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

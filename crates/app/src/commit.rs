//! The value that goes through the door: everything one use case wants to become true, or nothing of it.

mod answer;
mod change;
mod claim;
mod deed;
mod stock;
mod work;

pub use answer::{Answer, AnswerTo, IdempotencyKey, Receipt, Refused};
pub use change::{Change, Expect, View, ViewChange};
pub use claim::{Claim, ClaimChange, ClaimKind};
pub use deed::{Deed, Seen};
pub use stock::{Guard, Shortage, StockKey, StockMove};
pub use work::{BookmarkMove, Finish, JobOutcome, QueueChange, Reschedule};

use sutler_domain::Version;

use crate::caller::Caller;
use crate::job::{NewJob, unique_claim};
use crate::ports::jobs::Lease;
use crate::stream::StreamId;
use crate::webhooks::DeliveryChange;

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
    /// Queues that a person pauses or resumes.
    pub queues: Vec<QueueChange>,
    /// Deliveries of webhooks: new ones, and what became of others.
    pub deliveries: Vec<DeliveryChange>,
    /// The bookmark that moves with all this, if it still is where it was seen.
    pub bookmark: Option<BookmarkMove>,
    /// What the audit log is told in the words of the use case; the door adds what it sees by itself.
    pub deeds: Vec<Deed>,
    /// When keys and sessions were last used.
    pub seen: Vec<Seen>,
    /// What a repeat of this key is told.
    pub answer: Option<AnswerTo>,
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

    /// A product comes into a category, which must stay as it was read; `None`: it comes into none. Several may come in together.
    #[must_use]
    pub fn enters(mut self, category: Option<(StreamId, Version)>) -> Self {
        let Some(category) = category else { return self };
        if !self.requires.contains(&category) {
            self.requires.push(category);
        }
        let tree = Change::tree_entered();
        if !self.changes.iter().any(|change| change.stream == tree.stream) {
            self.changes.push(tree);
        }
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

    /// All that another commit wants to become true, too; who asks, and under which key, stays.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.requires.extend(other.requires);
        self.changes.extend(other.changes);
        self.claims.extend(other.claims);
        self.stock.extend(other.stock);
        self.jobs.extend(other.jobs);
        self
    }

    /// Move stock.
    #[must_use]
    pub fn moves(mut self, moves: impl IntoIterator<Item = StockMove>) -> Self {
        self.stock.extend(moves);
        self
    }

    /// Work that must follow. A job with a unique key takes it as its name.
    #[must_use]
    pub fn then(mut self, jobs: impl IntoIterator<Item = NewJob>) -> Self {
        for job in jobs {
            if let Some(key) = &job.unique_key {
                self.claims.push(ClaimChange::Take(unique_claim(key), StreamId::from(&job.job_id)));
            }
            self.jobs.push(job);
        }
        self
    }

    /// The attempt of a job ends with this commit. A job that is not alive afterwards gives its unique key up.
    #[must_use]
    pub fn finishes(mut self, lease: &Lease, outcome: JobOutcome) -> Self {
        if let Some(key) = lease.unique_key.as_ref().filter(|_| !outcome.state().is_alive()) {
            self.claims.push(ClaimChange::Give(unique_claim(key), StreamId::from(&lease.job_id)));
        }
        self.finishes = Some(Finish { lease: lease.clone(), outcome });
        self
    }

    /// Tell the audit log what is done here, in the words of the use case.
    #[must_use]
    pub fn deed(mut self, deed: Deed) -> Self {
        self.deeds.push(deed);
        self
    }

    /// A repeat is told how this stream stood.
    #[must_use]
    pub fn answers(mut self, stream: StreamId, part: Option<String>, waits: bool) -> Self {
        self.answer = Some(AnswerTo { stream, part, waits });
        self
    }
}

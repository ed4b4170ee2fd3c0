//! The queue of background work. Claims and renewals ride in the store's own batches; there is no second writer.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sutler_domain::JobId;

use super::ReadError;
use crate::commit::Refused;
use crate::job::{Attempt, Job, JobState, KINDS, Policy};
use crate::page::{Page, PageRequest};

/// The right to work on a job until its end. The token grows with each lease, so a late worker is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job_id: JobId,
    /// The fencing token.
    pub token: u64,
    /// The key under which the job is alive once at a time; given up with its end.
    pub unique_key: Option<String>,
}

/// A job taken for work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedJob {
    /// The job, its attempt counted.
    pub job: Job,
    /// The right to work on it.
    pub lease: Lease,
}

/// What a worker has hands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How many of each kind; first come those that go first. Jobs of kinds that are not named are left alone, so a
    /// server never takes what only a newer one knows.
    pub places: Vec<(&'static Policy, u32)>,
    /// How many in all.
    pub limit: u32,
}

impl Wanted {
    /// So many jobs, whatever they are.
    pub fn any(limit: u32) -> Self {
        Self { places: KINDS.into_iter().map(|kind| (kind, limit)).collect(), limit }
    }

    /// The kinds that there is a place for.
    pub fn kinds(&self) -> impl Iterator<Item = &'static Policy> {
        self.places.iter().filter(|(_, free)| *free > 0).map(|(kind, _)| *kind)
    }
}

/// Which jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobQuery {
    /// In these states; empty: any.
    pub states: Vec<JobState>,
    /// Of these kinds, such as `process_order`; empty: any.
    pub kinds: Vec<String>,
    /// Which page; newest first.
    pub page: PageRequest,
}

/// How many jobs of a kind are in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobCount {
    /// The name of the kind.
    pub kind: String,
    /// The state.
    pub state: JobState,
    /// How many.
    pub count: u64,
    /// Of those that are ready, since when the first one is or will be due; of those that run, when the first lease
    /// ends; of the others, when the first one ended.
    pub first_at: Timestamp,
}

/// A queue whose jobs wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PausedQueue {
    /// Its name.
    pub queue: String,
    /// Since when.
    pub since: Timestamp,
    /// Who paused it.
    pub by: String,
}

/// The queue of background work.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Take jobs that are due, or whose lease ran out, by the store's clock: kind by kind in the order of the places,
    /// within a kind those first that waited longest. Nothing is taken from a queue that is paused.
    async fn lease(
        &self,
        worker: &str,
        wanted: &Wanted,
        duration: SignedDuration,
    ) -> Result<Vec<LeasedJob>, Refused>;

    /// Keep a lease for longer; `LeaseLost` when it passed on.
    async fn renew(&self, lease: &Lease, duration: SignedDuration) -> Result<(), Refused>;

    /// When the next job that [`lease`](JobQueue::lease) would give is due, if any waits.
    async fn next_due(&self, wanted: &Wanted) -> Result<Option<Timestamp>, ReadError>;

    /// A job.
    async fn job(&self, id: &JobId) -> Result<Option<Job>, ReadError>;

    /// What went wrong in each attempt of a job, oldest first; at most the last
    /// [`JOB_ATTEMPTS_MAX`](crate::job::JOB_ATTEMPTS_MAX).
    async fn attempts(&self, id: &JobId) -> Result<Vec<Attempt>, ReadError>;

    /// A page of jobs.
    async fn jobs(&self, query: &JobQuery) -> Result<Page<Job>, ReadError>;

    /// How many jobs there are of each kind in each state, where there are any.
    async fn counts(&self) -> Result<Vec<JobCount>, ReadError>;

    /// The queues that are paused, by name.
    async fn paused(&self) -> Result<Vec<PausedQueue>, ReadError>;
}

//! The queue of background work. Claims and renewals ride in the store's own batches; there is no second writer.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sutler_domain::JobId;

use super::ReadError;
use crate::commit::Refused;
use crate::job::{Attempt, Job, JobState};
use crate::page::{Page, PageRequest};

/// The right to work on a job until its end. The token grows with each lease, so a late worker is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The job.
    pub job_id: JobId,
    /// The fencing token.
    pub token: u64,
}

/// A job taken for work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeasedJob {
    /// The job, its attempt counted.
    pub job: Job,
    /// The right to work on it.
    pub lease: Lease,
}

/// Which jobs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobQuery {
    /// In these states; empty: any.
    pub states: Vec<JobState>,
    /// Of this kind, such as `process_order`.
    pub kind: Option<String>,
    /// Which page; newest first.
    pub page: PageRequest,
}

/// The queue of background work.
#[async_trait]
pub trait JobQueue: Send + Sync {
    /// Take up to `limit` jobs that are due, or whose lease ran out, by the store's clock.
    async fn lease(
        &self,
        worker: &str,
        limit: u32,
        duration: SignedDuration,
    ) -> Result<Vec<LeasedJob>, Refused>;

    /// Keep a lease for longer; `LeaseLost` when it passed on.
    async fn renew(&self, lease: &Lease, duration: SignedDuration) -> Result<(), Refused>;

    /// When the next job is due, if any waits.
    async fn next_due(&self) -> Result<Option<Timestamp>, ReadError>;

    /// A job.
    async fn job(&self, id: &JobId) -> Result<Option<Job>, ReadError>;

    /// What went wrong in each attempt of a job, oldest first.
    async fn attempts(&self, id: &JobId) -> Result<Vec<Attempt>, ReadError>;

    /// A page of jobs.
    async fn jobs(&self, query: &JobQuery) -> Result<Page<Job>, ReadError>;

    /// How many jobs are in each state.
    async fn counts(&self) -> Result<BTreeMap<&'static str, u64>, ReadError>;
}

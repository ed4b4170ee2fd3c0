//! Run jobs: lease what is due, do it, and end each attempt through the door.

use std::time::Duration;

use futures::future::{Either, join_all, select};
use jiff::SignedDuration;
use sutler_domain::payments::Outcome;

use super::{Attempt, Job, JobEvent, JobKind, JobState, backoff};
use crate::Room;
use crate::caller::Caller;
use crate::commit::{Change, Commit, JobOutcome, Receipt, Refused, Reschedule};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::inventory::Inventory;
use crate::orders::{OrderName, Orders};
use crate::page::Page;
use crate::payments::Payments;
use crate::ports::jobs::{JobQuery, Lease, LeasedJob};
use crate::stream::StreamId;
use sutler_domain::JobId;

/// How long a worker may keep a job without a sign of life.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// The longest that a job rests because somebody takes no calls.
const LONGEST_REST_MS: i64 = 600_000;

/// Which part of the time that somebody is awaited passes until the next look.
const AWAITED_PART: i64 = 8;

/// Over how much time the jobs come back that rest for the same reason.
const REST_SPREAD_MS: u64 = 2_000;

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    /// The work is done; the runner commits the end.
    Done,
    /// The work and its end are committed already.
    Committed,
    /// To be tried again, for this reason.
    Again(String),
    /// Somebody else is awaited; asking again does not count as a failure.
    Await(String),
    /// Somebody takes no calls before this time is over; that is nobody's failure either.
    Later(String, SignedDuration),
    /// These changes are the work; the runner commits them with the end.
    With(Vec<Change>),
}

impl Ending {
    /// What the answer of a gateway means for the job that asked.
    pub(crate) fn after(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Succeeded { .. }
            | Outcome::Concluded { .. }
            | Outcome::Declined(_)
            | Outcome::RequiresAction(_)
            | Outcome::NotFound => Self::Done,
            Outcome::Pending => Self::Await("the gateway is still working on it".to_owned()),
            Outcome::NotAsked { reason, wait_ms } => {
                let wait_ms = i64::try_from(*wait_ms).unwrap_or(LONGEST_REST_MS).min(LONGEST_REST_MS);
                Self::Later(reason.clone(), SignedDuration::from_millis(wait_ms))
            }
            Outcome::Unknown { reason } => Self::Again(reason.clone()),
        }
    }

    /// The end of the attempt, when it rides in the commit of the outcome; tries that go on are left to the runner,
    /// which knows how many there were.
    pub(crate) fn outcome(&self) -> Option<JobOutcome> {
        matches!(self, Self::Done).then_some(JobOutcome::Done)
    }
}

/// Background work.
#[derive(Clone)]
pub struct Jobs {
    room: Room,
    orders: Orders,
    payments: Payments,
    inventory: Inventory,
}

impl Jobs {
    pub(crate) fn new(room: Room) -> Self {
        Self {
            orders: Orders::new(room.clone()),
            payments: Payments::new(room.clone()),
            inventory: Inventory::new(room.clone()),
            room,
        }
    }

    /// Take up to `limit` jobs that are due; each is to be [`run`](Jobs::run).
    pub async fn lease(&self, worker: &str, limit: u32) -> Result<Vec<LeasedJob>, Problem> {
        Ok(self.room.ports.jobs.lease(worker, limit, LEASE).await?)
    }

    /// Lease up to `limit` jobs that are due and run them side by side. Gives how many there were.
    pub async fn run_due(&self, worker: &str, limit: u32) -> Result<usize, Problem> {
        let leased = self.lease(worker, limit).await?;
        let results = join_all(leased.iter().map(|job| self.run(job))).await;
        let count = results.len();
        results.into_iter().collect::<Result<Vec<()>, Problem>>()?;
        Ok(count)
    }

    /// Do a leased job and end its attempt.
    pub async fn run(&self, leased: &LeasedJob) -> Result<(), Problem> {
        let ending = if leased.job.attempts > leased.job.kind.attempts_max() {
            // Whoever had it before never came back to say so: a job that ends its worker must not do so for ever.
            Ending::Again("the worker of its last attempt did not come back".to_owned())
        } else {
            self.with_lease_kept(leased).await.unwrap_or_else(|problem| Ending::Again(problem.to_string()))
        };
        let job = &leased.job;
        let (outcome, changes) = match ending {
            Ending::Committed => return Ok(()),
            Ending::Done => (JobOutcome::Done, Vec::new()),
            Ending::With(changes) => (JobOutcome::Done, changes),
            Ending::Await(error) => (self.awaited(job, error), Vec::new()),
            Ending::Later(error, wait) => (self.later(error, wait), Vec::new()),
            Ending::Again(error) if job.attempts >= job.kind.attempts_max() => {
                tracing::error!(job_id = %job.job_id, kind = job.kind.name(), %error, "job_dead");
                let change = self.dead(job, &error);
                (JobOutcome::Dead { error }, vec![change])
            }
            Ending::Again(error) => {
                tracing::warn!(job_id = %job.job_id, kind = job.kind.name(), attempt = job.attempts, %error, "job_retries");
                (self.again(job, error, true), Vec::new())
            }
        };
        let ended = match self.end(leased, outcome, changes).await {
            // What it looked at has moved meanwhile, so it looks again. That is nobody's failure.
            Err(Refused::Moved { stream, .. }) => {
                let outcome = self.again(job, format!("{stream} moved meanwhile"), false);
                self.end(leased, outcome, Vec::new()).await
            }
            ended => ended,
        };
        match ended {
            // A worker that came too late has nothing to say any more.
            Ok(_) | Err(Refused::LeaseLost) => Ok(()),
            Err(refused) => Err(refused.into()),
        }
    }

    async fn end(
        &self,
        leased: &LeasedJob,
        outcome: JobOutcome,
        changes: Vec<Change>,
    ) -> Result<Receipt, Refused> {
        let job = &leased.job;
        let caller = Caller::system(format!("job:{}", job.kind.name()));
        let mut commit = Commit { causation: Some(job.job_id.to_string()), ..Commit::by(&caller) };
        commit.changes = changes;
        self.room.ports.store.commit(commit.finishes(&leased.lease, outcome)).await
    }

    /// Work, and keep the lease alive meanwhile.
    async fn with_lease_kept(&self, leased: &LeasedJob) -> Result<Ending, Problem> {
        let mut work = std::pin::pin!(self.work(&leased.job, &leased.lease));
        loop {
            let rest = self.room.ports.clock.sleep(Duration::from_secs(20));
            match select(work, rest).await {
                Either::Left((ending, _)) => return ending,
                Either::Right(((), going_on)) => {
                    self.room.ports.jobs.renew(&leased.lease, LEASE).await?;
                    work = going_on;
                }
            }
        }
    }

    /// Each kind of job and what does it. Forget one, and this does not compile.
    async fn work(&self, job: &Job, lease: &Lease) -> Result<Ending, Problem> {
        match &job.kind {
            JobKind::ProcessOrder { order_id } => self.payments.process_order(order_id, lease).await,
            JobKind::CallGateway { order_id, payment_id, operation, n } => {
                let call = (*operation, *n);
                Box::pin(self.payments.call_gateway(order_id, payment_id, call, lease)).await
            }
            JobKind::SyncPayment { order_id, payment_id, transaction_id } => {
                let name = transaction_id.as_deref();
                Box::pin(self.payments.sync_payment(order_id, payment_id, name)).await
            }
            JobKind::NotifyShipping { order_id } => {
                let stored = self.orders.find(&OrderName::Id(order_id.clone())).await?;
                let told = self.room.ports.shipping.notify(&stored.value, stored.number).await;
                Ok(told.map_or_else(Ending::Again, |()| Ending::Done))
            }
            JobKind::UpdateInventory { levels } => {
                Ok(Ending::With(Box::pin(self.inventory.threshold_changes(levels)).await?))
            }
        }
    }

    fn again(&self, job: &Job, error: String, counts: bool) -> JobOutcome {
        let wait = backoff(job.attempts, self.room.ports.ids.below(1000));
        let now = self.room.now();
        JobOutcome::Retry { run_at: now.checked_add(wait).unwrap_or(now), error, counts }
    }

    /// Somebody is awaited: the longer already, the longer until the next look. Attempts say nothing about it, since
    /// waiting does not count as one.
    fn awaited(&self, job: &Job, error: String) -> JobOutcome {
        let now = self.room.now();
        let age_ms = i64::try_from(now.duration_since(job.created_at).as_millis()).unwrap_or(i64::MAX);
        let wait = SignedDuration::from_millis((age_ms / AWAITED_PART).clamp(0, LONGEST_REST_MS));
        let wait = wait.max(backoff(job.attempts, self.room.ports.ids.below(1000)));
        JobOutcome::Retry { run_at: now.checked_add(wait).unwrap_or(now), error, counts: false }
    }

    /// After a rest that somebody else asked for. All who rest for the same reason do not come back at once.
    fn later(&self, error: String, wait: SignedDuration) -> JobOutcome {
        let (now, spread_ms) = (self.room.now(), self.room.ports.ids.below(REST_SPREAD_MS));
        let wait = wait.saturating_add(SignedDuration::from_millis(i64::try_from(spread_ms).unwrap_or(0)));
        JobOutcome::Retry { run_at: now.checked_add(wait).unwrap_or(now), error, counts: false }
    }

    fn dead(&self, job: &Job, error: &str) -> Change {
        let event = JobEvent::JobDead {
            job_id: job.job_id.clone(),
            kind: job.kind.name().to_owned(),
            subject: job.subject.to_string(),
            attempts: job.attempts,
            error: error.to_owned(),
        };
        Change::notice(StreamId::from(&job.job_id), NewEvent::of(&event, self.room.now()))
    }

    /// A page of jobs, newest first.
    pub async fn list(&self, caller: &Caller, query: &JobQuery) -> Result<Page<Job>, Problem> {
        caller.may("jobs:read")?;
        Ok(self.room.ports.jobs.jobs(query).await?)
    }

    /// A job, and what went wrong in each attempt.
    pub async fn get(&self, caller: &Caller, id: &JobId) -> Result<(Job, Vec<Attempt>), Problem> {
        caller.may("jobs:read")?;
        let job = self.room.ports.jobs.job(id).await?.ok_or_else(|| Problem::not_found("job", id))?;
        Ok((job, self.room.ports.jobs.attempts(id).await?))
    }

    /// Run a job that waits or is dead now.
    pub async fn retry(&self, caller: &Caller, id: &JobId) -> Result<Job, Problem> {
        self.reschedule(caller, id, JobState::Ready).await
    }

    /// Call off a job that waits or is dead.
    pub async fn cancel(&self, caller: &Caller, id: &JobId) -> Result<Job, Problem> {
        self.reschedule(caller, id, JobState::Canceled).await
    }

    async fn reschedule(&self, caller: &Caller, id: &JobId, to: JobState) -> Result<Job, Problem> {
        caller.may("jobs:write")?;
        if self.room.ports.jobs.job(id).await?.is_none() {
            return Err(Problem::not_found("job", id));
        }
        let mut commit = Commit::by(caller);
        commit.reschedules.push(Reschedule { job_id: id.clone(), to });
        self.room.ports.store.commit(commit).await?;
        Ok(self.get(caller, id).await?.0)
    }
}

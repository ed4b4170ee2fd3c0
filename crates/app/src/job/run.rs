//! Run jobs: lease what is due, do it, and end each attempt through the door.

use std::time::Duration;

use futures::future::{Either, join_all, select};
use jiff::SignedDuration;
use sutler_domain::payments::Outcome;

use super::{JOB_ERROR_MAX, Job, JobEvent, JobKind, NewJob};
use crate::Room;
use crate::caller::Caller;
use crate::commit::{Change, Commit, JobOutcome, Receipt, Refused};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::inventory::Inventory;
use crate::orders::{OrderName, Orders};
use crate::payments::Payments;
use crate::ports::Swept;
use crate::ports::jobs::{Lease, LeasedJob, Wanted};
use crate::stream::StreamId;

/// How long a worker may keep a job without a sign of life, unless the settings say otherwise.
pub const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Times that a lease is renewed within its length: one renewal may be lost.
const RENEWALS: i32 = 3;

/// Rounds of one clean-up; what is left then is for the next run.
const CLEAN_UP_ROUNDS: u32 = 10_000;

/// What an attempt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The work is done.
    Done,
    /// Somebody else is awaited, or what it looked at has moved; it comes again and nothing counts as failed.
    Waits,
    /// It failed and is tried again.
    Retries,
    /// It failed for the last time.
    Dead,
    /// The lease had passed on: whatever was done here is not heard of.
    Late,
}

impl Ended {
    /// Every end.
    pub const ALL: [Self; 5] = [Self::Done, Self::Waits, Self::Retries, Self::Dead, Self::Late];

    /// The word in the numbers.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Waits => "waits",
            Self::Retries => "retries",
            Self::Dead => "dead",
            Self::Late => "late",
        }
    }
}
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
    /// The work goes on in these jobs, which begin with the commit of the end.
    Then(Vec<NewJob>),
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
    pub(super) room: Room,
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

    /// Take jobs that are due; each is to be [`run`](Jobs::run).
    pub async fn lease(&self, worker: &str, wanted: &Wanted) -> Result<Vec<LeasedJob>, Problem> {
        Ok(self.room.ports.jobs.lease(worker, wanted, self.room.settings.job_lease).await?)
    }

    /// Lease up to `limit` jobs that are due and run them side by side. Gives how many there were.
    pub async fn run_due(&self, worker: &str, limit: u32) -> Result<usize, Problem> {
        let leased = self.lease(worker, &Wanted::any(limit)).await?;
        let results = join_all(leased.iter().map(|job| self.run(job))).await;
        let count = results.len();
        results.into_iter().collect::<Result<Vec<Ended>, Problem>>()?;
        Ok(count)
    }

    /// Do a leased job and end its attempt.
    pub async fn run(&self, leased: &LeasedJob) -> Result<Ended, Problem> {
        let job = &leased.job;
        let policy = job.kind.policy();
        let ending = if job.attempts > policy.attempts_max {
            // Whoever had it before never came back to say so: a job that ends its worker must not do so for ever.
            Ending::Again("the worker of its last attempt did not come back".to_owned())
        } else {
            self.with_lease_kept(leased).await.unwrap_or_else(|problem| Ending::Again(problem.to_string()))
        };
        let commit = || commit_of(job);
        let (outcome, commit, ended) = match ending {
            Ending::Committed => return Ok(Ended::Done),
            Ending::Done => (JobOutcome::Done, commit(), Ended::Done),
            Ending::With(changes) => (JobOutcome::Done, Commit { changes, ..commit() }, Ended::Done),
            Ending::Then(jobs) => (JobOutcome::Done, commit().then(jobs), Ended::Done),
            Ending::Await(error) => (self.awaited(job, &error), commit(), Ended::Waits),
            Ending::Later(error, wait) => (self.later(&error, wait), commit(), Ended::Waits),
            Ending::Again(error) if job.attempts >= policy.attempts_max => {
                let error = shortened(&error);
                tracing::error!(job_id = %job.job_id, kind = policy.name, %error, "job_dead");
                let changes = vec![self.dead(job, &error)];
                (JobOutcome::Dead { error }, Commit { changes, ..commit() }, Ended::Dead)
            }
            Ending::Again(error) => {
                tracing::warn!(job_id = %job.job_id, kind = policy.name, attempt = job.attempts, %error, "job_retries");
                (self.again(job, &error, true), commit(), Ended::Retries)
            }
        };
        match self.end(leased, outcome, commit).await {
            // What it looked at has moved meanwhile, so it looks again. That is nobody's failure.
            Err(Refused::Moved { stream, .. }) => {
                let outcome = self.again(job, &format!("{stream} moved meanwhile"), false);
                heard(self.end(leased, outcome, commit_of(job)).await, Ended::Waits)
            }
            committed => heard(committed, ended),
        }
    }

    /// Give a job back that this server will not finish: it is due at once, for anybody, and nothing counts as failed.
    /// Whoever was working on it finds the lease gone.
    pub async fn give_back(&self, leased: &LeasedJob) -> Result<(), Problem> {
        let (run_at, error) = (self.room.now(), "the server that worked on it was stopped".to_owned());
        let outcome = JobOutcome::Retry { run_at, error, counts: false };
        heard(self.end(leased, outcome, commit_of(&leased.job)).await, Ended::Waits).map(drop)
    }

    async fn end(&self, leased: &LeasedJob, outcome: JobOutcome, commit: Commit) -> Result<Receipt, Refused> {
        self.room.ports.store.commit(commit.finishes(&leased.lease, outcome)).await
    }

    /// Work, and keep the lease alive meanwhile, for as long as the kind may take.
    async fn with_lease_kept(&self, leased: &LeasedJob) -> Result<Ending, Problem> {
        let (clock, policy) = (&self.room.ports.clock, leased.job.kind.policy());
        let lease = self.room.settings.job_lease;
        let renewal = Duration::try_from(lease / RENEWALS).unwrap_or_default();
        let mut left = policy.timeout;
        let mut work = std::pin::pin!(self.work(&leased.job, &leased.lease));
        loop {
            let rest = renewal.min(left);
            match select(work, clock.sleep(rest)).await {
                Either::Left((ending, _)) => return ending,
                Either::Right(((), going_on)) => {
                    left = left.saturating_sub(rest);
                    if left.is_zero() {
                        let limit_s = policy.timeout.as_secs();
                        return Ok(Ending::Again(format!("it took longer than {limit_s} s and was cut off")));
                    }
                    self.room.ports.jobs.renew(&leased.lease, lease).await?;
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
            JobKind::SyncPayment { order_id, payment_id, transaction_id, .. } => {
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
            JobKind::SweepPayments { .. } => {
                let asked = Box::pin(self.payments.sweep()).await?;
                tracing::info!(asked, "payments_swept");
                Ok(Ending::Done)
            }
            JobKind::ReconcileBooks { at, comparison } => {
                Ok(Box::pin(self.payments.compare_books(*at, comparison.as_ref())).await)
            }
            JobKind::CleanUp { .. } => self.clean_up().await,
        }
    }

    /// `clean_up`: round by round, since each holds the door for a moment.
    async fn clean_up(&self) -> Result<Ending, Problem> {
        let mut total = Swept::default();
        for _ in 0..CLEAN_UP_ROUNDS {
            let swept = self.room.ports.upkeep.sweep().await?;
            if swept == Swept::default() {
                break;
            }
            total.keys = total.keys.saturating_add(swept.keys);
            total.jobs = total.jobs.saturating_add(swept.jobs);
            total.deliveries = total.deliveries.saturating_add(swept.deliveries);
            total.sessions = total.sessions.saturating_add(swept.sessions);
        }
        let Swept { keys, jobs, deliveries, sessions } = total;
        tracing::info!(keys, jobs, deliveries, sessions, "cleaned_up");
        Ok(Ending::Done)
    }

    fn again(&self, job: &Job, error: &str, counts: bool) -> JobOutcome {
        let wait = job.kind.policy().wait(job.attempts, self.room.ports.ids.below(1000));
        let now = self.room.now();
        JobOutcome::Retry { run_at: now.checked_add(wait).unwrap_or(now), error: shortened(error), counts }
    }

    /// Somebody is awaited: the longer already, the longer until the next look. Attempts say nothing about it, since
    /// waiting does not count as one.
    fn awaited(&self, job: &Job, error: &str) -> JobOutcome {
        let now = self.room.now();
        let age_ms = i64::try_from(now.duration_since(job.created_at).as_millis()).unwrap_or(i64::MAX);
        let wait = SignedDuration::from_millis((age_ms / AWAITED_PART).clamp(0, LONGEST_REST_MS));
        let wait = wait.max(job.kind.policy().wait(job.attempts, self.room.ports.ids.below(1000)));
        JobOutcome::Retry {
            run_at: now.checked_add(wait).unwrap_or(now),
            error: shortened(error),
            counts: false,
        }
    }

    /// After a rest that somebody else asked for. All who rest for the same reason do not come back at once.
    fn later(&self, error: &str, wait: SignedDuration) -> JobOutcome {
        let (now, spread_ms) = (self.room.now(), self.room.ports.ids.below(REST_SPREAD_MS));
        let wait = wait.saturating_add(SignedDuration::from_millis(i64::try_from(spread_ms).unwrap_or(0)));
        JobOutcome::Retry {
            run_at: now.checked_add(wait).unwrap_or(now),
            error: shortened(error),
            counts: false,
        }
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
}

/// What the end of an attempt is committed with.
fn commit_of(job: &Job) -> Commit {
    let caller = Caller::system(format!("job:{}", job.kind.name()));
    Commit { causation: Some(job.job_id.to_string()), ..Commit::by(&caller) }
}

/// A worker that came too late has nothing to say any more.
fn heard(committed: Result<Receipt, Refused>, ended: Ended) -> Result<Ended, Problem> {
    match committed {
        Ok(_) => Ok(ended),
        Err(Refused::LeaseLost) => Ok(Ended::Late),
        Err(refused) => Err(refused.into()),
    }
}

/// An error as it is kept.
fn shortened(error: &str) -> String {
    match error.char_indices().nth(JOB_ERROR_MAX) {
        Some((end, _)) => format!("{}…", error.get(..end).unwrap_or_default()),
        None => error.to_owned(),
    }
}

//! Jobs and queues as people see them, and their word about them.

use futures::future::join_all;
use jiff::Timestamp;
use sutler_domain::JobId;

use super::{Attempt, Job, JobState, Jobs, Policy, QUEUES, unique_claim};
use crate::caller::Caller;
use crate::commit::{Claim, ClaimChange, Commit, QueueChange, Reschedule};
use crate::error::{Kind, Problem};
use crate::page::{Page, PageRequest};
use crate::ports::ReadError;
use crate::ports::jobs::{JobCount, JobQuery, PausedQueue};
use crate::stream::StreamId;

/// Jobs that one request retries at most.
pub const RETRIED_MAX: usize = 1000;

/// Jobs that are read and moved at once while many are retried; their commits share the store's batches.
const RETRIED_AT_ONCE: u32 = 100;

/// A queue as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// Its name.
    pub name: &'static str,
    /// Since when and by whom it is paused, if it is.
    pub paused: Option<PausedQueue>,
    /// How many jobs are in each state, in the order of [`JobState::ALL`].
    pub counts: [u64; JobState::ALL.len()],
    /// Since when the job that waited longest has been due, if any is.
    pub due_since: Option<Timestamp>,
}

/// What came of retrying many jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retried {
    /// Jobs that wait for a worker again.
    pub retried: usize,
    /// Jobs that were left as they are: somebody else moved them meanwhile, or another one has their unique key.
    pub left: usize,
    /// Whether there are more than one request retries; ask again.
    pub has_more: bool,
}

impl Jobs {
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

    /// Run a job that waits, is dead or was canceled now, with all its attempts.
    pub async fn retry(&self, caller: &Caller, id: &JobId) -> Result<Job, Problem> {
        caller.may("jobs:write")?;
        self.reschedule(caller, id, JobState::Ready).await
    }

    /// Call off a job that waits or is dead.
    pub async fn cancel(&self, caller: &Caller, id: &JobId) -> Result<Job, Problem> {
        caller.may("jobs:write")?;
        self.reschedule(caller, id, JobState::Canceled).await
    }

    /// Retry every job that the query finds, oldest last, at most [`RETRIED_MAX`]. Each is moved by a commit of its own,
    /// so one that cannot be moved keeps no other from it.
    pub async fn retry_all(&self, caller: &Caller, query: &JobQuery) -> Result<Retried, Problem> {
        caller.may("jobs:write")?;
        let movable = [JobState::Dead, JobState::Canceled];
        if query.states.is_empty() || !query.states.iter().all(|state| movable.contains(state)) {
            let detail = "many jobs are retried by state: say state=dead, state=canceled or both";
            return Err(Problem::new(Kind::Invalid, "validation_failed", detail));
        }
        let mut retried = Retried::default();
        let page = PageRequest { limit: RETRIED_AT_ONCE, ..PageRequest::default() };
        let mut query = JobQuery { page, ..query.clone() };
        loop {
            let page = self.room.ports.jobs.jobs(&query).await?;
            let moves = page.rows.iter().map(|job| self.reschedule(caller, &job.job_id, JobState::Ready));
            for moved in join_all(moves).await {
                match moved {
                    Ok(_) => retried.retried = retried.retried.saturating_add(1),
                    Err(problem) if problem.kind == Kind::Conflict => {
                        retried.left = retried.left.saturating_add(1);
                    }
                    Err(problem) => return Err(problem),
                }
            }
            let Some(next) = page.next else { return Ok(retried) };
            if retried.retried.saturating_add(retried.left) >= RETRIED_MAX {
                return Ok(Retried { has_more: true, ..retried });
            }
            query.page.from = crate::page::From::After(next);
        }
    }

    /// A dead job gave its unique key up, and takes it again before it runs.
    async fn reschedule(&self, caller: &Caller, id: &JobId, to: JobState) -> Result<Job, Problem> {
        let found = self.room.ports.jobs.job(id).await?.ok_or_else(|| Problem::not_found("job", id))?;
        let mut commit = Commit::by(caller);
        if let Some(key) = &found.unique_key {
            let (claim, holder): (Claim, _) = (unique_claim(key), StreamId::from(id));
            commit.claims.push(if to.is_alive() {
                ClaimChange::Take(claim, holder)
            } else {
                ClaimChange::Give(claim, holder)
            });
        }
        commit.reschedules.push(Reschedule { job_id: id.clone(), to });
        self.room.ports.store.commit(commit).await?;
        let moved = self.room.ports.jobs.job(id).await?;
        moved.ok_or_else(|| Problem::not_found("job", id))
    }

    /// Every queue, by name.
    pub async fn queues(&self, caller: &Caller) -> Result<Vec<QueueState>, Problem> {
        caller.may("jobs:read")?;
        Ok(self.look_at_queues().await?)
    }

    /// The same for the engine's own numbers.
    pub async fn look_at_queues(&self) -> Result<Vec<QueueState>, ReadError> {
        let (counts, paused) = (self.room.ports.jobs.counts().await?, self.room.ports.jobs.paused().await?);
        let now = self.room.ports.clock.now();
        Ok(QUEUES.into_iter().map(|name| queue(name, &counts, &paused, now)).collect())
    }

    /// From now on nothing of this queue is begun, on any server; what runs is finished.
    pub async fn pause(&self, caller: &Caller, name: &str) -> Result<QueueState, Problem> {
        self.change_queue(caller, name, true).await
    }

    /// The jobs of this queue run again.
    pub async fn resume(&self, caller: &Caller, name: &str) -> Result<QueueState, Problem> {
        self.change_queue(caller, name, false).await
    }

    async fn change_queue(&self, caller: &Caller, name: &str, paused: bool) -> Result<QueueState, Problem> {
        caller.may("jobs:write")?;
        let known = QUEUES.into_iter().find(|queue| *queue == name);
        let queue = known.ok_or_else(|| Problem::not_found("queue", name))?.to_owned();
        let mut commit = Commit::by(caller);
        commit.queues.push(QueueChange { queue, paused });
        self.room.ports.store.commit(commit).await?;
        tracing::info!(queue = name, by = caller.actor, paused, "queue_changed");
        let states = self.look_at_queues().await?;
        states.into_iter().find(|state| state.name == name).ok_or_else(|| Problem::not_found("queue", name))
    }
}

/// What the counts by kind say of one queue.
fn queue(name: &'static str, counts: &[JobCount], paused: &[PausedQueue], now: Timestamp) -> QueueState {
    let of_queue = |count: &&JobCount| Policy::of(&count.kind).is_some_and(|policy| policy.queue == name);
    let ours: Vec<&JobCount> = counts.iter().filter(of_queue).collect();
    let in_state = |state: JobState| {
        ours.iter().filter(|count| count.state == state).map(|count| count.count).fold(0, u64::saturating_add)
    };
    let due = ours.iter().filter(|count| count.state == JobState::Ready && count.first_at <= now);
    QueueState {
        name,
        paused: paused.iter().find(|paused| paused.queue == name).cloned(),
        counts: JobState::ALL.map(in_state),
        due_since: due.map(|count| count.first_at).min(),
    }
}

//! The queue of background work.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sutler_app::admission::JobHead;
use sutler_app::commit::{Commit, Finish, JobOutcome, QueueChange, Refused, Reschedule};
use sutler_app::job::{Attempt, JOB_ATTEMPTS_MAX, Job, JobState, NewJob, Policy};
use sutler_app::page::Page;
use sutler_app::ports::jobs::{JobCount, JobQuery, JobQueue, Lease, LeasedJob, PausedQueue, Wanted};
use sutler_app::ports::{ReadError, Swept, Upkeep};
use sutler_domain::JobId;

use super::{Memory, State, page};

/// Every job there is. A row is changed through [`Jobs::change`] alone, so that those that are open are always found by when
/// they are due: nothing here takes longer because many jobs were done before.
#[derive(Default)]
pub(super) struct Jobs {
    rows: HashMap<JobId, Row>,
    open: BTreeMap<Place, JobId>,
    asked: i64,
}

/// Where an open job stands in line: the name of its kind, when it is due, and how many were asked for before it.
type Place = (&'static str, Timestamp, i64);

impl Jobs {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    fn insert(&mut self, row: Row) {
        self.open.insert(row.place(), row.job.job_id.clone());
        self.rows.insert(row.job.job_id.clone(), row);
    }

    fn change<T>(&mut self, id: &JobId, change: impl FnOnce(&mut Row) -> T) -> Option<T> {
        let row = self.rows.get_mut(id)?;
        self.open.remove(&row.place());
        let changed = change(row);
        if row.is_open() {
            self.open.insert(row.place(), id.clone());
        }
        Some(changed)
    }

    /// Open jobs of a kind, the one that is due first before the others.
    fn open(&self, kind: &Policy) -> impl Iterator<Item = (Timestamp, &JobId)> {
        let all = (kind.name, Timestamp::MIN, i64::MIN)..=(kind.name, Timestamp::MAX, i64::MAX);
        self.open.range(all).map(|((_, due_at, _), id)| (*due_at, id))
    }
}

/// A job with what only the queue knows of it.
pub(super) struct Row {
    job: Job,
    /// Counts the jobs ever asked for; newer jobs have larger ones.
    sequence: i64,
    /// When somebody may take it: its time, or the end of its lease.
    due_at: Timestamp,
    attempts: Vec<Attempt>,
}

#[async_trait]
impl JobQueue for Memory {
    async fn lease(
        &self,
        worker: &str,
        wanted: &Wanted,
        duration: SignedDuration,
    ) -> Result<Vec<LeasedJob>, Refused> {
        let mut state = self.state.lock();
        let now = self.options.clock.now();
        let count = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        let mut ids: Vec<JobId> = Vec::new();
        for (kind, places) in &wanted.places {
            let due = state.takable(kind).take_while(|(due_at, _)| *due_at <= now);
            ids.extend(due.take(count(*places)).map(|(_, id)| id.clone()));
        }
        ids.truncate(count(wanted.limit));
        Ok(ids.iter().filter_map(|id| state.take_job(id, worker, now, duration)).collect())
    }

    async fn renew(&self, lease: &Lease, duration: SignedDuration) -> Result<(), Refused> {
        let mut state = self.state.lock();
        let now = self.options.clock.now();
        let held = JobHead { state: JobState::Running, token: lease.token };
        if state.heads.jobs.get(&lease.job_id) != Some(&held) {
            return Err(Refused::LeaseLost);
        }
        let end = now.saturating_add(duration).unwrap_or(Timestamp::MAX);
        state.jobs.change(&lease.job_id, |row| row.due_at = end).ok_or(Refused::LeaseLost)
    }

    async fn next_due(&self, wanted: &Wanted) -> Result<Option<Timestamp>, ReadError> {
        let state = self.state.lock();
        Ok(wanted.kinds().filter_map(|kind| state.takable(kind).next()).map(|(due_at, _)| due_at).min())
    }

    async fn job(&self, id: &JobId) -> Result<Option<Job>, ReadError> {
        Ok(self.state.lock().jobs.rows.get(id).map(|row| row.job.clone()))
    }

    async fn attempts(&self, id: &JobId) -> Result<Vec<Attempt>, ReadError> {
        Ok(self.state.lock().jobs.rows.get(id).map(|row| row.attempts.clone()).unwrap_or_default())
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Page<Job>, ReadError> {
        let state = self.state.lock();
        let rows = state.jobs.rows.values().filter(|row| {
            (query.states.is_empty() || query.states.contains(&row.job.state))
                && (query.kinds.is_empty() || query.kinds.iter().any(|kind| row.job.kind.name() == kind))
        });
        let keyed = rows.map(|row| ((row.sequence, String::new()), row.job.clone()));
        page::cut(keyed.collect(), true, &query.page)
    }

    async fn counts(&self) -> Result<Vec<JobCount>, ReadError> {
        let state = self.state.lock();
        let mut counts: BTreeMap<_, (u64, Timestamp)> = BTreeMap::new();
        for row in state.jobs.rows.values() {
            let named = (row.job.kind.name(), row.job.state.as_str());
            let at = row.job.finished_at.unwrap_or(row.due_at);
            let (count, first_at) = counts.entry(named).or_insert((0, at));
            (*count, *first_at) = (count.saturating_add(1), at.min(*first_at));
        }
        let count = |((kind, word), (count, first_at)): ((&str, &str), _)| {
            Some(JobCount { kind: kind.to_owned(), state: JobState::parse(word)?, count, first_at })
        };
        Ok(counts.into_iter().filter_map(count).collect())
    }

    async fn paused(&self) -> Result<Vec<PausedQueue>, ReadError> {
        Ok(self.state.lock().paused.values().cloned().collect())
    }
}

#[async_trait]
impl Upkeep for Memory {
    async fn sweep(&self) -> Result<Swept, Refused> {
        Ok(self.maintain())
    }
}

impl Row {
    fn place(&self) -> Place {
        (self.job.kind.policy().name, self.due_at, self.sequence)
    }

    fn is_open(&self) -> bool {
        matches!(self.job.state, JobState::Ready | JobState::Running)
    }

    fn end(&mut self, state: JobState, at: Timestamp) {
        self.job.state = state;
        self.job.worker = None;
        self.job.finished_at = Some(at);
    }

    fn wait(&mut self, run_at: Timestamp) {
        self.job.state = JobState::Ready;
        self.job.worker = None;
        self.job.finished_at = None;
        self.job.run_at = run_at;
        self.due_at = run_at;
    }

    fn failed(&mut self, error: &str, at: Timestamp) {
        self.job.last_error = Some(error.to_owned());
        self.attempts.push(Attempt { attempt: self.job.attempts, error: error.to_owned(), at });
        let older = self.attempts.len().saturating_sub(JOB_ATTEMPTS_MAX);
        self.attempts.drain(..older);
    }
}

impl State {
    /// Jobs of a kind that wait or run, by when they are due, unless its queue is paused.
    fn takable(&self, kind: &Policy) -> impl Iterator<Item = (Timestamp, &JobId)> {
        let is_paused = self.paused.contains_key(kind.queue);
        self.jobs.open(kind).take_while(move |_| !is_paused)
    }

    /// What an admitted commit says about jobs and queues.
    pub(super) fn push_jobs(&mut self, commit: &Commit) {
        let now = self.heads.recorded_at;
        for job in &commit.jobs {
            self.push_job(job, now);
        }
        if let Some(finish) = &commit.finishes {
            self.finish_job(finish, now);
        }
        for Reschedule { job_id, to } in &commit.reschedules {
            self.jobs.change(job_id, |row| {
                if *to == JobState::Ready {
                    row.job.attempts = 0;
                    row.wait(now);
                } else {
                    row.end(*to, now);
                }
            });
        }
        for QueueChange { queue, paused } in &commit.queues {
            if *paused {
                let pause = PausedQueue { queue: queue.clone(), since: now, by: commit.actor.clone() };
                self.paused.entry(queue.clone()).or_insert(pause);
            } else {
                self.paused.remove(queue);
            }
        }
    }

    fn push_job(&mut self, new: &NewJob, now: Timestamp) {
        let job = Job {
            job_id: new.job_id.clone(),
            kind: new.kind.clone(),
            subject: new.subject.clone(),
            state: JobState::Ready,
            attempts: 0,
            run_at: new.run_at,
            last_error: None,
            worker: None,
            created_at: now,
            finished_at: None,
            unique_key: new.unique_key.clone(),
        };
        self.jobs.asked = self.jobs.asked.saturating_add(1);
        self.jobs.insert(Row { job, sequence: self.jobs.asked, due_at: new.run_at, attempts: Vec::new() });
    }

    fn finish_job(&mut self, finish: &Finish, now: Timestamp) {
        self.jobs.change(&finish.lease.job_id, |row| match &finish.outcome {
            JobOutcome::Done => row.end(JobState::Done, now),
            JobOutcome::Retry { run_at, error, counts: true } => {
                row.failed(error, now);
                row.wait(*run_at);
            }
            JobOutcome::Retry { run_at, error, counts: false } => {
                row.job.last_error = Some(error.clone());
                row.job.attempts = row.job.attempts.saturating_sub(1);
                row.wait(*run_at);
            }
            JobOutcome::Dead { error } => {
                row.failed(error, now);
                row.end(JobState::Dead, now);
            }
        });
    }

    fn take_job(
        &mut self,
        id: &JobId,
        worker: &str,
        now: Timestamp,
        duration: SignedDuration,
    ) -> Option<LeasedJob> {
        let head = self.heads.jobs.get_mut(id)?;
        let job = self.jobs.change(id, |row| {
            if row.job.state == JobState::Running {
                let error = crate::lease_ran_out(row.job.worker.as_deref());
                row.failed(&error, now);
            }
            row.job.state = JobState::Running;
            row.job.attempts = row.job.attempts.saturating_add(1);
            row.job.worker = Some(worker.to_owned());
            row.due_at = now.saturating_add(duration).unwrap_or(Timestamp::MAX);
            row.job.clone()
        })?;
        head.state = JobState::Running;
        head.token = head.token.saturating_add(1);
        let lease = Lease { job_id: id.clone(), token: head.token, unique_key: job.unique_key.clone() };
        Some(LeasedJob { job, lease })
    }

    /// Forget jobs that ended longer ago than `ttl`. The dead stay until a person has seen to them.
    pub(super) fn forget_jobs(&mut self, ttl: SignedDuration) {
        let now = self.heads.now;
        let over = |row: &Row| {
            matches!(row.job.state, JobState::Done | JobState::Canceled)
                && row.job.finished_at.is_some_and(|end| end.saturating_add(ttl).is_ok_and(|end| end <= now))
        };
        let (rows, heads) = (&mut self.jobs.rows, &mut self.heads);
        rows.retain(|id, row| {
            if over(row) {
                heads.jobs.remove(id);
                row.job.kind.held().map(|claim| heads.claims.remove(&claim));
            }
            !over(row)
        });
    }
}

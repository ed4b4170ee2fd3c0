//! The queue of background work.

use std::collections::BTreeMap;

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
            let mut due: Vec<_> = state.open(kind).filter(|row| row.due_at <= now).collect();
            due.sort_by_key(|row| (row.due_at, row.sequence));
            ids.extend(due.into_iter().take(count(*places)).map(|row| row.job.job_id.clone()));
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
        let row = state.jobs.get_mut(&lease.job_id).ok_or(Refused::LeaseLost)?;
        row.due_at = now.saturating_add(duration).unwrap_or(Timestamp::MAX);
        Ok(())
    }

    async fn next_due(&self, wanted: &Wanted) -> Result<Option<Timestamp>, ReadError> {
        let state = self.state.lock();
        Ok(wanted.kinds().flat_map(|kind| state.open(kind)).map(|row| row.due_at).min())
    }

    async fn job(&self, id: &JobId) -> Result<Option<Job>, ReadError> {
        Ok(self.state.lock().jobs.get(id).map(|row| row.job.clone()))
    }

    async fn attempts(&self, id: &JobId) -> Result<Vec<Attempt>, ReadError> {
        Ok(self.state.lock().jobs.get(id).map(|row| row.attempts.clone()).unwrap_or_default())
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Page<Job>, ReadError> {
        let state = self.state.lock();
        let rows = state.jobs.values().filter(|row| {
            (query.states.is_empty() || query.states.contains(&row.job.state))
                && (query.kinds.is_empty() || query.kinds.iter().any(|kind| row.job.kind.name() == kind))
        });
        let keyed = rows.map(|row| ((row.sequence, String::new()), row.job.clone()));
        page::cut(keyed.collect(), true, &query.page)
    }

    async fn counts(&self) -> Result<Vec<JobCount>, ReadError> {
        let state = self.state.lock();
        let mut counts: BTreeMap<_, (u64, Timestamp)> = BTreeMap::new();
        for row in state.jobs.values() {
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
    /// Jobs of a kind that wait or run, unless its queue is paused.
    fn open(&self, kind: &'static Policy) -> impl Iterator<Item = &Row> {
        let is_paused = self.paused.contains_key(kind.queue);
        let of_kind = move |row: &&Row| !is_paused && row.is_open() && row.job.kind.policy() == kind;
        self.jobs.values().filter(of_kind)
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
            let Some(row) = self.jobs.get_mut(job_id) else { continue };
            if *to == JobState::Ready {
                row.job.attempts = 0;
                row.wait(now);
            } else {
                row.end(*to, now);
            }
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
        self.jobs_asked = self.jobs_asked.saturating_add(1);
        let row = Row { job, sequence: self.jobs_asked, due_at: new.run_at, attempts: Vec::new() };
        self.jobs.insert(new.job_id.clone(), row);
    }

    fn finish_job(&mut self, finish: &Finish, now: Timestamp) {
        let Some(row) = self.jobs.get_mut(&finish.lease.job_id) else { return };
        match &finish.outcome {
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
        }
    }

    fn take_job(
        &mut self,
        id: &JobId,
        worker: &str,
        now: Timestamp,
        duration: SignedDuration,
    ) -> Option<LeasedJob> {
        let (row, head) = (self.jobs.get_mut(id)?, self.heads.jobs.get_mut(id)?);
        if row.job.state == JobState::Running {
            let error = crate::lease_ran_out(row.job.worker.as_deref());
            row.failed(&error, now);
        }
        head.state = JobState::Running;
        head.token = head.token.saturating_add(1);
        row.job.state = JobState::Running;
        row.job.attempts = row.job.attempts.saturating_add(1);
        row.job.worker = Some(worker.to_owned());
        row.due_at = now.saturating_add(duration).unwrap_or(Timestamp::MAX);
        let lease = Lease { job_id: id.clone(), token: head.token, unique_key: row.job.unique_key.clone() };
        Some(LeasedJob { job: row.job.clone(), lease })
    }

    /// Forget jobs that ended longer ago than `ttl`. The dead stay until a person has seen to them.
    pub(super) fn forget_jobs(&mut self, ttl: SignedDuration) {
        let now = self.heads.now;
        let over = |row: &Row| {
            matches!(row.job.state, JobState::Done | JobState::Canceled)
                && row.job.finished_at.is_some_and(|end| end.saturating_add(ttl).is_ok_and(|end| end <= now))
        };
        let (jobs, heads) = (&mut self.jobs, &mut self.heads);
        jobs.retain(|id, row| {
            if over(row) {
                heads.jobs.remove(id);
                row.job.kind.held().map(|claim| heads.claims.remove(&claim));
            }
            !over(row)
        });
    }
}

//! The job queue on the writer's side: what commits say about jobs, leases, renewals, and the sweep.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Result, Row};
use sutler_app::admission::JobHead;
use sutler_app::commit::{Finish, JobOutcome, Refused, Reschedule};
use sutler_app::job::{Job, JobState};
use sutler_app::ports::jobs::{Lease, LeasedJob};
use sutler_app::stream::StreamId;
use sutler_domain::JobId;

use super::known::Known;
use super::session::{self, Session};
use super::write::Taken;
use crate::work::LeaseRequest;

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str =
    "job_id, kind, subject, state, attempts, run_at, last_error, worker, created_at, due_at";

/// A job from its [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> Result<Job> {
    let state = session::parsed(row, 3, JobState::parse)?;
    let is_over = !matches!(state, JobState::Ready | JobState::Running);
    Ok(Job {
        job_id: JobId::trusted(row.get::<_, String>(0)?.into()),
        kind: session::json(row, 1)?,
        subject: session::parsed(row, 2, StreamId::parse)?,
        state,
        attempts: row.get(4)?,
        run_at: session::time(row, 5)?,
        last_error: row.get(6)?,
        worker: row.get(7)?,
        created_at: session::time(row, 8)?,
        finished_at: if is_over { Some(session::time(row, 9)?) } else { None },
    })
}

/// Write what the commits say about jobs, in order.
pub(super) fn write(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let mut insert = session.statement(
        "INSERT INTO jobs (job_id, name, kind, subject, state, run_at, due_at, created_at)
         VALUES (?1, ?2, ?3, ?4, 'ready', ?5, ?5, ?6)",
    )?;
    for (prepared, admitted) in batch {
        let now = admitted.recorded_at;
        for (job, kind) in prepared.commit.jobs.iter().zip(&prepared.jobs) {
            insert.execute((
                job.job_id.as_str(),
                job.kind.name(),
                kind,
                job.subject.as_str(),
                job.run_at.as_microsecond(),
                now.as_microsecond(),
            ))?;
        }
        if let Some(finish) = &prepared.commit.finishes {
            end_attempt(session, finish, now)?;
        }
        for change in &prepared.commit.reschedules {
            reschedule(session, change, now)?;
        }
    }
    Ok(())
}

fn reschedule(session: &Session, Reschedule { job_id, to }: &Reschedule, now: Timestamp) -> Result<()> {
    if *to != JobState::Ready {
        return end(session, job_id, *to, now);
    }
    let sql = "UPDATE jobs SET state = 'ready', attempts = 0, worker = NULL, run_at = ?2, due_at = ?2
               WHERE job_id = ?1";
    session.execute(sql, (job_id.as_str(), now.as_microsecond())).map(drop)
}

fn end_attempt(session: &Session, finish: &Finish, now: Timestamp) -> Result<()> {
    let id = &finish.lease.job_id;
    match &finish.outcome {
        JobOutcome::Done => end(session, id, JobState::Done, now),
        JobOutcome::Retry { run_at, error, counts } => {
            if *counts {
                failed(session, id, error, now)?;
            }
            let uncounted = u8::from(!counts);
            session
                .execute(
                    "UPDATE jobs SET state = 'ready', worker = NULL, run_at = ?2, due_at = ?2, last_error = ?3,
                                     attempts = max(attempts - ?4, 0)
                     WHERE job_id = ?1",
                    (id.as_str(), run_at.as_microsecond(), error, uncounted),
                )
                .map(drop)
        }
        JobOutcome::Dead { error } => {
            failed(session, id, error, now)?;
            end(session, id, JobState::Dead, now)
        }
    }
}

fn end(session: &Session, id: &JobId, state: JobState, now: Timestamp) -> Result<()> {
    let sql = "UPDATE jobs SET state = ?2, worker = NULL, due_at = ?3 WHERE job_id = ?1";
    session.execute(sql, (id.as_str(), state.as_str(), now.as_microsecond())).map(drop)
}

fn failed(session: &Session, id: &JobId, error: &str, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO job_attempts (job_id, attempt, error, at)
               SELECT job_id, attempts, ?2, ?3 FROM jobs WHERE job_id = ?1";
    session.execute(sql, (id.as_str(), error, now.as_microsecond()))?;
    session.execute("UPDATE jobs SET last_error = ?2 WHERE job_id = ?1", (id.as_str(), error)).map(drop)
}

/// Take up to `limit` jobs that are due or whose lease ran out, those first that waited longest.
pub(super) fn lease(
    session: &Session,
    known: &mut Known,
    request: &LeaseRequest,
    now: Timestamp,
) -> Result<Vec<LeasedJob>> {
    let LeaseRequest { worker, limit, duration } = request;
    let until = now.checked_add(*duration).unwrap_or(Timestamp::MAX);
    // Each half stops at the limit in the order of the index, so a long queue costs no more than a short one.
    let sql = format!(
        "SELECT {COLUMNS}, token, row FROM jobs WHERE row IN (
             SELECT row FROM (SELECT row FROM jobs WHERE state = 'ready' AND due_at <= ?1 ORDER BY due_at, row LIMIT ?2)
             UNION ALL
             SELECT row FROM (SELECT row FROM jobs WHERE state = 'running' AND due_at <= ?1 ORDER BY due_at, row LIMIT ?2))
         ORDER BY due_at, row LIMIT ?2"
    );
    let due = session.all(&sql, (now.as_microsecond(), limit), |row| {
        Ok((read(row)?, row.get::<_, u64>(10)?, row.get::<_, i64>(11)?))
    })?;
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let mut take = session.statement(
        "UPDATE jobs SET state = 'running', worker = ?2, attempts = ?3, token = ?4, due_at = ?5 WHERE row = ?1",
    )?;
    let mut leased = Vec::with_capacity(due.len());
    for (before, token, row) in due {
        if before.worker.is_some() {
            failed(session, &before.job_id, &crate::lease_ran_out(before.worker.as_deref()), now)?;
        }
        let (attempts, token) = (before.attempts.saturating_add(1), token.saturating_add(1));
        take.execute((row, worker, attempts, token, until.as_microsecond()))?;
        known.leased(&before.job_id, JobHead { state: JobState::Running, token });
        let lease = Lease { job_id: before.job_id.clone(), token };
        let job = Job { state: JobState::Running, attempts, worker: Some(worker.clone()), ..before };
        leased.push(LeasedJob { job, lease });
    }
    Ok(leased)
}

/// Whoever had leases is no more: what they worked on is due at once.
pub(super) fn give_back(session: &Session, now: Timestamp) -> Result<()> {
    let sql = "UPDATE jobs SET due_at = ?1 WHERE state = 'running' AND due_at > ?1";
    session.execute(sql, [now.as_microsecond()]).map(drop)
}

/// Keep a lease until then.
pub(super) fn renew(
    session: &Session,
    lease: &Lease,
    until: Timestamp,
) -> Result<std::result::Result<(), Refused>> {
    let sql = "UPDATE jobs SET due_at = ?3 WHERE job_id = ?1 AND token = ?2 AND state = 'running'";
    let renewed = session.execute(sql, (lease.job_id.as_str(), lease.token, until.as_microsecond()))?;
    Ok(if renewed == 1 { Ok(()) } else { Err(Refused::LeaseLost) })
}

/// Forget jobs that ended longer ago than `ttl`. The dead stay until a person has seen to them.
pub(super) fn sweep(session: &Session, now: Timestamp, ttl: SignedDuration) -> Result<usize> {
    let Ok(before) = now.checked_sub(ttl) else { return Ok(0) };
    let sql = "DELETE FROM jobs WHERE state IN ('done', 'canceled') AND due_at <= ?1";
    session.execute(sql, [before.as_microsecond()])
}

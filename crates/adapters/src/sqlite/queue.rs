//! The job queue on the writer's side: what commits say about jobs, leases, renewals, and the sweep.

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::Value;
use rusqlite::{Result, Row, params_from_iter};
use sutler_app::admission::JobHead;
use sutler_app::commit::{Finish, JobOutcome, QueueChange, Refused, Reschedule};
use sutler_app::job::{JOB_ATTEMPTS_MAX, Job, JobKind, JobState};
use sutler_app::ports::jobs::{Lease, LeasedJob, Wanted};
use sutler_app::stream::StreamId;
use sutler_domain::JobId;

use super::known::Known;
use super::session::{self, Session};
use super::write::Taken;
use crate::work::LeaseRequest;

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str =
    "job_id, kind, subject, state, attempts, run_at, last_error, worker, created_at, due_at, unique_key";

/// Ended jobs that one sweep takes away at most, so that the door is not held for long.
const SWEPT_MAX: i64 = 2_000;

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
        unique_key: row.get(10)?,
    })
}

/// Write what the commits say about jobs, in order.
pub(super) fn write(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let mut insert = session.statement(
        "INSERT INTO jobs (job_id, name, kind, subject, state, run_at, due_at, created_at, unique_key)
         VALUES (?1, ?2, ?3, ?4, 'ready', ?5, ?5, ?6, ?7)",
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
                &job.unique_key,
            ))?;
        }
        if let Some(finish) = &prepared.commit.finishes {
            end_attempt(session, finish, now)?;
        }
        for change in &prepared.commit.reschedules {
            reschedule(session, change, now)?;
        }
        for change in &prepared.commit.queues {
            pause(session, change, &prepared.commit.actor, now)?;
        }
    }
    Ok(())
}

/// A queue that is paused already stays as it is.
fn pause(session: &Session, change: &QueueChange, actor: &str, now: Timestamp) -> Result<()> {
    if change.paused {
        let sql = "INSERT OR IGNORE INTO paused_queues (queue, since, paused_by) VALUES (?1, ?2, ?3)";
        return session.execute(sql, (&change.queue, now.as_microsecond(), actor)).map(drop);
    }
    session.execute("DELETE FROM paused_queues WHERE queue = ?1", [&change.queue]).map(drop)
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
    let sql = "DELETE FROM job_attempts WHERE job_id = ?1 AND row <= (
                   SELECT row FROM job_attempts WHERE job_id = ?1 ORDER BY row DESC LIMIT 1 OFFSET ?2)";
    session.execute(sql, (id.as_str(), JOB_ATTEMPTS_MAX))?;
    session.execute("UPDATE jobs SET last_error = ?2 WHERE job_id = ?1", (id.as_str(), error)).map(drop)
}

/// A job that is due, as it stands: with its last token and its row.
type Due = (Job, u64, i64);

/// The open jobs of each kind that somebody wants, as one statement of so many steps in the index: each kind in its own
/// stretch of it, and no further than asked, so a long queue costs no more than a short one. `?1` is what they must be
/// due by; `rank` is the kind's place among the wanted.
struct Open {
    sql: String,
    params: Vec<Value>,
}

impl Open {
    fn of(wanted: &Wanted, by: Option<Timestamp>, limit: Option<u32>) -> Self {
        let by = by.map_or(i64::MAX, Timestamp::as_microsecond);
        let (mut steps, mut params) = (Vec::new(), vec![Value::Integer(by)]);
        for (rank, (kind, places)) in wanted.places.iter().enumerate() {
            let first = params.len().saturating_add(1);
            let (name, queue, most) = (first, first.saturating_add(1), first.saturating_add(2));
            for state in ["ready", "running"] {
                steps.push(format!(
                    "SELECT row AS found, due_at AS due, {rank} AS rank FROM (
                         SELECT row, due_at FROM jobs WHERE state = '{state}' AND name = ?{name} AND due_at <= ?1
                         AND NOT EXISTS (SELECT 1 FROM paused_queues WHERE queue = ?{queue})
                         ORDER BY due_at, row LIMIT ?{most})"
                ));
            }
            let most = limit.unwrap_or(1).min(*places);
            params.extend([
                Value::Text(kind.name.to_owned()),
                Value::Text(kind.queue.to_owned()),
                Value::Integer(most.into()),
            ]);
        }
        Self { sql: steps.join(" UNION ALL "), params }
    }
}

/// What may be taken: kind by kind, those first that waited longest.
fn due(session: &Session, wanted: &Wanted, now: Timestamp) -> Result<Vec<Due>> {
    if wanted.places.is_empty() {
        return Ok(Vec::new());
    }
    let Open { sql, params } = Open::of(wanted, Some(now), Some(wanted.limit));
    let sql = format!(
        "SELECT {COLUMNS}, token, row, rank FROM ({sql}) JOIN jobs ON jobs.row = found
         ORDER BY rank, due_at, row"
    );
    let found = session.all(&sql, params_from_iter(params), |row| {
        Ok(((read(row)?, row.get::<_, u64>(11)?, row.get::<_, i64>(12)?), row.get::<_, usize>(13)?))
    })?;
    // A kind has jobs that wait and jobs whose lease ran out; together they are no more than there are places.
    let mut left: Vec<u32> = wanted.places.iter().map(|(_, places)| *places).collect();
    let mut due: Vec<Due> = Vec::new();
    for (one, rank) in found {
        if let Some(places) = left.get_mut(rank).filter(|places| **places > 0) {
            *places = places.saturating_sub(1);
            due.push(one);
        }
    }
    due.truncate(usize::try_from(wanted.limit).unwrap_or(usize::MAX));
    Ok(due)
}

/// Take jobs that are due or whose lease ran out.
pub(super) fn lease(
    session: &Session,
    known: &mut Known,
    request: &LeaseRequest,
    now: Timestamp,
) -> Result<Vec<LeasedJob>> {
    let LeaseRequest { worker, wanted, duration } = request;
    let until = now.checked_add(*duration).unwrap_or(Timestamp::MAX);
    let due = due(session, wanted, now)?;
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
        let unique_key = before.unique_key.clone();
        let lease = Lease { job_id: before.job_id.clone(), token, unique_key };
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

/// When the next job that may be taken is due.
pub(super) fn next_due(session: &Session, wanted: &Wanted) -> Result<Option<i64>> {
    if wanted.places.is_empty() {
        return Ok(None);
    }
    let Open { sql, params } = Open::of(wanted, None, None);
    let sql = format!("SELECT min(due) FROM ({sql})");
    Ok(session.one(&sql, params_from_iter(params), |row| row.get::<_, Option<i64>>(0))?.flatten())
}

/// Forget jobs that ended longer ago than `ttl`, and the names that they held. The dead stay until a person has seen to
/// them. The index has them by kind, so each kind that ended is looked up first, by leaps from one name to the next.
pub(super) fn sweep(session: &Session, now: Timestamp, ttl: SignedDuration) -> Result<usize> {
    let Ok(before) = now.checked_sub(ttl) else { return Ok(0) };
    let mut swept = 0usize;
    for state in ["done", "canceled"] {
        let sql = "DELETE FROM jobs WHERE row IN (
                       WITH RECURSIVE names (name) AS (
                           SELECT min(name) FROM jobs WHERE state = ?1
                           UNION ALL
                           SELECT (SELECT min(jobs.name) FROM jobs WHERE state = ?1 AND jobs.name > names.name)
                           FROM names WHERE names.name IS NOT NULL)
                       SELECT jobs.row FROM names CROSS JOIN jobs
                       WHERE jobs.state = ?1 AND jobs.name = names.name AND jobs.due_at <= ?2 LIMIT ?3)
                   RETURNING kind";
        let gone =
            session.all(sql, (state, before.as_microsecond(), SWEPT_MAX), |row| session::json(row, 0))?;
        let gone: Vec<JobKind> = gone;
        for claim in gone.iter().filter_map(JobKind::held) {
            let sql = "DELETE FROM claims WHERE kind = ?1 AND value = ?2";
            session.execute(sql, (claim.kind.as_str(), &claim.value))?;
        }
        swept = swept.saturating_add(gone.len());
    }
    Ok(swept)
}

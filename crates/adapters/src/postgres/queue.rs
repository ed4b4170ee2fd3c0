//! The job queue on the writer's side: what commits say about jobs, and the sweep. Leases are in `leases.rs`.

use std::collections::{BTreeSet, HashMap};

use futures::join;
use jiff::{SignedDuration, Timestamp};
use sutler_app::admission::Admitted;
use sutler_app::commit::{Claim, Finish, JobOutcome, Reschedule};
use sutler_app::job::{JOB_ATTEMPTS_MAX, Job, JobKind, JobState};
use sutler_app::stream::StreamId;
use sutler_domain::JobId;
use tokio_postgres::Row;

use super::pauses;
use super::session::{self, Session, column, get, number, p};
use super::trouble::Result;
use super::write::Taken;

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str =
    "jobs.job_id, jobs.kind, jobs.subject, jobs.state, jobs.attempts, jobs.run_at,
    jobs.last_error, jobs.worker, jobs.created_at, jobs.due_at, jobs.unique_key";

/// Ended jobs that one sweep takes away at most, so that the door is not held for long.
const SWEPT_MAX: i64 = 20_000;

/// A job from its [`COLUMNS`].
pub(super) fn read(row: &Row) -> Result<Job> {
    let state = session::parsed(row, 3, JobState::parse)?;
    let is_over = !matches!(state, JobState::Ready | JobState::Running);
    Ok(Job {
        job_id: JobId::trusted(get::<String>(row, 0)?.into()),
        kind: session::json(row, 1)?,
        subject: session::parsed(row, 2, StreamId::parse)?,
        state,
        attempts: count(number(row, 4)?),
        run_at: session::time(row, 5)?,
        last_error: get(row, 6)?,
        worker: get(row, 7)?,
        created_at: session::time(row, 8)?,
        finished_at: if is_over { Some(session::time(row, 9)?) } else { None },
        unique_key: get(row, 10)?,
    })
}

/// Attempts are few.
pub(super) fn count(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A job that commits of a batch are about, as it stands, and as it is to stand.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) job_id: JobId,
    pub(super) state: JobState,
    pub(super) token: u64,
    attempts: i64,
    run_at: i64,
    due_at: i64,
    last_error: Option<String>,
}

/// An attempt that failed.
struct Failed<'c> {
    job_id: &'c JobId,
    attempt: i64,
    error: &'c str,
    at: i64,
}

/// The jobs that commits finish or move.
pub(super) async fn standing(session: &Session, ids: &BTreeSet<&JobId>) -> Result<Vec<Standing>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
    let sql =
        "SELECT job_id, state, token, attempts, run_at, due_at, last_error FROM jobs WHERE job_id = ANY($1)";
    let read = |row: &Row| {
        Ok(Standing {
            job_id: JobId::trusted(get::<String>(row, 0)?.into()),
            state: session::parsed(row, 1, JobState::parse)?,
            token: number(row, 2)?,
            attempts: get(row, 3)?,
            run_at: get(row, 4)?,
            due_at: get(row, 5)?,
            last_error: get(row, 6)?,
        })
    };
    session.all(sql, &[p(&ids)], read).await
}

/// Write what the commits of a batch say about jobs: those that are new, those that moved, and attempts that failed.
pub(super) async fn write(session: &Session, batch: &[Taken<'_>], standing: &[Standing]) -> Result<()> {
    let mut jobs: HashMap<&JobId, Standing> = standing.iter().map(|job| (&job.job_id, job.clone())).collect();
    let mut failed = Vec::new();
    let mut moved = BTreeSet::new();
    for (prepared, Admitted { recorded_at, .. }) in batch {
        let now = recorded_at.as_microsecond();
        if let Some(Finish { lease, outcome }) = &prepared.commit.finishes
            && let Some(job) = jobs.get_mut(&lease.job_id)
        {
            failed.extend(end_attempt(job, &lease.job_id, outcome, now));
            moved.insert(&lease.job_id);
        }
        for Reschedule { job_id, to } in &prepared.commit.reschedules {
            if let Some(job) = jobs.get_mut(job_id) {
                (job.state, job.due_at) = (*to, now);
                if *to == JobState::Ready {
                    (job.attempts, job.run_at) = (0, now);
                }
                moved.insert(job_id);
            }
        }
    }
    let moved: Vec<&Standing> = moved.into_iter().filter_map(|id| jobs.get(id)).collect();
    let (new, kept, told, queues) = join!(
        insert(session, batch),
        update(session, &moved),
        tell(session, &failed),
        pauses::write(session, batch),
    );
    new.and(kept).and(told).and(queues)
}

/// What an outcome makes of a job; gives the attempt, if it failed and counts.
fn end_attempt<'c>(
    job: &mut Standing,
    job_id: &'c JobId,
    outcome: &'c JobOutcome,
    now: i64,
) -> Option<Failed<'c>> {
    let attempt = job.attempts;
    (job.state, job.due_at) = (outcome.state(), now);
    let (error, counts) = match outcome {
        JobOutcome::Done => return None,
        JobOutcome::Dead { error } => (error, true),
        JobOutcome::Retry { run_at, error, counts } => {
            (job.run_at, job.due_at) = (run_at.as_microsecond(), run_at.as_microsecond());
            (error, *counts)
        }
    };
    job.last_error = Some(error.clone());
    if !counts {
        job.attempts = attempt.saturating_sub(1).max(0);
        return None;
    }
    Some(Failed { job_id, attempt, error, at: now })
}

async fn insert(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let rows: Vec<_> = batch
        .iter()
        .flat_map(|(prepared, admitted)| {
            let jobs = prepared.commit.jobs.iter().zip(&prepared.jobs);
            jobs.map(|(job, kind)| (job, kind.as_str(), admitted.recorded_at.as_microsecond()))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO jobs (job_id, name, kind, subject, state, run_at, due_at, created_at, unique_key)
               SELECT job_id, name, kind, subject, 'ready', run_at, run_at, created_at, unique_key
               FROM UNNEST($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY
                   AS new (job_id, name, kind, subject, run_at, created_at, unique_key, place)
               ORDER BY place";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |(job, ..)| job.job_id.as_str())),
                p(&column(&rows, |(job, ..)| job.kind.name())),
                p(&column(&rows, |(_, kind, _)| *kind)),
                p(&column(&rows, |(job, ..)| job.subject.as_str())),
                p(&column(&rows, |(job, ..)| job.run_at.as_microsecond())),
                p(&column(&rows, |(.., created_at)| *created_at)),
                p(&column(&rows, |(job, ..)| job.unique_key.as_deref())),
            ],
        )
        .await
        .map(drop)
}

/// Nobody has the lease of a job that a commit moved.
async fn update(session: &Session, jobs: &[&Standing]) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE jobs SET state = moved.state, worker = NULL, attempts = moved.attempts, run_at = moved.run_at,
                               due_at = moved.due_at, last_error = moved.last_error
               FROM UNNEST($1, $2, $3, $4, $5, $6) AS moved (job_id, state, attempts, run_at, due_at, last_error)
               WHERE jobs.job_id = moved.job_id";
    session
        .execute(
            sql,
            &[
                p(&column(jobs, |job| job.job_id.as_str())),
                p(&column(jobs, |job| job.state.as_str())),
                p(&column(jobs, |job| job.attempts)),
                p(&column(jobs, |job| job.run_at)),
                p(&column(jobs, |job| job.due_at)),
                p(&column(jobs, |job| job.last_error.as_deref())),
            ],
        )
        .await
        .map(drop)
}

/// Keep what went wrong, and of each job the last attempts only. The older ones are those that stood before this
/// statement, which sees nothing of what it writes itself.
async fn tell(session: &Session, failed: &[Failed<'_>]) -> Result<()> {
    if failed.is_empty() {
        return Ok(());
    }
    let sql = "WITH failed AS (
                   SELECT * FROM UNNEST($1, $2, $3, $4) WITH ORDINALITY AS failed (job_id, attempt, error, at, place)),
               forgotten AS (
                   DELETE FROM job_attempts USING (
                       SELECT old.row FROM (SELECT DISTINCT job_id FROM failed) AS told
                       CROSS JOIN LATERAL (SELECT row FROM job_attempts WHERE job_attempts.job_id = told.job_id
                                           ORDER BY row DESC OFFSET $5) AS old) AS older
                   WHERE job_attempts.row = older.row)
               INSERT INTO job_attempts (job_id, attempt, error, at)
               SELECT job_id, attempt, error, at FROM failed ORDER BY place";
    let kept = i64::try_from(JOB_ATTEMPTS_MAX).unwrap_or(i64::MAX).saturating_sub(1);
    session
        .execute(
            sql,
            &[
                p(&column(failed, |one| one.job_id.as_str())),
                p(&column(failed, |one| one.attempt)),
                p(&column(failed, |one| one.error)),
                p(&column(failed, |one| one.at)),
                p(&kept),
            ],
        )
        .await
        .map(drop)
}

/// Forget jobs that ended longer ago than `ttl`. The dead stay until a person has seen to them. The index has them by
/// kind, so each kind that ended is looked up first, by leaps from one name to the next.
pub(super) async fn sweep(session: &Session, now: Timestamp, ttl: SignedDuration) -> Result<u64> {
    let Ok(before) = now.checked_sub(ttl) else { return Ok(0) };
    let sql = "WITH RECURSIVE names (state, name) AS (
                   SELECT ended.state, (SELECT min(jobs.name) FROM jobs WHERE jobs.state = ended.state)
                   FROM (VALUES ('done' COLLATE \"C\"), ('canceled')) AS ended (state)
                   UNION ALL
                   SELECT names.state, (SELECT min(jobs.name) FROM jobs
                                        WHERE jobs.state = names.state AND jobs.name > names.name)
                   FROM names WHERE names.name IS NOT NULL)
               DELETE FROM jobs WHERE row IN (
                   SELECT old.row FROM names CROSS JOIN LATERAL (
                       SELECT row FROM jobs WHERE jobs.state = names.state AND jobs.name = names.name
                                            AND jobs.due_at <= $1 LIMIT $2) AS old
                   LIMIT $2)
               RETURNING kind";
    let before = before.as_microsecond();
    let gone: Vec<JobKind> =
        session.all(sql, &[p(&before), p(&SWEPT_MAX)], |row| session::json(row, 0)).await?;
    let held: Vec<Claim> = gone.iter().filter_map(JobKind::held).collect();
    if !held.is_empty() {
        let kinds: Vec<&str> = held.iter().map(|claim| claim.kind.as_str()).collect();
        let values: Vec<&str> = held.iter().map(|claim| claim.value.as_str()).collect();
        let sql = "DELETE FROM claims USING UNNEST($1, $2) AS gone (kind, value)
                   WHERE claims.kind = gone.kind AND claims.value = gone.value";
        session.execute(sql, &[p(&kinds), p(&values)]).await?;
    }
    Ok(u64::try_from(gone.len()).unwrap_or(u64::MAX))
}

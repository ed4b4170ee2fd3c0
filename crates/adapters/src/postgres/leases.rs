//! Leases of jobs on the writer's side: what may be taken, taking it, and keeping it.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use sutler_app::ports::jobs::{Lease, LeasedJob, Wanted};

use super::queue::{COLUMNS, read};
use super::session::{Param, Session, column, get, int, number, p};
use super::trouble::Result;
use crate::work::LeaseRequest;

/// The kinds that somebody wants, as columns, but for those of queues that are paused: what the statements below call
/// `asked (kind, places, rank)`. Takes `$1` to `$3`.
const ASKED: &str = "(SELECT kind, places, rank
    FROM UNNEST($1, $2, $3) WITH ORDINALITY AS all_asked (kind, queue, places, rank)
    WHERE NOT EXISTS (SELECT 1 FROM paused_queues WHERE paused_queues.queue = all_asked.queue)) AS asked";

/// The kinds that somebody wants, as columns.
pub(super) struct Asked {
    kinds: Vec<&'static str>,
    queues: Vec<&'static str>,
    places: Vec<i64>,
}

impl Asked {
    pub(super) fn of(wanted: &Wanted) -> Self {
        let places: Vec<_> = wanted.places.iter().filter(|(_, places)| *places > 0).collect();
        Self {
            kinds: column(&places, |(kind, _)| kind.name),
            queues: column(&places, |(kind, _)| kind.queue),
            places: column(&places, |(_, places)| i64::from(*places)),
        }
    }

    /// When the next job that may be taken is due: a query and its parameters. Each kind is one step in the index.
    pub(super) fn next_due(&self) -> (String, [Param<'_>; 3]) {
        let sql = format!(
            "SELECT min(first.due_at) FROM {ASKED} CROSS JOIN (VALUES ('ready'), ('running')) AS open (state)
             CROSS JOIN LATERAL (SELECT due_at FROM jobs WHERE jobs.state = open.state AND jobs.name = asked.kind
                                 ORDER BY due_at LIMIT 1) AS first"
        );
        (sql, self.params())
    }

    fn params(&self) -> [Param<'_>; 3] {
        [p(&self.kinds), p(&self.queues), p(&self.places)]
    }
}

/// Take jobs that are due or whose lease ran out: kind by kind, those first that waited longest. One statement.
pub(super) async fn lease(
    session: &Session,
    request: &LeaseRequest,
    now: Timestamp,
) -> Result<Vec<LeasedJob>> {
    let LeaseRequest { worker, wanted, duration } = request;
    let until = later(now, *duration).as_microsecond();
    // Each kind is looked for in its own stretch of the index and no further than there are places, so a long queue
    // costs no more than a short one.
    let half = |state: &str| {
        format!(
            "(SELECT row, due_at, worker, attempts FROM jobs
              WHERE state = '{state}' AND name = asked.kind AND due_at <= $4 ORDER BY due_at, row LIMIT asked.places)"
        )
    };
    let (ready, late) = (half("ready"), half("running"));
    let sql = format!(
        "WITH due AS (
             SELECT found.*, asked.rank FROM {ASKED} CROSS JOIN LATERAL (
                 SELECT * FROM ({ready} UNION ALL {late}) AS both_halves
                 ORDER BY due_at, row LIMIT asked.places) AS found
             ORDER BY asked.rank, found.due_at, found.row LIMIT $5),
         taken AS (
             UPDATE jobs SET state = 'running', worker = $6, attempts = jobs.attempts + 1, token = jobs.token + 1,
                             due_at = $7, last_error = CASE WHEN due.worker IS NULL THEN jobs.last_error
                                                            ELSE format($8, due.worker) END
             FROM due WHERE jobs.row = due.row
             RETURNING {COLUMNS}, jobs.token, due.rank, due.due_at AS waited, jobs.row),
         late AS (
             INSERT INTO job_attempts (job_id, attempt, error, at)
             SELECT jobs.job_id, due.attempts, format($8, due.worker), $4 FROM due JOIN jobs ON jobs.row = due.row
             WHERE due.worker IS NOT NULL)
         SELECT * FROM taken ORDER BY rank, waited, row"
    );
    let (asked, error) = (Asked::of(wanted), crate::lease_ran_out(Some("%s")));
    let (now, limit) = (now.as_microsecond(), i64::from(wanted.limit));
    let [kinds, queues, places] = asked.params();
    let params = [kinds, queues, places, p(&now), p(&limit), p(worker), p(&until), p(&error)];
    session
        .all(&sql, &params, |row| {
            let job = read(row)?;
            let unique_key = job.unique_key.clone();
            let lease = Lease { job_id: job.job_id.clone(), token: number(row, 11)?, unique_key };
            Ok(LeasedJob { job, lease })
        })
        .await
}

/// Keep leases for longer; gives those that still held.
pub(super) async fn renew(
    session: &Session,
    asked: &[(&Lease, SignedDuration)],
    now: Timestamp,
) -> Result<BTreeSet<(String, u64)>> {
    if asked.is_empty() {
        return Ok(BTreeSet::new());
    }
    let sql = "UPDATE jobs SET due_at = asked.until
               FROM (SELECT job_id, token, max(until) AS until FROM UNNEST($1, $2, $3) AS asked (job_id, token, until)
                     GROUP BY job_id, token) AS asked
               WHERE jobs.job_id = asked.job_id AND jobs.token = asked.token AND jobs.state = 'running'
               RETURNING jobs.job_id, jobs.token";
    let ids = column(asked, |(lease, _)| lease.job_id.as_str());
    let tokens = column(asked, |(lease, _)| int(lease.token));
    let until = column(asked, |(_, duration)| later(now, *duration).as_microsecond());
    let kept = session
        .all(sql, &[p(&ids), p(&tokens), p(&until)], |row| Ok((get(row, 0)?, number(row, 1)?)))
        .await?;
    Ok(kept.into_iter().collect())
}

fn later(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.checked_add(duration).unwrap_or(Timestamp::MAX)
}

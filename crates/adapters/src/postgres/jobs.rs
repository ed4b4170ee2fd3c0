//! The queue of background work, seen from the callers.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sutler_app::commit::Refused;
use sutler_app::job::{Attempt, Job, JobState};
use sutler_app::page::Page;
use sutler_app::ports::jobs::{JobCount, JobQuery, JobQueue, Lease, LeasedJob, PausedQueue, Wanted};
use sutler_app::ports::{ReadError, Swept, Upkeep};
use sutler_domain::JobId;
use tokio_postgres::Row;

use super::leases::Asked;
use super::list::List;
use super::session::{self, get, number, p};
use super::{Postgres, pauses, queue};
use crate::work::{LeaseRequest, Work};

#[async_trait]
impl JobQueue for Postgres {
    /// Whoever looks in vain does not go through the door: every node looks whenever the log moves.
    async fn lease(
        &self,
        worker: &str,
        wanted: &Wanted,
        duration: SignedDuration,
    ) -> Result<Vec<LeasedJob>, Refused> {
        // Whoever looks in vain does not go through the door.
        let unavailable = |error: ReadError| Refused::Unavailable(error.to_string());
        let due = self.next_due(wanted).await.map_err(unavailable)?;
        if due.is_none_or(|at| at > self.clock.now()) {
            return Ok(Vec::new());
        }
        let request = LeaseRequest { worker: worker.to_owned(), wanted: wanted.clone(), duration };
        self.door.ask(Work::Lease, request).await
    }

    async fn renew(&self, lease: &Lease, duration: SignedDuration) -> Result<(), Refused> {
        self.door.ask(Work::Renew, (lease.clone(), duration)).await
    }

    async fn next_due(&self, wanted: &Wanted) -> Result<Option<Timestamp>, ReadError> {
        let asked = Asked::of(wanted);
        let (sql, params) = asked.next_due();
        let due = self.readers.first(&sql, &params, |row| get::<Option<i64>>(row, 0)).await?;
        Ok(due.flatten().map(crate::paging::time))
    }

    async fn job(&self, id: &JobId) -> Result<Option<Job>, ReadError> {
        let sql = format!("SELECT {} FROM jobs WHERE job_id = $1", queue::COLUMNS);
        self.readers.first(&sql, &[p(&id.as_str())], queue::read).await
    }

    async fn attempts(&self, id: &JobId) -> Result<Vec<Attempt>, ReadError> {
        let sql = "SELECT attempt, error, at FROM job_attempts WHERE job_id = $1 ORDER BY row";
        let read = |row: &Row| {
            Ok(Attempt {
                attempt: queue::count(number(row, 0)?),
                error: get(row, 1)?,
                at: session::time(row, 2)?,
            })
        };
        self.readers.all(sql, &[p(&id.as_str())], read).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Page<Job>, ReadError> {
        let mut list = List::new(queue::COLUMNS, "jobs", ("row", "row"), true);
        list.any_of("state", query.states.iter().map(|state| state.as_str()));
        list.any_of("name", query.kinds.iter().map(String::as_str));
        list.read::<i64, i64, _>(&self.readers, &query.page, queue::read).await
    }

    async fn counts(&self) -> Result<Vec<JobCount>, ReadError> {
        let sql = "SELECT name, state, count(*), min(due_at) FROM jobs GROUP BY state, name";
        let read = |row: &Row| {
            Ok(JobCount {
                kind: get(row, 0)?,
                state: session::parsed(row, 1, JobState::parse)?,
                count: number(row, 2)?,
                first_at: session::time(row, 3)?,
            })
        };
        self.readers.all(sql, &[], read).await
    }

    async fn paused(&self) -> Result<Vec<PausedQueue>, ReadError> {
        self.readers.all(pauses::ALL, &[], pauses::read).await
    }
}

#[async_trait]
impl Upkeep for Postgres {
    async fn sweep(&self) -> Result<Swept, Refused> {
        self.maintain().await
    }
}

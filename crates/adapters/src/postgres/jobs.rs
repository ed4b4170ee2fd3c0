//! The queue of background work, seen from the callers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sutler_app::commit::Refused;
use sutler_app::job::{Attempt, Job, JobState};
use sutler_app::page::Page;
use sutler_app::ports::ReadError;
use sutler_app::ports::jobs::{JobQuery, JobQueue, Lease, LeasedJob};
use sutler_domain::JobId;
use tokio_postgres::Row;

use super::Postgres;
use super::list::List;
use super::queue;
use super::session::{self, get, number, p};
use crate::work::{LeaseRequest, Work};

#[async_trait]
impl JobQueue for Postgres {
    /// Whoever looks in vain does not go through the door: every node looks whenever the log moves.
    async fn lease(
        &self,
        worker: &str,
        limit: u32,
        duration: SignedDuration,
    ) -> Result<Vec<LeasedJob>, Refused> {
        let now = self.clock.now().as_microsecond();
        let sql = "SELECT EXISTS (SELECT 1 FROM jobs WHERE state = 'ready' AND due_at <= $1)
                          OR EXISTS (SELECT 1 FROM jobs WHERE state = 'running' AND due_at <= $1)";
        let is_due: Option<bool> = self
            .readers
            .first(sql, &[p(&now)], |row| get(row, 0))
            .await
            .map_err(|error| Refused::Unavailable(error.to_string()))?;
        if is_due == Some(false) {
            return Ok(Vec::new());
        }
        self.door.ask(Work::Lease, LeaseRequest { worker: worker.to_owned(), limit, duration }).await
    }

    async fn renew(&self, lease: &Lease, duration: SignedDuration) -> Result<(), Refused> {
        self.door.ask(Work::Renew, (lease.clone(), duration)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, ReadError> {
        let sql = "SELECT least((SELECT min(due_at) FROM jobs WHERE state = 'ready'),
                                (SELECT min(due_at) FROM jobs WHERE state = 'running'))";
        let due = self.readers.first(sql, &[], |row| get::<Option<i64>>(row, 0)).await?;
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
        list.equal("name", query.kind.as_deref());
        list.read::<i64, i64, _>(&self.readers, &query.page, queue::read).await
    }

    async fn counts(&self) -> Result<BTreeMap<&'static str, u64>, ReadError> {
        let sql = "SELECT state, count(*) FROM jobs GROUP BY state";
        let read = |row: &Row| Ok((session::parsed(row, 0, JobState::parse)?, number(row, 1)?));
        let found = self.readers.all(sql, &[], read).await?;
        let mut counts: BTreeMap<_, u64> = JobState::ALL.into_iter().map(|s| (s.as_str(), 0)).collect();
        counts.extend(found.into_iter().map(|(state, count)| (state.as_str(), count)));
        Ok(counts)
    }
}

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

use super::Sqlite;
use super::list::List;
use super::queue;
use super::session;
use crate::work::{LeaseRequest, Work};

#[async_trait]
impl JobQueue for Sqlite {
    async fn lease(
        &self,
        worker: &str,
        limit: u32,
        duration: SignedDuration,
    ) -> Result<Vec<LeasedJob>, Refused> {
        self.door.ask(Work::Lease, LeaseRequest { worker: worker.to_owned(), limit, duration }).await
    }

    async fn renew(&self, lease: &Lease, duration: SignedDuration) -> Result<(), Refused> {
        self.door.ask(Work::Renew, (lease.clone(), duration)).await
    }

    async fn next_due(&self) -> Result<Option<Timestamp>, ReadError> {
        let sql = "SELECT min(due_at) FROM (SELECT min(due_at) AS due_at FROM jobs WHERE state = 'ready'
                                            UNION ALL
                                            SELECT min(due_at) FROM jobs WHERE state = 'running')";
        let due = self.readers.read(move |s| s.one(sql, [], |row| row.get::<_, Option<i64>>(0))).await?;
        Ok(due.flatten().map(crate::paging::time))
    }

    async fn job(&self, id: &JobId) -> Result<Option<Job>, ReadError> {
        let id = id.to_string();
        let sql = format!("SELECT {} FROM jobs WHERE job_id = ?1", queue::COLUMNS);
        self.readers.read(move |session| session.one(&sql, [id], queue::read)).await
    }

    async fn attempts(&self, id: &JobId) -> Result<Vec<Attempt>, ReadError> {
        let id = id.to_string();
        let sql = "SELECT attempt, error, at FROM job_attempts WHERE job_id = ?1 ORDER BY row";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Attempt { attempt: row.get(0)?, error: row.get(1)?, at: session::time(row, 2)? })
        };
        self.readers.read(move |session| session.all(sql, [id], read)).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Page<Job>, ReadError> {
        let mut list = List::new(queue::COLUMNS, "jobs", ("row", "''"), true);
        // Jobs that are done are most of them: those are read off the table in order. The others are few, and found.
        let column = if query.states.is_empty() || query.states.contains(&JobState::Done) {
            "+state"
        } else {
            "state"
        };
        list.any_of(column, query.states.iter().map(|state| state.as_str()));
        list.equal("name", query.kind.as_deref());
        list.read::<i64, String, _>(&self.readers, &query.page, queue::read).await
    }

    async fn counts(&self) -> Result<BTreeMap<&'static str, u64>, ReadError> {
        let sql = "SELECT state, count(*) FROM jobs GROUP BY state";
        let read = |row: &rusqlite::Row<'_>| Ok((session::parsed(row, 0, JobState::parse)?, row.get(1)?));
        let found = self.readers.read(move |session| session.all(sql, [], read)).await?;
        let mut counts: BTreeMap<_, u64> = JobState::ALL.into_iter().map(|s| (s.as_str(), 0)).collect();
        counts.extend(found.into_iter().map(|(state, count)| (state.as_str(), count)));
        Ok(counts)
    }
}

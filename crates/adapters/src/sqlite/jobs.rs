//! The queue of background work, seen from the callers.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sutler_app::commit::Refused;
use sutler_app::job::{Attempt, Job, JobState};
use sutler_app::page::Page;
use sutler_app::ports::jobs::{JobCount, JobQuery, JobQueue, Lease, LeasedJob, PausedQueue, Wanted};
use sutler_app::ports::{ReadError, Swept, Upkeep};
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
        wanted: &Wanted,
        duration: SignedDuration,
    ) -> Result<Vec<LeasedJob>, Refused> {
        let request = LeaseRequest { worker: worker.to_owned(), wanted: wanted.clone(), duration };
        self.door.ask(Work::Lease, request).await
    }

    async fn renew(&self, lease: &Lease, duration: SignedDuration) -> Result<(), Refused> {
        self.door.ask(Work::Renew, (lease.clone(), duration)).await
    }

    async fn next_due(&self, wanted: &Wanted) -> Result<Option<Timestamp>, ReadError> {
        let wanted = wanted.clone();
        let due = self.readers.read(move |session| queue::next_due(session, &wanted)).await?;
        Ok(due.map(crate::paging::time))
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
        list.any_of("name", query.kinds.iter().map(String::as_str));
        list.read::<i64, String, _>(&self.readers, &query.page, queue::read).await
    }

    async fn counts(&self) -> Result<Vec<JobCount>, ReadError> {
        let sql = "SELECT name, state, count(*), min(due_at) FROM jobs GROUP BY state, name";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(JobCount {
                kind: row.get(0)?,
                state: session::parsed(row, 1, JobState::parse)?,
                count: row.get(2)?,
                first_at: session::time(row, 3)?,
            })
        };
        self.readers.read(move |session| session.all(sql, [], read)).await
    }

    async fn paused(&self) -> Result<Vec<PausedQueue>, ReadError> {
        let sql = "SELECT queue, since, paused_by FROM paused_queues ORDER BY queue";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(PausedQueue { queue: row.get(0)?, since: session::time(row, 1)?, by: row.get(2)? })
        };
        self.readers.read(move |session| session.all(sql, [], read)).await
    }
}

#[async_trait]
impl Upkeep for Sqlite {
    async fn sweep(&self) -> Result<Swept, Refused> {
        self.maintain().await
    }
}

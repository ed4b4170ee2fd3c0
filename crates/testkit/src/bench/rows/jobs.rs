//! Jobs that wait: how fast they are done once somebody works on them. Each reads its order and finds nothing to pay, so
//! what is measured is the queue: leases, reads, ends.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use rusqlite::Connection;

use super::JOBS_LEFT;
use crate::bench::figures::{Row, per};
use crate::bench::process::{Server, own_cpu};
use crate::bench::stage::{Stage, look, until_none};

/// How long they may take before the row fails.
const PATIENCE: Duration = Duration::from_mins(5);

/// So many copies of the job of an order that nobody pays, all of them due. Both databases understand it.
pub(super) fn copies(jobs: u64) -> String {
    format!(
        "WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {jobs})
         INSERT INTO jobs (job_id, name, kind, subject, state, run_at, due_at, created_at)
         SELECT 'job_bench_' || n, name, kind, subject, 'ready', run_at, run_at, created_at
         FROM series CROSS JOIN (SELECT * FROM jobs WHERE name = 'process_order' LIMIT 1) AS one"
    )
}

/// On SQLite, from the moment that the server is ready.
pub(super) async fn on_sqlite(row: Row, stage: &Stage, jobs: u64) -> Result<Row> {
    let database = stage.filled(1).await?;
    fill(&database, jobs)?;
    let (books, server) = (look(&database)?, stage.serve(&database).await?);
    let begun = Begun::now(&server, books.query_row(JOBS_LEFT, [], |row| row.get(0))?)?;
    until_none(&books, JOBS_LEFT, PATIENCE).await?;
    let row = begun.told(row, &server)?;
    drop(books);
    server.stop().await?;
    Ok(row)
}

pub(super) fn fill(database: &Path, jobs: u64) -> Result<()> {
    Connection::open(database)?.execute(&copies(jobs), [])?;
    Ok(())
}

/// What was left when the measurement began, and what was used by then.
pub(super) struct Begun {
    left: u64,
    cpu: Duration,
    load_cpu: Duration,
    at: Instant,
}

impl Begun {
    pub(super) fn now(server: &Server, left: i64) -> Result<Self> {
        let left = u64::try_from(left)?;
        Ok(Self { left, cpu: server.cpu()?, load_cpu: own_cpu()?, at: Instant::now() })
    }

    /// All of them are done.
    pub(super) fn told(self, row: Row, server: &Server) -> Result<Row> {
        let took = self.at.elapsed();
        let cpu = server.cpu()?.saturating_sub(self.cpu);
        let mut row = row.cost(self.left, cpu, own_cpu()?.saturating_sub(self.load_cpu));
        row.rate = Some(per(self.left, took));
        row.note = format!("{} jobs in {:.1} s", self.left, took.as_secs_f64());
        Ok(row)
    }
}

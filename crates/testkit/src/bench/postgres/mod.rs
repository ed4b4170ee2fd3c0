//! The server of PostgreSQL that references and ours are measured on: one for all rows, started by the bench.
//!
//! Three references stand for what can be had of it: the rows of our order written as peers write them
//! ([`interactive`]), the New-Order transaction of TPC-C as a stored procedure, and the script that comes with pgbench
//! ([`pgbench`]).

pub(super) mod interactive;
pub(super) mod pgbench;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use jiff::SignedDuration;
use tokio_postgres::{Client, NoTls};

use self::interactive::Recorded;
use super::engine::{Engine, an_hour_ago};
use super::process::family_cpu;
use super::requests::{Basket, key, order_body};
use super::stage::PRODUCTS;
use crate::servers::postgres::{Postgres, checked};

/// What the server is told beside what it comes with: that it keeps what it acknowledges, memory for what is hot, and a
/// log that is not checkpointed in the middle of a row.
const SETTINGS: &[(&str, &str)] = &[
    ("fsync", "on"),
    ("synchronous_commit", "on"),
    ("full_page_writes", "on"),
    ("shared_buffers", "512MB"),
    ("max_wal_size", "8GB"),
    ("max_connections", "200"),
];

/// The server, a stocked database to copy, and the rows of an order.
pub(super) struct Primary {
    server: Postgres,
    stocked: String,
    pub(super) recorded: Recorded,
    /// The version, the settings and the place of the server.
    pub(super) about: String,
}

/// What a server did since its start, and what it wrote.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    pub(super) cpu: Duration,
    pub(super) wal_bytes: u64,
}

impl Primary {
    /// Start it, let an engine stock a database, and record what an order writes.
    pub(super) async fn start() -> Result<Self> {
        let server = Postgres::start_with(SETTINGS)?;
        let now = an_hour_ago();
        let stocked = server.database()?;
        let engine = Engine::connect(&server.url(&stocked), now).await?;
        engine.stock(PRODUCTS).await?;
        engine.close().await;
        server.sql(&stocked, "VACUUM (FREEZE, ANALYZE)")?;
        let spoiled = server.copy(&stocked)?;
        let later = now.checked_add(SignedDuration::from_mins(1))?;
        let recorded = record(&server.url(&spoiled), later, PRODUCTS).await?;
        server.sql("postgres", &format!("DROP DATABASE {spoiled} WITH (FORCE)"))?;
        let about = about(&server)?;
        Ok(Self { server, stocked, recorded, about })
    }

    /// A fresh copy of the stocked database.
    pub(super) fn database(&self) -> Result<String> {
        let name = self.server.copy(&self.stocked)?;
        self.settle()?;
        Ok(name)
    }

    /// An empty database.
    pub(super) fn empty(&self) -> Result<String> {
        self.server.database()
    }

    /// Write everything to its place, so that no row pays for the one before it.
    pub(super) fn settle(&self) -> Result<()> {
        self.server.sql("postgres", "CHECKPOINT").map(drop)
    }

    /// Take a database away, so that the disk holds one at a time.
    pub(super) fn forget(&self, database: &str) -> Result<()> {
        self.server.sql("postgres", &format!("DROP DATABASE {database} WITH (FORCE)")).map(drop)
    }

    /// A folder that the server can write to.
    pub(super) fn folder(&self) -> &Path {
        self.server.folder()
    }

    pub(super) fn url(&self, database: &str) -> String {
        self.server.url(database)
    }

    pub(super) fn sql(&self, database: &str, sql: &str) -> Result<String> {
        self.server.sql(database, sql)
    }

    /// A program that connects to it.
    pub(super) fn client(&self, program: &str) -> Command {
        self.server.client(program)
    }

    /// What it has used so far.
    pub(super) fn used(&self) -> Result<Used> {
        let bytes = self.server.sql("postgres", "SELECT pg_current_wal_lsn() - '0/0'")?;
        Ok(Used { cpu: family_cpu(self.server.process()?)?, wal_bytes: bytes.parse()? })
    }
}

impl Used {
    /// What was used between two looks.
    pub(super) const fn since(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            wal_bytes: self.wal_bytes.saturating_sub(before.wal_bytes),
        }
    }
}

/// A connection that is driven until it is dropped.
pub(super) async fn connect(url: &str) -> Result<Client> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // Whoever asks hears of its end.
    tokio::spawn(async move { _ = connection.await });
    Ok(client)
}

/// Let an engine place two orders, and copy what each of them left behind.
pub(super) async fn record(url: &str, now: jiff::Timestamp, products: usize) -> Result<Recorded> {
    let (engine, books) = (Engine::connect(url, now).await?, connect(url).await?);
    let place = async |n: u64| {
        engine.place(&order_body(Basket::Many, 0, products), &key("re", n)).await?;
        engine.work().await
    };
    let recorded = Recorded::of(&books, place).await?;
    engine.close().await;
    Ok(recorded)
}

/// Wait until a question has the answer nought.
pub(super) async fn until_none(books: &Client, sql: &str, patience: Duration) -> Result<()> {
    let begun = Instant::now();
    loop {
        let left: i64 = books.query_one(sql, &[]).await?.get(0);
        if left == 0 {
            return Ok(());
        }
        if begun.elapsed() > patience {
            bail!("after {patience:?} there are still {left}: {sql}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The server in one line: its version, what it was told, and what its files are on.
fn about(server: &Postgres) -> Result<String> {
    let version = server.sql("postgres", "SHOW server_version")?;
    let settings: Vec<String> = SETTINGS.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let on = filesystem(server.folder())?;
    Ok(format!("PostgreSQL {version}, reached through its socket, files on {on}; {}", settings.join(", ")))
}

fn filesystem(folder: &Path) -> Result<String> {
    let output = checked(Command::new("stat").args(["-f", "-c", "%T"]).arg(folder)).context("stat")?;
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

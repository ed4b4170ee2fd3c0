//! Copy a database while a server writes it.
//!
//! The copy is made by SQLite's backup interface from a connection that reads, inside one read transaction. In WAL mode
//! a reader and the writer never wait for each other, so the server goes on; and because the transaction stays open,
//! all pages are of the one moment at which it began, without the fresh start that the interface otherwise makes
//! whenever somebody writes. `VACUUM INTO` gives the same moment, but builds every index anew: several times the
//! work, on the cores that the server needs. What either costs is that the write-ahead log cannot be emptied until
//! the copy is done, so it should be quick.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::error::OpenError;
use super::open;
use crate::erasures::Erasure;

/// Pages copied between two looks at whether to go on: 4 MiB.
const STEP_PAGES: i32 = 1024;

/// How long to wait when the copy is locked by somebody who looks at it.
const LOCKED_WAIT: Duration = Duration::from_millis(10);

/// What was copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// Migrations in it.
    pub schema: i64,
    /// The epoch of its log.
    pub epoch: String,
    /// The position of its last event.
    pub position: u64,
    /// The hash of its last event.
    pub hash: [u8; 32],
    /// Orders in it.
    pub orders: u64,
    /// Whose data it knows as erased.
    pub erasures: Vec<Erasure>,
}

/// Why a database is not copied.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is nothing to copy.
    #[error(
        "there is no database at {}\n  \
         it is made at the first start. Another one:  DATABASE_URL=sqlite:///other.db sutler backup; that of sutler dev:  --dev",
        .0.display()
    )]
    Nothing(PathBuf),
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Its pages contradict each other: a copy of it would be no backup.
    #[error(
        "the database {} is damaged: {reason}\n  \
         no backup was made, and older ones are as they were. Restore the newest good one: sutler restore --help",
        path.display()
    )]
    Damaged {
        /// The database.
        path: PathBuf,
        /// The first contradiction.
        reason: String,
    },
    /// The watch said so.
    #[error("the copy was stopped\n  nothing was left behind")]
    Stopped,
    /// Anything else.
    #[error("cannot copy the database {} ({reason})\n  look at the room on both disks:  df -h", path.display())]
    Broken {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
}

/// Migrations that this binary knows.
pub fn schema_known() -> i64 {
    open::schema_known()
}

/// Copy the database at `path`, as it is at this moment, into the new file `into`, and check the copy. `watch` is told
/// how many pages of how many are copied. The copy needs no files beside it.
pub fn copy(
    path: &Path,
    into: &Path,
    watch: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Copied, BackupError> {
    if std::fs::metadata(path).map_or(true, |file| file.len() == 0) {
        return Err(BackupError::Nothing(path.to_owned()));
    }
    open::recognise(path, true)?;
    let broken =
        |error: rusqlite::Error| BackupError::Broken { path: path.to_owned(), reason: error.to_string() };
    let source = open::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(broken)?;
    let mut target = Connection::open(into).map_err(broken)?;
    // The copy is synced once, as part of the archive; until then it is nobody's backup.
    target.execute_batch("PRAGMA synchronous = OFF").map_err(broken)?;
    source.execute_batch("BEGIN").map_err(broken)?;
    // The first read is what fixes the moment.
    source.query_row("SELECT position FROM head", [], |_| Ok(())).map_err(broken)?;
    let went = pages(&source, &mut target, watch).map_err(broken)?;
    source.execute_batch("COMMIT").map_err(broken)?;
    if went.is_break() {
        return Err(BackupError::Stopped);
    }
    // Without a write-ahead log the copy is whole in one file.
    target.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).map_err(broken)?;
    let reason: String = target.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(broken)?;
    if reason != "ok" {
        return Err(BackupError::Damaged { path: path.to_owned(), reason });
    }
    let copied = describe(&target).map_err(broken)?;
    target.close().map_err(|(_, error)| broken(error))?;
    Ok(copied)
}

fn pages(
    source: &Connection,
    target: &mut Connection,
    watch: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> rusqlite::Result<ControlFlow<()>> {
    let backup = Backup::new(source, target)?;
    loop {
        let step = backup.step(STEP_PAGES)?;
        let progress = backup.progress();
        let total = u64::try_from(progress.pagecount).unwrap_or(0);
        let left = u64::try_from(progress.remaining).unwrap_or(0);
        if watch(total.saturating_sub(left), total).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        match step {
            StepResult::Done => return Ok(ControlFlow::Continue(())),
            StepResult::More => {}
            // Somebody else looks into the copy.
            _ => std::thread::park_timeout(LOCKED_WAIT),
        }
    }
}

fn describe(copy: &Connection) -> rusqlite::Result<Copied> {
    let number = |sql: &str| copy.query_row(sql, [], |row| row.get(0));
    let (epoch, position, hash) = copy.query_row("SELECT epoch, position, hash FROM head", [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })?;
    Ok(Copied {
        schema: copy.query_row("PRAGMA user_version", [], |row| row.get(0))?,
        epoch,
        position,
        hash,
        orders: number("SELECT count(*) FROM orders")?,
        erasures: erasures_in(copy)?,
    })
}

/// Whose data the database at `path` knows as erased.
pub fn erasures(path: &Path) -> Result<Vec<Erasure>, OpenError> {
    open::recognise(path, true)?;
    let read = || erasures_in(&open::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?);
    read().map_err(|error| OpenError::of(path, &error))
}

pub(super) fn erasures_in(connection: &Connection) -> rusqlite::Result<Vec<Erasure>> {
    let mut statement = connection.prepare("SELECT stream, version, at FROM erasures ORDER BY stream")?;
    let read =
        |row: &rusqlite::Row<'_>| Ok(Erasure { stream: row.get(0)?, version: row.get(1)?, at: row.get(2)? });
    statement.query_map([], read)?.collect()
}

//! Open a database: recognise it, lock it, bring its schema up to date, and start the writer.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::time::Duration;

use refinery::{Migration, Runner};
use rusqlite::config::DbConfig;
use rusqlite::ffi::SQLITE_READONLY_ROLLBACK;
use rusqlite::{Connection, OpenFlags};
use sutler_app::admission::genesis;
use sutler_domain::seeded::{Bug, seeded};
use tokio::sync::watch;

use super::checkpoint::Checkpoints;
use super::heads::LogHead;
use super::known::Known;
use super::readers::Readers;
use super::recent::Recent;
use super::session::Session;
use super::writer::{Alarm, Writer, Written};
use super::{Sqlite, error::OpenError, keys, queue, wal};
use crate::door::Door;

/// "SUTL": how a database file says that it is ours.
const APPLICATION_ID: i64 = 0x5355_544C;

/// The migrations that this binary knows, oldest first.
const MIGRATIONS: [(&str, &str); 9] = [
    ("V1__initial", include_str!("../../../../migrations/sqlite/0001_initial.sql")),
    ("V2__bookmarks", include_str!("../../../../migrations/sqlite/0002_bookmarks.sql")),
    ("V3__webhooks", include_str!("../../../../migrations/sqlite/0003_webhooks.sql")),
    ("V4__queues", include_str!("../../../../migrations/sqlite/0004_queues.sql")),
    ("V5__people", include_str!("../../../../migrations/sqlite/0005_people.sql")),
    ("V6__customers", include_str!("../../../../migrations/sqlite/0006_customers.sql")),
    ("V7__imports", include_str!("../../../../migrations/sqlite/0007_imports.sql")),
    ("V8__collections", include_str!("../../../../migrations/sqlite/0008_collections.sql")),
    ("V9__saved_views", include_str!("../../../../migrations/sqlite/0009_saved_views.sql")),
];

/// How long a connection waits for another process.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How a database is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// What every store is told.
    pub store: crate::Options,
    /// Commits of one transaction, at most.
    pub batch_max: usize,
    /// Commits that may wait at the door; more are refused as `Busy`.
    pub queue_max: usize,
    /// Connections that read.
    pub readers: usize,
    /// Whether pending migrations are applied; otherwise they are an error.
    pub migrate: bool,
    /// Pages of 4 KiB that the file may have; `None`: as many as the disk holds.
    pub pages_max: Option<u32>,
    /// Whether the jobs that somebody had a lease of are due at once. Nobody else has the file open, so a process that
    /// runs its jobs itself knows that those workers are no more.
    pub takes_over: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            store: crate::Options::default(),
            batch_max: 256,
            queue_max: 4096,
            readers: 4,
            migrate: true,
            pages_max: None,
            takes_over: false,
        }
    }
}

impl Sqlite {
    /// Open the database at `path`, or make it. Whatever the error, nothing of the file was changed.
    pub fn open(path: impl AsRef<Path>, options: Options) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let broken = |error: rusqlite::Error| OpenError::of(path, &error);
        check_folder(path)?;
        recognise(path, options.migrate)?;
        let lock = lock(path)?;
        // Once more: another server may have migrated it in between.
        recognise(path, options.migrate)?;
        wal::write_again(path).map_err(|error| OpenError::not_writable(path, &error.to_string()))?;

        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)
            .map_err(broken)?;
        configure_writer(&connection).map_err(broken)?;
        if connection.is_readonly("main").map_err(broken)? {
            return Err(OpenError::not_writable(path, "read-only"));
        }
        migrate(path, &mut connection)?;
        if let Some(pages) = options.pages_max {
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(())).map_err(broken)?;
        }
        let statements = Arc::new(AtomicU64::new(0));
        let beside = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(broken)?;
        configure_writer(&beside).map_err(broken)?;
        let wal_pages = watch_wal(&mut connection).map_err(broken)?;
        let session = Session::new(connection, Arc::clone(&statements)).map_err(broken)?;
        let (log, epoch) = begin_log(&session, &options.store).map_err(broken)?;
        let keys = keys::in_use(&session).map_err(broken)?;
        // Whoever died after an erasure may have left the log as it was.
        let erased = session.one("SELECT EXISTS (SELECT 1 FROM erasures)", [], |row| row.get(0));
        let erased = erased.map_err(broken)?.unwrap_or(false);
        if options.takes_over {
            queue::give_back(&session, options.store.clock.now()).map_err(broken)?;
        }

        let no_thread =
            |error: std::io::Error| OpenError::Broken { path: path.to_owned(), reason: error.to_string() };
        let beside = Session::new(beside, Arc::clone(&statements)).map_err(broken)?;
        let checkpoints = Checkpoints::on(beside).map_err(no_thread)?;

        let readers = (0..options.readers.max(1)).map(|_| reader(path, &statements));
        let readers = Arc::new(Readers::new(readers.collect::<Result<_, _>>().map_err(broken)?));
        let recent = Arc::new(Recent::default());
        let (head, head_seen) = watch::channel(log.position);
        let (failed, failed_seen) = watch::channel(None);
        let (door, works) = Door::new(options.queue_max, failed_seen);
        let writer = Writer {
            session,
            log,
            keys,
            options: options.store,
            batch_max: options.batch_max.max(1),
            head,
            known: Known::default(),
            recent: Arc::clone(&recent),
            written: Written::default(),
            is_full: false,
            failed: Alarm(failed),
            wal_pages,
            wal_checkpointed: 0,
            checkpoints,
            erased,
            lock,
        };
        std::thread::Builder::new()
            .name("sutler-writer".to_owned())
            .spawn(move || writer.run(works))
            .map_err(no_thread)?;
        Ok(Self { readers, recent, door, head: head_seen, statements, epoch })
    }
}

/// A connection that reads an existing database of this version, whoever has it open.
pub(super) fn to_read(path: &Path) -> Result<Session, OpenError> {
    check_folder(path)?;
    recognise(path, false)?;
    reader(path, &Arc::new(AtomicU64::new(0))).map_err(|error| OpenError::of(path, &error))
}

fn check_folder(path: &Path) -> Result<(), OpenError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(());
    }
    Err(OpenError::NoFolder { path: path.to_owned(), folder: folder.to_owned() })
}

/// Refuse what is not a database, not ours, or from the future. Reads only.
pub(super) fn recognise(path: &Path, migrate: bool) -> Result<(), OpenError> {
    let known = schema_known();
    let is_empty = std::fs::metadata(path).map_or(true, |file| file.len() == 0);
    let found = if is_empty { 0 } else { schema_of(path)? };
    if found > known {
        return Err(OpenError::Newer { found, known });
    }
    if found < known && !migrate {
        return Err(OpenError::Pending { count: known - found });
    }
    Ok(())
}

/// Migrations that this binary knows.
pub(super) fn schema_known() -> i64 {
    let number = |(name, _): &(&str, &str)| name.strip_prefix('V')?.split('_').next()?.parse().ok();
    MIGRATIONS.last().and_then(number).unwrap_or(i64::MAX)
}

/// How many migrations a file has; 0 for one without any table.
fn schema_of(path: &Path) -> Result<i64, OpenError> {
    let read = || -> rusqlite::Result<(i64, i64, i64)> {
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let number = |sql| connection.query_row(sql, [], |row| row.get(0));
        // A first start that ended in the middle leaves the table in which migrations are counted, and nothing else.
        let tables =
            number("SELECT count(*) FROM sqlite_master WHERE tbl_name <> 'refinery_schema_history'")?;
        Ok((number("PRAGMA application_id")?, number("PRAGMA user_version")?, tables))
    };
    match read() {
        Ok((APPLICATION_ID, schema, _)) => Ok(schema),
        Ok((0, 0, 0)) => Ok(0),
        Ok((application_id, ..)) => Err(OpenError::NotOurs { path: path.to_owned(), application_id }),
        Err(error) if must_be_rolled_back(&error) && was_nothing_before(path) => Ok(0),
        Err(error) => Err(OpenError::of(path, &error)),
    }
}

/// Whether a reader meets the journal of a transaction that was cut off, which only a writer can take back.
fn must_be_rolled_back(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == SQLITE_READONLY_ROLLBACK)
}

/// Whether that transaction was the first of the file: what a first start leaves that ended as it turned the write-ahead log
/// on. The journal's header says at byte 16 how many pages there were before (SQLite, *Database File Format*, 3).
fn was_nothing_before(path: &Path) -> bool {
    let header = || -> std::io::Result<[u8; 20]> {
        let mut header = [0; 20];
        File::open(beside(path, "-journal"))?.read_exact(&mut header)?;
        Ok(header)
    };
    header().is_ok_and(|header| header.ends_with(&[0; 4]))
}

/// The file whose name goes on so, as those of SQLite and ours beside a database do.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

/// Refuse when another process has the database open. Makes nothing, not even the lock.
pub(super) fn look(path: &Path) -> Result<(), OpenError> {
    if beside(path, ".lock").exists() { lock(path).map(drop) } else { Ok(()) }
}

/// Hold `<path>.lock` as long as the file is ours; it tells others our process id.
pub(super) fn lock(path: &Path) -> Result<File, OpenError> {
    let name = beside(path, ".lock");
    let unwritable = |error: std::io::Error| OpenError::not_writable(&name, &error.to_string());
    let mut file = File::options()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&name)
        .map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
            return Err(OpenError::InUse { path: path.to_owned(), pid });
        }
        Err(TryLockError::Error(error)) => return Err(unwritable(error)),
    }
    let write = |file: &mut File| -> std::io::Result<()> {
        file.set_len(0)?;
        file.rewind()?;
        write!(file, "{}", std::process::id())
    };
    write(&mut file).map_err(unwritable)?;
    Ok(file)
}

pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // The writer checkpoints by itself, where a failed sync is seen.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // One plan for each statement: without this, `LIMIT ?` is planned anew whenever another limit is bound to it.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

pub(super) fn configure_writer(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.execute_batch(
        "PRAGMA synchronous = FULL;    -- NORMAL loses acknowledged commits when the power goes
         PRAGMA secure_delete = ON;    -- what was erased is not left in free pages
         PRAGMA foreign_keys = ON;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -16384;   -- KiB",
    )?;
    if seeded(Bug::UnsyncedCommit) { connection.execute_batch("PRAGMA synchronous = OFF") } else { Ok(()) }
}

fn reader(path: &Path, statements: &Arc<AtomicU64>) -> rusqlite::Result<Session> {
    let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection
        .execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096;")?;
    Session::new(connection, Arc::clone(statements))
}

/// Bring a file up to this version. All of it is one transaction, with the rows that tell which migrations were applied:
/// whoever is killed in the middle leaves the file as it was.
pub(super) fn migrate(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let failed =
        |error: refinery::Error| OpenError::Migration { path: path.to_owned(), reason: reason(&error) };
    let migrations = MIGRATIONS.iter().map(|(name, sql)| Migration::unapplied(name, sql));
    let migrations: Vec<Migration> = migrations.collect::<Result<_, _>>().map_err(failed)?;
    Runner::new(&migrations).set_grouped(true).run(connection).map(drop).map_err(failed)
}

/// Why a migration failed, without all of its text.
fn reason(error: &refinery::Error) -> String {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref());
    match cause {
        Some(rusqlite::Error::SqlInputError { msg, .. }) => msg.clone(),
        _ => error.to_string(),
    }
}

/// Count the pages of the write-ahead log; this takes the place of SQLite's automatic checkpoints.
fn watch_wal(connection: &mut Connection) -> rusqlite::Result<Arc<AtomicI32>> {
    let pages = Arc::new(AtomicI32::new(0));
    let counted = Arc::clone(&pages);
    connection.wal_hook(Some(move |_: &mut _, pages| {
        counted.store(pages, Ordering::Relaxed);
        Ok(())
    }))?;
    Ok(pages)
}

/// The end of the log, and its epoch; a fresh log begins here.
fn begin_log(session: &Session, options: &crate::Options) -> rusqlite::Result<(LogHead, String)> {
    session.execute(
        "INSERT OR IGNORE INTO head (one, epoch, first_epoch, position, hash, recorded_at, next_number, keys_since)
         VALUES (1, ?1, ?1, 0, ?2, 0, ?3, ?4)",
        (&options.epoch, genesis(&options.epoch), options.number_start, options.clock.now().as_microsecond()),
    )?;
    let head = LogHead::load(session)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
    let epoch = session.one("SELECT epoch FROM head", [], |row| row.get(0))?;
    Ok((head, epoch.unwrap_or_default()))
}

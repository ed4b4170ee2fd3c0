//! Which files are opened, which are refused, and what the refusal says.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use sutler_adapters::sqlite::{OpenError, Options, Sqlite};
use sutler_app::ports::jobs::Wanted;
use sutler_app::ports::{JobQueue, Store};
use sutler_testkit::builders as some;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn refused(path: &Path) -> OpenError {
    refused_with(path, Options::default())
}

fn refused_with(path: &Path, options: Options) -> OpenError {
    match Sqlite::open(path, options) {
        Ok(_) => unreachable!("{} was opened", path.display()),
        Err(error) => error,
    }
}

/// Each file of a folder with its bytes, but for the lock.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_none_or(|extension| extension != "lock"))
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

/// Opening fails with this text, and no file is other than before.
#[track_caller]
fn refuses_untouched(folder: &Path, path: &Path, options: Options, expected: &str) {
    let before = files(folder);
    let error = refused_with(path, options);
    let text = error.to_string();
    let first = text.lines().next().unwrap();
    assert_eq!(first, expected);
    assert!(text.lines().count() >= 2, "{text}");
    assert!(files(folder) == before, "a refusal changes nothing");
}

async fn made(path: &Path) {
    let sqlite = Sqlite::open(path, Options::default()).unwrap();
    sqlite.commit(some::place(&some::order(1))).await.unwrap();
    sqlite.close().await;
}

#[test]
fn a_folder_that_is_missing_is_named() {
    let folder = folder();
    let path = folder.path().join("none/sutler.db");
    let text = refused(&path).to_string();
    let none = folder.path().join("none");
    assert!(text.starts_with(&format!("the folder {} does not exist\n", none.display())), "{text}");
    assert!(text.ends_with(&format!("mkdir -p {}", none.display())), "{text}");
}

#[test]
fn what_is_not_a_database_is_left_alone() {
    let folder = folder();
    let path = folder.path().join("notes.txt");
    for text in ["short", &"a long text, ".repeat(2000)] {
        std::fs::write(&path, text).unwrap();
        let expected = format!("{} is not a database", path.display());
        refuses_untouched(folder.path(), &path, Options::default(), &expected);
    }
}

#[test]
fn a_database_of_somebody_else_is_left_alone() {
    let folder = folder();
    for (name, setup, id) in [
        ("plain.db", "CREATE TABLE person (name TEXT)", 0),
        ("named.db", "PRAGMA application_id = 77; CREATE TABLE person (name TEXT)", 77),
        ("empty.db", "PRAGMA application_id = 77", 77),
    ] {
        let path = folder.path().join(name);
        Connection::open(&path).unwrap().execute_batch(setup).unwrap();
        let expected =
            format!("{} is an SQLite database, but not one of Sutler (application id {id})", path.display());
        refuses_untouched(folder.path(), &path, Options::default(), &expected);
    }
}

#[tokio::test]
async fn a_newer_database_is_left_alone() {
    let folder = folder();
    let path = folder.path().join("sutler.db");
    made(&path).await;
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 17").unwrap();
    let expected = "the database is newer than this binary (schema 17, binary knows 9)";
    let error = refused(&path);
    assert_eq!(error.to_string().lines().next(), Some(expected));
    assert!(error.to_string().contains("nothing was changed"));
    let version: i64 =
        Connection::open(&path).unwrap().query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 17);
}

#[tokio::test]
async fn migrations_wait_when_told_to() {
    let folder = folder();
    let path = folder.path().join("sutler.db");
    let asked = || Options { migrate: false, ..Options::default() };
    refuses_untouched(folder.path(), &path, asked(), "9 migrations are pending and --no-migrate is set");
    made(&path).await;
    Sqlite::open(&path, asked()).unwrap();
}

#[tokio::test]
async fn one_database_takes_one_server() {
    let folder = folder();
    let path = folder.path().join("sutler.db");
    let first = Sqlite::open(&path, Options::default()).unwrap();
    let error = refused(&path);
    let pid = std::process::id();
    assert_eq!(error, OpenError::InUse { path: path.clone(), pid: Some(pid) });
    let expected = format!("the database {} is already in use by sutler (pid {pid})", path.display());
    assert_eq!(error.to_string().lines().next(), Some(expected.as_str()));
    first.commit(some::place(&some::order(1))).await.unwrap();
    first.close().await;
    let second = Sqlite::open(&path, Options::default()).unwrap();
    second.commit(some::place(&some::order(2))).await.unwrap();
    assert!(first.commit(some::place(&some::order(3))).await.is_err(), "a closed store takes nothing");
}

#[test]
fn a_folder_in_place_of_the_file_cannot_be_written() {
    let folder = folder();
    let text = refused(folder.path()).to_string();
    assert!(text.starts_with("cannot write ") || text.starts_with("cannot open "), "{text}");
}

#[tokio::test]
async fn the_file_is_set_up_to_keep_what_it_was_told() {
    let folder = folder();
    let path = folder.path().join("sutler.db");
    made(&path).await;
    let file = Connection::open(&path).unwrap();
    let read = |sql: &str| -> String {
        file.query_row(sql, [], |row| row.get::<_, rusqlite::types::Value>(0))
            .map(|v| format!("{v:?}"))
            .unwrap()
    };
    assert_eq!(read("PRAGMA journal_mode"), r#"Text("wal")"#);
    assert_eq!(read("PRAGMA application_id"), "Integer(1398101068)");
    assert_eq!(read("PRAGMA user_version"), "Integer(9)");
    assert_eq!(read("PRAGMA integrity_check"), r#"Text("ok")"#);
    let log = folder.path().join("sutler.db-wal");
    assert_eq!(
        std::fs::metadata(log).map_or(0, |file| file.len()),
        0,
        "closing writes the log into the file"
    );
}

#[tokio::test]
async fn a_first_start_that_was_killed_is_begun_again() {
    let folder = folder();
    let path = folder.path().join("sutler.db");
    // What is on the disk between the table in which migrations are counted and the first of them.
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE refinery_schema_history (
                 version INT4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));",
        )
        .unwrap();
    drop(connection);
    made(&path).await;
}

/// The header of a rollback journal over a file that had so many pages.
fn journal_over(pages: u32) -> Vec<u8> {
    let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
    for number in [0, 1, pages, 512, 4096] {
        journal.extend(u32::to_be_bytes(number));
    }
    journal.resize(512, 0);
    journal
}

#[tokio::test]
async fn a_first_start_that_was_killed_before_its_journal_was_removed_is_begun_again() {
    let folder = folder();
    let (path, journal) = (folder.path().join("sutler.db"), folder.path().join("sutler.db-journal"));
    with_a_log(&path);
    std::fs::write(&journal, journal_over(0)).unwrap();
    made(&path).await;
    assert!(!journal.exists(), "what was cut off is taken back");

    // The same over a file in which something was: nothing of it is touched.
    let other = folder.path().join("other.db");
    let journal = folder.path().join("other.db-journal");
    with_a_log(&other);
    std::fs::write(&journal, journal_over(1)).unwrap();
    let before = std::fs::read(&other).unwrap();
    assert!(Sqlite::open(&other, Options::default()).is_err());
    assert_eq!((std::fs::read(&other).unwrap(), std::fs::read(&journal).unwrap()), (before, journal_over(1)));
}

/// A file whose write-ahead log was turned on, and nothing else.
fn with_a_log(path: &std::path::Path) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("PRAGMA journal_mode = WAL").unwrap();
}

#[tokio::test]
async fn a_first_start_that_was_killed_after_any_of_its_commits_is_begun_again() {
    let folder = folder();
    let whole = folder.path().join("whole.db");
    let sqlite = Sqlite::open(&whole, Options::default()).unwrap();
    let (file, log) =
        (std::fs::read(&whole).unwrap(), std::fs::read(folder.path().join("whole.db-wal")).unwrap());
    sqlite.close().await;
    // A frame of the log is a header of 24 bytes, which says at byte 4 how long a commit left the file, and a page
    // (SQLite, *Database File Format*, 4.1).
    let ends: Vec<usize> =
        (32..log.len()).step_by(24 + 4096).filter(|at| log[at + 4..at + 8] != [0; 4]).collect();
    assert!(ends.len() > 2, "a start commits more than once: {ends:?}");
    for (number, end) in ends.into_iter().enumerate() {
        let path = folder.path().join(format!("{number}.db"));
        std::fs::write(&path, &file).unwrap();
        std::fs::write(folder.path().join(format!("{number}.db-wal")), &log[..end + 24 + 4096]).unwrap();
        made(&path).await;
    }
}

#[tokio::test]
async fn the_jobs_of_a_process_that_is_no_more_are_due_at_once() {
    let folder = folder();
    let path = folder.path().join("sutler.db");
    let sqlite = Sqlite::open(&path, Options::default()).unwrap();
    let order = some::order(1);
    sqlite.commit(some::place(&order).then([some::job(1, some::start())])).await.unwrap();
    let hour = jiff::SignedDuration::from_hours(1);
    let first = sqlite.lease("first", &Wanted::any(9), hour).await.unwrap();
    assert_eq!(first.len(), 1);
    assert_eq!(sqlite.lease("second", &Wanted::any(9), hour).await.unwrap(), []);
    sqlite.close().await;

    let sqlite = Sqlite::open(&path, Options { takes_over: true, ..Options::default() }).unwrap();
    let again = sqlite.lease("second", &Wanted::any(9), hour).await.unwrap();
    assert_eq!((again[0].job.job_id.clone(), again[0].job.attempts), (first[0].job.job_id.clone(), 2));
    assert!(again[0].lease.token > first[0].lease.token);
    let attempts = sqlite.attempts(&first[0].job.job_id).await.unwrap();
    assert!(attempts[0].error.contains("'first'"), "{attempts:?}");
}

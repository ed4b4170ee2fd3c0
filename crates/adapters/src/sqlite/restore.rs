//! Make a database of a copy, and put it in the place of another.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use sutler_app::customers::{Contact, Note};
use sutler_app::stream::{StreamId, StreamKind};

use super::error::OpenError;
use super::{backup, open};
use crate::erasures::{self, Erasure};

/// Why a copy does not become the database. Nothing was changed then, but where the text says so.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A server has the place open.
    #[error(
        "the database {} is in use by sutler{}\n  \
         nothing was changed. Stop that server first, then restore again",
        path.display(), pid.map_or(String::new(), |pid| format!(" (pid {pid})"))
    )]
    InUse {
        /// The database.
        path: PathBuf,
        /// The process, when it is known.
        pid: Option<u32>,
    },
    /// There is a database.
    #[error(
        "there is a database at {} already\n  \
         nothing was changed. To put the backup in its place and keep it beside:  --force",
        .0.display()
    )]
    Exists(PathBuf),
    /// What is there, or the copy, cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copy contradicts itself.
    #[error("the database in the backup is damaged: {0}\n  nothing was changed. Take another backup")]
    Damaged(String),
    /// The disk or the system.
    #[error("cannot put the database at {} ({reason})\n  {after}", path.display())]
    Place {
        /// The database.
        path: PathBuf,
        /// What the system said.
        reason: String,
        /// What is there now.
        after: String,
    },
}

/// What became of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewed {
    /// Orders in it.
    pub orders: u64,
    /// The position of its last event.
    pub position: u64,
    /// Versions of contacts and notes whose data was erased after the backup and is erased again.
    pub erased: u64,
}

/// Make the copy at `file` a database of its own: migrated to the schema of this binary, under another epoch, so that
/// every cursor given out before is known as stale, and without the data of those who were erased since. Ends with a
/// check of every page, row and index.
pub fn renew(file: &Path, epoch: &str, forget: &[Erasure]) -> Result<Renewed, RestoreError> {
    open::recognise(file, true)?;
    let broken = |error: rusqlite::Error| RestoreError::Damaged(error.to_string());
    let mut connection = open::connect(file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(broken)?;
    // What is erased is overwritten, not only unlinked; and there is no log from which it could be read.
    connection
        .execute_batch("PRAGMA secure_delete = ON; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
        .map_err(broken)?;
    connection.pragma_update_and_check(None, "journal_mode", "DELETE", |_| Ok(())).map_err(broken)?;
    open::migrate(file, &mut connection)?;
    let renewed = change(&mut connection, epoch, forget).map_err(broken)?;
    let mut statement = connection.prepare("PRAGMA integrity_check(1)").map_err(broken)?;
    let reason: String = statement.query_row([], |row| row.get(0)).map_err(broken)?;
    drop(statement);
    let dangling = connection.query_row("PRAGMA foreign_key_check", [], |row| row.get::<_, String>(0));
    if reason != "ok" {
        return Err(RestoreError::Damaged(reason));
    }
    if let Some(table) = dangling.optional().map_err(broken)? {
        return Err(RestoreError::Damaged(format!("rows of {table} belong to nothing")));
    }
    connection.close().map_err(|(_, error)| broken(error))?;
    Ok(renewed)
}

fn change(connection: &mut Connection, epoch: &str, forget: &[Erasure]) -> rusqlite::Result<Renewed> {
    let work = connection.transaction()?;
    let known = backup::erasures_in(&work)?;
    let mut renewed = Renewed::default();
    let all = erasures::merged([known, forget.to_vec()]);
    for erasure in &all {
        renewed.erased += erase(&work, erasure)?;
        work.prepare_cached("INSERT OR REPLACE INTO erasures (stream, version, at) VALUES (?1, ?2, ?3)")?
            .execute((&erasure.stream, erasure.version, erasure.at))?;
    }
    work.execute("UPDATE head SET epoch = ?1", [epoch])?;
    // Who was signed in then may have been shut out since.
    work.execute("DELETE FROM sessions", [])?;
    renewed.orders = work.query_row("SELECT count(*) FROM orders", [], |row| row.get(0))?;
    renewed.position = work.query_row("SELECT position FROM head", [], |row| row.get(0))?;
    work.commit()?;
    Ok(renewed)
}

/// Blank what a list of erasures names. Gives how many rows said something until now.
fn erase(work: &Connection, erasure: &Erasure) -> rusqlite::Result<u64> {
    let Some(stream) = StreamId::parse(&erasure.stream) else { return Ok(0) };
    let (table, column) = match stream.kind() {
        StreamKind::Contact => ("contacts", "contact_id"),
        StreamKind::Note => ("notes", "note_id"),
        _ => return Ok(0),
    };
    let sql = format!("SELECT version, body FROM {table} WHERE {column} = ?1 AND version <= ?2");
    let rows: Vec<(u64, String)> = work
        .prepare_cached(&sql)?
        .query_map((stream.id(), erasure.version), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut erased = 0;
    for (version, body) in rows {
        let blank = match stream.kind() {
            StreamKind::Contact => blank_contact(work, &body)?,
            _ => blanked(&body, Note::erased),
        };
        if blank.as_ref() == Some(&body) {
            continue;
        }
        // What cannot be read cannot be blanked, and must not come back either.
        let sql = match blank {
            Some(_) => format!("UPDATE {table} SET body = ?3 WHERE {column} = ?1 AND version = ?2"),
            None => format!("DELETE FROM {table} WHERE {column} = ?1 AND version = ?2 AND ?3 IS NULL"),
        };
        work.prepare_cached(&sql)?.execute((stream.id(), version, blank))?;
        erased += 1;
    }
    Ok(erased)
}

fn blanked<T: serde::de::DeserializeOwned + serde::Serialize>(
    body: &str,
    erased: fn(T) -> T,
) -> Option<String> {
    serde_json::to_string(&erased(serde_json::from_str(body).ok()?)).ok()
}

/// The e-mail address of a person is also a name that is taken.
fn blank_contact(work: &Connection, body: &str) -> rusqlite::Result<Option<String>> {
    let contact: Option<Contact> = serde_json::from_str(body).ok();
    if let Some(email) = contact.as_ref().and_then(|contact| contact.email.as_ref()) {
        work.prepare_cached("DELETE FROM claims WHERE kind = 'customer.email' AND value IN (?1, ?2)")?
            .execute((email, email.to_lowercase()))?;
    }
    Ok(contact.and_then(|contact| serde_json::to_string(&contact.erased()).ok()))
}

/// The place of a database, with nobody else in it as long as this value lives.
#[derive(Debug)]
pub struct Place {
    path: PathBuf,
    _lock: File,
}

/// Whether a server has the database at `path` open, without touching anything.
pub fn look(path: &Path) -> Result<(), RestoreError> {
    open::look(path).map_err(in_use)
}

fn in_use(error: OpenError) -> RestoreError {
    match error {
        OpenError::InUse { path, pid } => RestoreError::InUse { path, pid },
        other => RestoreError::Open(other),
    }
}

impl Place {
    /// Take the place of the database at `path`; its folder must be there.
    pub fn take(path: &Path) -> Result<Self, RestoreError> {
        Ok(Self { path: path.to_owned(), _lock: open::lock(path).map_err(in_use)? })
    }

    /// Put the database at `file`, which is on the same disk, into this place. What is there now is kept as `keep`, with
    /// its write-ahead log. At every moment the place holds one of the two whole.
    pub fn put(self, file: &Path, keep: &Path) -> Result<(), RestoreError> {
        let path = &self.path;
        let failed = |after: &str| {
            let (path, after) = (path.clone(), after.to_owned());
            move |error: std::io::Error| RestoreError::Place { path, reason: error.to_string(), after }
        };
        File::open(file).and_then(|file| file.sync_all()).map_err(failed("nothing was changed"))?;
        if path.exists() {
            self.keep(keep).map_err(failed(&format!("what was there is at {}", keep.display())))?;
        }
        fs::rename(file, path).map_err(failed(&format!("what was there is at {}", keep.display())))?;
        sync_folder(path).map_err(failed("it is there, but the folder could not be synced: sync the disk"))
    }

    /// A second name for what is there; the first is taken over by the new database in one step. A write-ahead log
    /// that is not empty would be read into the new one, so it is emptied into the old one first, or moved away with
    /// it when that cannot be.
    fn keep(&self, keep: &Path) -> std::io::Result<()> {
        if emptied(&self.path) && fs::hard_link(&self.path, keep).is_ok() {
            _ = fs::remove_file(open::beside(&self.path, "-wal"));
        } else {
            fs::rename(&self.path, keep)?;
            let log = open::beside(&self.path, "-wal");
            if log.exists() {
                fs::rename(log, open::beside(keep, "-wal"))?;
            }
        }
        _ = fs::remove_file(open::beside(&self.path, "-shm"));
        sync_folder(keep)
    }
}

/// Whether all that is in the write-ahead log could be written into the file.
fn emptied(path: &Path) -> bool {
    let empty = || -> rusqlite::Result<bool> {
        let connection = open::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))?;
        Ok(busy == 0)
    };
    empty().unwrap_or(false)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Elsewhere folders cannot be opened.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

//! Why a database cannot be opened: what failed, the value, the reason, and what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a database cannot be opened. The text has several lines and begins without `error:`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The folder that is to hold it does not exist.
    #[error(
        "the folder {} does not exist\n  \
         it is to hold the database {}\n  \
         make it:  mkdir -p {}",
        folder.display(), path.display(), folder.display()
    )]
    NoFolder {
        /// The database.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// It, or a file beside it, cannot be written.
    #[error(
        "cannot write {} ({reason})\n  \
         the server keeps its orders there and needs to write the file and its folder\n  \
         look at the rights:  ls -ld {}",
        path.display(), path.parent().unwrap_or(Path::new(".")).display()
    )]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Another server has it open.
    #[error(
        "the database {} is already in use by {}\n  \
         one database takes one server; to use that one:  sutler status\n  \
         to start a second one:  DATABASE_URL=sqlite://second.db sutler serve --port 8421",
        path.display(), user(*pid)
    )]
    InUse {
        /// The database.
        path: PathBuf,
        /// The process, when it is known.
        pid: Option<u32>,
    },
    /// It is something else.
    #[error(
        "{} is not a database\n  \
         nothing was changed. Name another file in DATABASE_URL, or restore a backup of this one",
        path.display()
    )]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// It is a database of another program.
    #[error(
        "{} is an SQLite database, but not one of Sutler (application id {application_id})\n  \
         nothing was changed. Name another file in DATABASE_URL; a new one is made where there is none",
        path.display()
    )]
    NotOurs {
        /// The file.
        path: PathBuf,
        /// What its header says; 0: nothing.
        application_id: i64,
    },
    /// A newer version of this program has migrated it.
    #[error(
        "the database is newer than this binary (schema {found}, binary knows {known})\n  \
         nothing was changed. Start the newer sutler again, or restore a backup: sutler restore --help"
    )]
    Newer {
        /// Migrations in it.
        found: i64,
        /// Migrations that this binary knows.
        known: i64,
    },
    /// It has to be migrated, and that was forbidden.
    #[error(
        "{} pending and --no-migrate is set\n  \
         make a backup, then start once without --no-migrate to apply {}",
        migrations(*count), if *count == 1 { "it" } else { "them" }
    )]
    Pending {
        /// How many.
        count: i64,
    },
    /// A migration failed; each is applied whole or not at all.
    #[error(
        "the database {} cannot be migrated: {reason}\n  \
         the migration that failed changed nothing. Restore a backup, or report this with the text above",
        path.display()
    )]
    Migration {
        /// The database.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// Anything else.
    #[error(
        "cannot open the database {} ({reason})\n  \
         nothing was changed. Look at the disk and the file, or restore a backup: sutler restore --help",
        path.display()
    )]
    Broken {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
}

impl OpenError {
    pub(super) fn not_writable(path: &Path, reason: &str) -> Self {
        Self::NotWritable { path: path.to_owned(), reason: reason.to_owned() }
    }

    /// What an error of SQLite means while a database is opened.
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path: path.to_owned() },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::InUse { path: path.to_owned(), pid: None }
            }
            Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::not_writable(path, &error.to_string())
            }
            _ => Self::Broken { path: path.to_owned(), reason: error.to_string() },
        }
    }
}

fn user(pid: Option<u32>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("sutler (pid {pid})"))
}

fn migrations(count: i64) -> String {
    if count == 1 { "1 migration is".to_owned() } else { format!("{count} migrations are") }
}

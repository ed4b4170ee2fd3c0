//! Why an archive is not written, or not taken.

use std::io;

/// Why an archive is not written, or not taken. The text has no `error:` before it and may have several lines; it
/// does not name the file, which the caller knows.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It is something else.
    #[error(
        "it is not a backup of Sutler\n  \
         nothing was changed. A backup is a .tar.zst that begins with manifest.json; sutler backup makes one"
    )]
    NotABackup,
    /// It was a backup once: cut short, or changed on the way.
    #[error(
        "it is damaged: {0}\n  \
         nothing was changed. Take another backup, or copy this one again from where it came"
    )]
    Damaged(String),
    /// A newer program wrote it, in a form that this one does not know.
    #[error(
        "its form is newer than this binary (form {found}, binary knows {known})\n  \
         nothing was changed. Restore it with the sutler that made it, or a newer one"
    )]
    NewerFormat {
        /// Its form.
        found: u32,
        /// The newest form known here.
        known: u32,
    },
    /// A newer program made the database in it.
    #[error(
        "its database is newer than this binary (schema {found}, binary knows {known})\n  \
         nothing was changed. Restore it with sutler \u{2265} {sutler}, or take an older backup"
    )]
    NewerSchema {
        /// Migrations in it.
        found: i64,
        /// Migrations that this binary knows.
        known: i64,
        /// The version that made it.
        sutler: String,
    },
    /// There is a file already.
    #[error(
        "there is a file of that name already\n  \
         nothing was changed. Name another one, or replace it with --force"
    )]
    Exists,
    /// The watch said so.
    #[error("it was stopped\n  nothing was left behind")]
    Stopped,
    /// The disk or the system.
    #[error("{0}\n  look at the room and the rights:  df -h; ls -ld")]
    Io(#[from] io::Error),
}

//! What an error of SQLite means for the writer.

use rusqlite::{Error, ErrorCode, ffi};
use sutler_app::commit::Refused;

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The rows of one commit are not to the database's liking.
    Rejected,
    /// Another process holds the file.
    Busy,
    /// There is no space; it comes back by itself once there is.
    Full,
    /// Reading or syncing failed. What is on the disk is not known: stop, and never sync again.
    Fatal,
    /// Anything else; the next batch may do better.
    Other,
}

impl Trouble {
    pub(super) fn of(error: &Error) -> Self {
        let Error::SqliteFailure(failure, _) = error else { return Self::Rejected };
        match failure.code {
            ErrorCode::DiskFull => Self::Full,
            // The shared memory of the log could not grow.
            ErrorCode::SystemIoFailure if failure.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Self::Full,
            ErrorCode::SystemIoFailure => Self::Fatal,
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::ConstraintViolation
            | ErrorCode::TooBig
            | ErrorCode::TypeMismatch
            | ErrorCode::ParameterOutOfRange
            | ErrorCode::DatabaseCorrupt => Self::Rejected,
            _ => Self::Other,
        }
    }

    /// What whoever waits is told.
    pub(super) fn refused(self, error: &Error) -> Refused {
        Refused::Unavailable(match self {
            Self::Busy => return Refused::Busy,
            Self::Full => {
                "the disk is full: nothing was written. Make space, the store goes on by itself".to_owned()
            }
            Self::Rejected => format!("the database rejected the commit: {error}"),
            Self::Fatal => format!("the disk failed under the database: {error}"),
            Self::Other => format!("the database could not take the commit: {error}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_sync_is_the_end_and_a_full_disk_is_not() {
        let error = |code| Error::SqliteFailure(ffi::Error::new(code), None);
        for (code, trouble) in [
            (ffi::SQLITE_IOERR_FSYNC, Trouble::Fatal),
            (ffi::SQLITE_IOERR_WRITE, Trouble::Fatal),
            (ffi::SQLITE_FULL, Trouble::Full),
            (ffi::SQLITE_IOERR_SHMSIZE, Trouble::Full),
            (ffi::SQLITE_CONSTRAINT_CHECK, Trouble::Rejected),
            (ffi::SQLITE_BUSY, Trouble::Busy),
            (ffi::SQLITE_NOMEM, Trouble::Other),
        ] {
            assert_eq!(Trouble::of(&error(code)), trouble, "{code}");
        }
    }
}

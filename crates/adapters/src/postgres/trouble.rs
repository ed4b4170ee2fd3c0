//! What an error of PostgreSQL means for the writer and for readers.

use std::error::Error as _;

use sutler_app::commit::Refused;
use sutler_app::ports::ReadError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// What went wrong between us and the database.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    /// The database or the connection said so.
    #[error("{}", told(.0))]
    Database(#[from] Error),
    /// A stored value is not what it should be.
    #[error("{0}")]
    Unreadable(String),
    /// What is to be written contradicts what is stored; a fault of the caller.
    #[error("{0}")]
    Impossible(String),
    /// No connection could be had.
    #[error("{0}")]
    Away(String),
    /// It took too long to answer.
    #[error("the database did not answer within {0} s")]
    Silent(u64),
}

pub(super) type Result<T> = std::result::Result<T, Fault>;

/// What to do about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The rows of one commit are not to the database's liking.
    Rejected,
    /// Another node holds the door for too long.
    Busy,
    /// The server's disk is full.
    Full,
    /// The transaction is gone, and with it maybe the connection; another try may do better.
    Again,
    /// Anything else; the next batch may do better.
    Other,
}

impl Trouble {
    pub(super) fn of(fault: &Fault) -> Self {
        let error = match fault {
            Fault::Database(error) => error,
            Fault::Unreadable(_) | Fault::Impossible(_) => return Self::Rejected,
            Fault::Away(_) | Fault::Silent(_) => return Self::Other,
        };
        match error.code() {
            Some(code) => Self::of_code(code),
            // Without a word of the server it is the connection that ended, or a value that could not be sent.
            None if error.is_closed() || is_io(error) => Self::Again,
            None => Self::Rejected,
        }
    }

    fn of_code(code: &SqlState) -> Self {
        match code.code() {
            // Serialization failure, deadlock; shut down by somebody, crashed, starting up or stopping; a standby; the
            // transaction was ended because we were away too long.
            "40001" | "40P01" | "57P01" | "57P02" | "57P03" | "57P05" | "25006" | "25P03" => Self::Again,
            "55P03" | "57014" => Self::Busy,
            "53100" => Self::Full,
            code if code.starts_with("08") => Self::Again,
            // Constraints, data, limits of a statement, and what does not exist.
            code if ["21", "22", "23", "42", "44", "54"].iter().any(|class| code.starts_with(class)) => {
                Self::Rejected
            }
            _ => Self::Other,
        }
    }

    /// What whoever waits is told. Nothing was written.
    pub(super) fn refused(self, fault: &Fault) -> Refused {
        Refused::Unavailable(match self {
            Self::Busy => return Refused::Busy,
            Self::Full => {
                "the disk of the database is full: nothing was written. Make space, the store goes on by itself"
                    .to_owned()
            }
            Self::Rejected => format!("the database rejected the commit: {fault}"),
            Self::Again | Self::Other => format!("the database could not take the commit: {fault}"),
        })
    }
}

/// Whether a COMMIT that ended in this fault is known not to stand. An error of a statement is; an end of the connection
/// is not, whoever ended it.
pub(super) fn is_rolled_back(fault: &Fault) -> bool {
    let Fault::Database(error) = fault else { return false };
    error.code().is_some_and(|code| !code.code().starts_with("57P") && !code.code().starts_with("08"))
}

/// Whether the fault is of a transaction that an earlier statement of it had failed already.
pub(super) fn is_echo(fault: &Fault) -> bool {
    matches!(fault, Fault::Database(error) if error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION))
}

fn is_io(error: &Error) -> bool {
    error.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

/// The error with its cause: the driver's own text is only `db error` or `error connecting to server`.
pub(super) fn told(error: &Error) -> String {
    if let Some(told) = error.as_db_error() {
        let detail = told.detail().map(|detail| format!(". {detail}")).unwrap_or_default();
        return format!("{} ({}){detail}", told.message(), told.code().code());
    }
    error.source().map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

/// What a reader is told.
pub(super) fn read_error(fault: &Fault) -> ReadError {
    let corrupt = match fault {
        Fault::Database(error) => error.code().is_none() && !error.is_closed() && !is_io(error),
        Fault::Unreadable(_) | Fault::Impossible(_) => true,
        Fault::Away(_) | Fault::Silent(_) => false,
    };
    if corrupt { ReadError::Corrupt(fault.to_string()) } else { ReadError::Unavailable(fault.to_string()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_connection_is_tried_again_and_a_broken_rule_is_not() {
        for (code, trouble) in [
            (SqlState::T_R_SERIALIZATION_FAILURE, Trouble::Again),
            (SqlState::T_R_DEADLOCK_DETECTED, Trouble::Again),
            (SqlState::ADMIN_SHUTDOWN, Trouble::Again),
            (SqlState::CRASH_SHUTDOWN, Trouble::Again),
            (SqlState::CANNOT_CONNECT_NOW, Trouble::Again),
            (SqlState::READ_ONLY_SQL_TRANSACTION, Trouble::Again),
            (SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT, Trouble::Again),
            (SqlState::LOCK_NOT_AVAILABLE, Trouble::Busy),
            (SqlState::QUERY_CANCELED, Trouble::Busy),
            (SqlState::DISK_FULL, Trouble::Full),
            (SqlState::UNIQUE_VIOLATION, Trouble::Rejected),
            (SqlState::CHECK_VIOLATION, Trouble::Rejected),
            (SqlState::UNTRANSLATABLE_CHARACTER, Trouble::Rejected),
            (SqlState::TOO_MANY_CONNECTIONS, Trouble::Other),
        ] {
            assert_eq!(Trouble::of_code(&code), trouble, "{code:?}");
        }
    }
}

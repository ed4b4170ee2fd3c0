//! What can go wrong on the way to a server and back.

use std::error::Error as _;

use sutler_types::ProblemBody;

/// Why a call gave no answer of its kind.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The server said no, and why (RFC 9457). Programs look at `code`.
    #[error("{}", .0.detail)]
    Problem(Box<ProblemBody>),
    /// Nobody answered.
    #[error("cannot reach {address} ({reason})")]
    Unreachable {
        /// Where somebody was expected.
        address: String,
        /// What was seen instead.
        reason: String,
    },
    /// The answer did not come in time. Whether a change took effect is not known; under the same idempotency key
    /// it is safe to repeat.
    #[error("{address} did not answer in time")]
    Timeout {
        /// Who was asked.
        address: String,
    },
    /// Something answered that does not speak this API.
    #[error("the server answered {status} without a problem body: {body}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// The beginning of what it said.
        body: String,
    },
    /// The answer is not of the shape that belongs to the call.
    #[error("the server's answer cannot be read: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// The address is none.
    #[error("'{address}' is no web address; write such as http://127.0.0.1:8420")]
    Address {
        /// What was given.
        address: String,
    },
    /// The client could not be made.
    #[error("the HTTP client cannot start: {reason}")]
    Client {
        /// Why.
        reason: String,
    },
}

impl Error {
    pub(crate) fn of_transport(address: &str, error: &reqwest::Error) -> Self {
        let address = address.to_owned();
        if error.is_timeout() && !error.is_connect() {
            return Self::Timeout { address };
        }
        // The innermost cause is the one that people know, such as 'Connection refused'.
        let mut reason = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            reason = inner.to_string();
            cause = inner.source();
        }
        Self::Unreachable { address, reason }
    }

    /// The problem, when the server gave one.
    pub fn problem(&self) -> Option<&ProblemBody> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// The problem's code.
    pub fn code(&self) -> Option<&str> {
        self.problem().map(|problem| problem.code.as_str())
    }
}

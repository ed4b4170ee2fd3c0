//! An error as a person at a terminal reads it: what, the facts, the next step; and what a script reads, the exit code.

use std::fmt::Write;

use serde_json::Value;
use sutler_client::Error;
use sutler_client::types::ProblemBody;

use crate::config::ConfigError;

/// What the process ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Something unexpected.
    Failed = 1,
    /// The command was used wrongly, or not confirmed.
    Usage = 2,
    /// The configuration is not valid.
    Config = 3,
    /// Not authenticated, or not allowed.
    Denied = 4,
    /// There is no such thing.
    NotFound = 5,
    /// Stock, version or transition stand against it.
    Conflict = 6,
    /// A server or what it needs cannot be reached, or did not answer in time.
    Unreachable = 7,
    /// Some of it was done.
    Partly = 8,
    /// A check found a difference.
    Unverified = 9,
    /// Somebody stopped it.
    Interrupted = 130,
}

impl Exit {
    /// The number.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Config => 3,
            Self::Denied => 4,
            Self::NotFound => 5,
            Self::Conflict => 6,
            Self::Unreachable => 7,
            Self::Partly => 8,
            Self::Unverified => 9,
            Self::Interrupted => 130,
        }
    }

    /// What a problem of the API means for a script.
    const fn of_status(status: u16) -> Self {
        match status {
            400 | 405 | 413 | 415 | 428 => Self::Usage,
            401 | 403 => Self::Denied,
            404 | 410 => Self::NotFound,
            402 | 409 | 412 | 422 => Self::Conflict,
            408 | 429 | 502..=504 => Self::Unreachable,
            _ => Self::Failed,
        }
    }
}

/// Why a command ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    /// What failed, the value involved, and why.
    what: String,
    /// Facts and next steps, with or without a label.
    rows: Vec<(String, String)>,
    /// The server's problem document, unchanged.
    problem: Option<Box<ProblemBody>>,
    /// Whether everything was said already.
    silent: bool,
}

impl Failure {
    pub(crate) fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), rows: Vec::new(), problem: None, silent: false }
    }

    /// The command was used wrongly.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new(Exit::Usage, what)
    }

    /// The answer on stdout says it all; only the exit code is left to tell.
    pub(crate) fn told(exit: Exit) -> Self {
        Self { silent: true, ..Self::new(exit, "") }
    }

    /// With a fact.
    #[must_use]
    pub(crate) fn fact(mut self, label: &str, text: impl Into<String>) -> Self {
        self.rows.push((label.to_owned(), text.into()));
        self
    }

    /// With a line that says what to do.
    #[must_use]
    pub(crate) fn next(self, text: impl Into<String>) -> Self {
        self.fact("", text)
    }

    /// For people, in the shape that all errors share. Empty when everything was said already.
    pub(crate) fn render(&self) -> String {
        if self.silent {
            return String::new();
        }
        let mut text = format!("error: {}\n", self.what);
        let width = self.rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        for (label, row) in &self.rows {
            _ = match label.as_str() {
                "" => writeln!(text, "  {row}"),
                label => writeln!(text, "  {label:<width$}  {row}"),
            };
        }
        text
    }

    /// For programs: the problem document unchanged, or one of the same shape.
    pub(crate) fn json(&self) -> Value {
        match &self.problem {
            Some(problem) => serde_json::to_value(problem).unwrap_or_default(),
            None => {
                serde_json::json!({"error": self.what, "detail": self.what, "code": format!("{:?}", self.exit).to_lowercase()})
            }
        }
    }

    pub(crate) const fn is_silent(&self) -> bool {
        self.silent
    }
}

impl From<ProblemBody> for Failure {
    fn from(problem: ProblemBody) -> Self {
        let mut failure = Self::new(Exit::of_status(problem.status), problem.detail.clone());
        // A single fault is the detail already.
        for fault in problem.errors.iter().filter(|fault| fault.detail != problem.detail) {
            failure = failure.fact(&fault.pointer, fault.detail.clone());
        }
        for name in ["current", "allowed", "current_version", "scope"] {
            if let Some(value) = problem.facts.get(name) {
                failure = failure.fact(name, words(value));
            }
        }
        let request = problem.request_id.as_deref().unwrap_or("-");
        failure = failure.fact("request", format!("{request}     problem: {}", problem.code));
        failure.problem = Some(Box::new(problem));
        failure
    }
}

fn words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(words).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Problem(problem) => Self::from(*problem),
            Error::Unreachable { address, reason } => {
                Self::new(Exit::Unreachable, format!("cannot reach sutler at {address} ({reason})"))
                    .next("start one:  sutler dev        another address:  --server URL or SUTLER_URL")
            }
            Error::Timeout { address } => {
                Self::new(Exit::Unreachable, format!("{address} did not answer in time"))
                    .next("whether it took effect is not known; look with:  sutler status")
            }
            Error::Address { .. } => Self::usage(error.to_string()),
            Error::Status { .. } | Error::Malformed { .. } => Self::new(Exit::Failed, error.to_string())
                .next("is this the address of a sutler server?        check:  sutler status"),
            Error::Client { .. } => Self::new(Exit::Failed, error.to_string()),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(ConfigError(faults): ConfigError) -> Self {
        let mut faults = faults.into_iter();
        let Some(first) = faults.next() else {
            return Self::new(Exit::Config, "the configuration is not valid");
        };
        let mut failure = Self::new(Exit::Config, first.what).next(first.next);
        for fault in faults {
            failure = failure.next(format!("also: {}", fault.what)).next(format!("      {}", fault.next));
        }
        failure
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Failed, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_like_every_error_and_keeps_its_document() {
        let body = serde_json::json!({
            "type": "http://h/problems/invalid-transition", "title": "t", "status": 409, "code": "invalid_transition",
            "detail": "cannot cancel #1061: it is already shipped", "error": "x", "instance": "/orders",
            "request_id": "req_1", "retryable": false, "errors": [],
            "current": "shipped", "allowed": ["return", "refund"]
        });
        let problem: ProblemBody = serde_json::from_value(body.clone()).unwrap();
        let failure = Failure::from(problem);
        assert_eq!(failure.exit, Exit::Conflict);
        assert_eq!(
            failure.render(),
            "error: cannot cancel #1061: it is already shipped\n  current  shipped\n  allowed  return, refund\n  request  req_1     problem: invalid_transition\n"
        );
        assert_eq!(failure.json(), body);
    }

    #[test]
    fn statuses_become_the_documented_exit_codes() {
        for (status, exit) in [
            (400, 2),
            (401, 4),
            (403, 4),
            (404, 5),
            (409, 6),
            (412, 6),
            (422, 6),
            (502, 7),
            (503, 7),
            (500, 1),
        ] {
            assert_eq!(Exit::of_status(status).code(), exit, "{status}");
        }
    }
}

//! Read again and decide again when something that was read has moved.

use crate::caller::Caller;
use crate::commit::Refused;
use crate::error::{Kind, Problem};
use crate::ports::ReadError;

/// How often a decision is taken again before the caller is told to come back later.
const RETRIES: u32 = 3;

/// Why a try gave nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The door's word; `Moved` is tried again.
    Refused(Refused),
    /// Anything else; final.
    Told(Box<Problem>),
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Told(Box::new(problem))
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Told(Box::new(error.into()))
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(refused) => refused.into(),
            Failure::Told(problem) => *problem,
        }
    }
}

/// Run a try that reads, decides and commits; once more when what it read has moved, at most three times. A
/// caller who named a version with `If-Match` decides alone what to do about a newer one.
pub(crate) async fn retry_moved<T>(
    caller: &Caller,
    mut attempt: impl AsyncFnMut() -> Result<T, Failure>,
) -> Result<T, Problem> {
    for _ in 0..=RETRIES {
        match attempt().await {
            Err(Failure::Refused(Refused::Moved { .. })) if caller.if_match.is_none() => {}
            other => return other.map_err(Problem::from),
        }
    }
    Err(Problem::new(Kind::Busy, "busy", "many change the same thing at this moment; try again in a second"))
}

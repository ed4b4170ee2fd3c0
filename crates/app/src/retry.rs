//! Read again and decide again when something that was read has moved.

use sutler_domain::Version;

use crate::Room;
use crate::caller::{Answered, Caller};
use crate::commit::{Answer, Commit, IdempotencyKey, Refused};
use crate::error::{Kind, Problem};
use crate::ports::ReadError;

/// How often a decision is taken again before the caller is told to come back later.
const RETRIES: u32 = 3;

/// Why a try gave nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The door's word; `Moved` is tried again.
    Refused(Refused),
    /// Something beside the resource has moved, of which an `If-Match` does not speak; always tried again.
    Again,
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
            Failure::Again => busy(),
            Failure::Told(problem) => *problem,
        }
    }
}

/// From where a try may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// A cache, or what the caller has at hand: the door compares the versions.
    Remembered,
    /// The store itself: what was remembered has moved.
    Stored,
}

/// Run a try that reads, decides and commits; once more when what it read has moved, at most three times, then past
/// every cache. A caller who named a version with `If-Match` decides alone what to do about a newer one.
pub(crate) async fn retry_moved<T, F>(
    caller: &Caller,
    mut attempt: impl FnMut(Read) -> F,
) -> Result<T, Problem>
where
    F: Future<Output = Result<T, Failure>>,
{
    let mut read = Read::Remembered;
    for _ in 0..=RETRIES {
        match attempt(read).await {
            Err(Failure::Again) => {}
            Err(Failure::Refused(Refused::Moved { .. })) if caller.if_match.is_none() => {}
            other => return other.map_err(Problem::from),
        }
        read = Read::Stored;
    }
    Err(busy())
}

fn busy() -> Problem {
    Problem::new(Kind::Busy, "busy", "many change the same thing at this moment; try again in a second")
}

/// With `If-Match`, the version must be the one the caller knows.
pub(crate) fn must_match(caller: &Caller, version: Version) -> Result<(), Problem> {
    match caller.if_match {
        Some(expected) if expected != version => {
            let detail =
                format!("the resource is at version {version}, If-Match asked for {expected}; read it again");
            Err(Problem::new(Kind::Refused, "version_mismatch", detail).fact("current_version", version.0))
        }
        _ => Ok(()),
    }
}

/// A request that fails now may have succeeded before: its key knows. An empty commit under the key asks the
/// door, which alone decides what was first; the problem stands when the key is new.
pub(crate) async fn answered_before(
    room: &Room,
    key: Option<IdempotencyKey>,
    problem: Problem,
) -> Result<Answer, Problem> {
    if key.is_none() || problem.code == "idempotency_key_reused" {
        return Err(problem);
    }
    match room.ports.store.commit(Commit { key, ..Commit::default() }).await {
        Ok(receipt) => receipt.replayed.ok_or(problem),
        // Nobody knows what the key was answered: telling the problem might be telling something else than then.
        Err(refused) => Err(refused.into()),
    }
}

/// What was done; or, where that failed, what the key was answered before, read `as_of` then.
pub(crate) async fn or_as_before<T, F>(
    room: &Room,
    key: Option<IdempotencyKey>,
    done: Result<Answered<T>, Problem>,
    as_of: impl FnOnce(Answer) -> F,
) -> Result<Answered<T>, Problem>
where
    F: Future<Output = Result<T, Problem>>,
{
    let Err(problem) = done else { return done };
    let answer = answered_before(room, key, problem).await?;
    Ok(Answered { value: as_of(answer).await?, replayed: true })
}

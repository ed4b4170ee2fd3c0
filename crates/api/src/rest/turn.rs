//! How many orders are placed at once. More than that would only wait for each other: whoever comes then is sent away
//! before anything is read for it, so that under too much load the server does what it can, as fast as ever.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use sutler_app::{Kind, Problem};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Api, Refusal};

/// Orders that are placed at once.
pub const PLACING_MAX: usize = 256;

/// Places for orders that are placed. Among the arguments of a handler it sends away early, before the body is read;
/// a body that dribbles holds no place.
#[derive(Clone, Debug)]
pub(crate) struct Turns(Arc<Semaphore>);

/// The right to place an order now; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _place: OwnedSemaphorePermit,
}

impl Turns {
    pub(crate) fn new(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }

    /// Whether there is a place at this moment.
    fn look(&self) -> Result<(), Problem> {
        if self.0.available_permits() == 0 { Err(too_many()) } else { Ok(()) }
    }

    /// Take a place.
    pub(crate) fn take(&self) -> Result<Turn, Problem> {
        let place = Arc::clone(&self.0).try_acquire_owned();
        place.map(|place| Turn { _place: place }).map_err(|_| too_many())
    }
}

impl FromRequestParts<Api> for Turns {
    type Rejection = Refusal;

    async fn from_request_parts(_: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        api.turns.look()?;
        Ok(api.turns.clone())
    }
}

fn too_many() -> Problem {
    let detail = "as many orders as can be are being placed at this moment; try again in a second";
    Problem::new(Kind::Busy, "busy", detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_finds_no_place_is_sent_away_until_one_is_given_back() {
        let turns = Turns::new(2);
        let (first, _second) = (turns.take().unwrap(), turns.take().unwrap());
        assert_eq!(turns.look().unwrap_err().code, "busy");
        assert_eq!(turns.take().unwrap_err().code, "busy");
        drop(first);
        assert!(turns.look().is_ok() && turns.take().is_ok());
    }
}

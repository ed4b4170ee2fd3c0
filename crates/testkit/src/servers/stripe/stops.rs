//! Where a call to the hostile Stripe stands still, so that whoever made it can be killed right there.

use parking_lot::Mutex;
use tokio::sync::watch;

/// A moment of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// It arrived, and has no effect yet.
    Arrived,
    /// It took effect, and nobody was told.
    Done,
    /// Its answer was sent.
    Answered,
}

impl Moment {
    /// Every moment.
    pub const ALL: [Self; 3] = [Self::Arrived, Self::Done, Self::Answered];
}

/// The one stop that is planned.
#[derive(Debug)]
pub(super) struct Stops {
    /// How many calls come through before the one that stops, and where that one stops.
    planned: Mutex<Option<(usize, Moment)>>,
    is_standing: watch::Sender<bool>,
}

impl Default for Stops {
    fn default() -> Self {
        Self { planned: Mutex::default(), is_standing: watch::Sender::new(false) }
    }
}

impl Stops {
    pub(super) fn plan(&self, calls_before: usize, moment: Moment) {
        *self.planned.lock() = Some((calls_before, moment));
    }

    /// Forget what is planned; what stands is let go, without an answer.
    pub(super) fn release(&self) {
        *self.planned.lock() = None;
        self.is_standing.send_replace(false);
    }

    /// Wait until a call stands still.
    pub(super) async fn stands(&self) {
        // The sender lives as long as this does.
        _ = self.is_standing.subscribe().wait_for(|stands| *stands).await;
    }

    /// Where the call that has just arrived is to stop, if it is.
    pub(super) fn of_next_call(&self) -> Option<Moment> {
        let mut planned = self.planned.lock();
        let (before, moment) = planned.as_mut()?;
        if *before > 0 {
            *before -= 1;
            return None;
        }
        let moment = *moment;
        *planned = None;
        Some(moment)
    }

    /// Stand still until somebody lets go.
    pub(super) async fn stand(&self) {
        let mut standing = self.is_standing.subscribe();
        self.is_standing.send_replace(true);
        _ = standing.wait_for(|stands| !*stands).await;
    }
}

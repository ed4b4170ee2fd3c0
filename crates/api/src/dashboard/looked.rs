//! What was looked up a moment ago, for whoever opens a page next: what many pages show is not worked out for each.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::home::Figures;
use super::marks::Marks;

/// The last answer to a question, and when it was given.
pub(super) struct Lately<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for Lately<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Clone> Lately<T> {
    /// The answer, if it is younger than this.
    pub(super) fn within(&self, age: Duration) -> Option<T> {
        self.0.lock().as_ref().filter(|(at, _)| at.elapsed() < age).map(|(_, answer)| answer.clone())
    }

    /// The answer of now.
    pub(super) fn keep(&self, answer: T) {
        *self.0.lock() = Some((Instant::now(), answer));
    }
}

/// What the pages of one door looked up.
#[derive(Default)]
pub(crate) struct Looked {
    pub(super) marks: Lately<Marks>,
    pub(super) figures: Lately<Figures>,
}

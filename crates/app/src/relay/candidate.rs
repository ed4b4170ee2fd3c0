//! The relay of a node while it waits for its turn.

use async_trait::async_trait;

use super::bus::{Bus, READER, Told};
use super::term::{Candidate, Work};
use crate::ports::publisher::{BusError, Publisher};
use crate::ports::{Bookmark, ReadError};

/// It may be urgent although there is nothing to carry, until somebody else is seen to have taken the turn.
pub(super) struct Relay<'r> {
    pub(super) bus: &'r Bus,
    pub(super) publisher: &'r dyn Publisher,
    pub(super) is_urgent: bool,
    pub(super) told: &'r mut Told,
    seen: Option<Bookmark>,
}

impl<'r> Relay<'r> {
    pub(super) const fn new(
        bus: &'r Bus,
        publisher: &'r dyn Publisher,
        is_urgent: bool,
        told: &'r mut Told,
    ) -> Self {
        Self { bus, publisher, is_urgent, told, seen: None }
    }
}

#[async_trait]
impl Candidate for Relay<'_> {
    fn reader(&self) -> &'static str {
        READER
    }

    async fn work(&mut self, mark: &Bookmark) -> Result<Work, ReadError> {
        let feed = &self.bus.room.ports.feed;
        let head = *feed.head().borrow();
        let has_work = mark.at.epoch != feed.epoch().await? || mark.at.position < head;
        let is_moved = self.seen.replace(mark.clone()).is_some_and(|seen| seen != *mark);
        self.is_urgent = self.is_urgent && !is_moved;
        Ok(if has_work || self.is_urgent { Work::Now } else { Work::Nothing })
    }

    /// A node that does not reach the bus leaves the turn to those who do.
    async fn is_able(&mut self) -> bool {
        match self.publisher.newest().await {
            Ok(_) | Err(BusError::Moved) => true,
            Err(error) => {
                self.told.trouble(&error);
                false
            }
        }
    }
}

//! Whose turn it is to publish: one node's at a time, without anybody who hands out turns.
//!
//! The node that carries moves the bookmark while there is something to carry. The others look at it: when it stays where
//! it is although there is something to do, one of them moves it first, and has its turn. Every move names the version
//! that was seen, so of several one wins, and who was replaced finds out before it moves anything. No clock of one node is
//! compared with that of another, and while nothing happens nothing is written but a sign of life now and then.

use std::time::Duration;

use futures::future::select;
use jiff::Timestamp;
use sutler_domain::{Position, Version};
use tokio::sync::watch;

use super::bus::{Bus, Pause, READER, Told};
use crate::commit::Refused;
use crate::ports::publisher::{BusError, Publisher};
use crate::ports::{Bookmark, Feed, FeedCursor, ReadError};

/// How long the bookmark must stay where it is, although there is something to carry, before another node takes over.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// The same while there is nothing to carry: then only the bus itself is to be looked after.
pub const PATIENCE_IDLE: Duration = Duration::from_mins(1);
/// How often who carries moves the bookmark, at most and at least.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
/// The same while there is nothing to carry.
pub(crate) const BEAT_IDLE: Duration = Duration::from_secs(20);
/// How often who waits looks at the bookmark.
pub(crate) const LOOK: Duration = Duration::from_millis(500);
/// The same while there is nothing to carry.
const LOOK_IDLE: Duration = Duration::from_secs(5);

/// A turn: it lasts until somebody else moves the bookmark.
pub(super) struct Term {
    /// Of the bookmark, as we left it.
    pub(super) version: Version,
    /// Where we left it.
    pub(super) at: FeedCursor,
    /// When we moved it.
    moved_at: Timestamp,
    /// When we knew last that it is our turn.
    sure_at: Timestamp,
}

impl Term {
    /// Whether so much time passed since the bookmark was moved.
    pub(super) fn is_moved_before(&self, now: Timestamp, span: Duration) -> bool {
        passed(self.moved_at, now, span)
    }

    /// Move the bookmark; it may stay where it is.
    pub(super) async fn move_to(
        &mut self,
        feed: &dyn Feed,
        to: FeedCursor,
        now: Timestamp,
    ) -> Result<(), Pause> {
        match feed.move_bookmark(READER, self.version, &to).await {
            Ok(version) => {
                *self = Self { version, at: to, moved_at: now, sure_at: now };
                Ok(())
            }
            Err(Refused::LeaseLost) => Err(Pause::Replaced),
            // The store took nothing; the next beat asks again.
            Err(Refused::Busy) => Ok(()),
            // It may stand or not, so the version is not known any more.
            Err(refused) => Err(Pause::Store(refused.to_string())),
        }
    }

    /// Make sure that it is still our turn, if that was not known for a while: we may have been stopped meanwhile.
    pub(super) async fn be_sure(&mut self, feed: &dyn Feed, now: Timestamp) -> Result<(), Pause> {
        if passed(self.sure_at, now, BEAT) {
            if feed.bookmark(READER).await?.version != self.version {
                return Err(Pause::Replaced);
            }
            self.sure_at = now;
        }
        Ok(())
    }
}

/// Whether so much time lies between two readings of a clock, which may have been set meanwhile.
pub(crate) fn passed(since: Timestamp, now: Timestamp, span: Duration) -> bool {
    now.duration_since(since).unsigned_abs() >= span
}

impl Bus {
    /// Wait for our turn, and take it. It may be urgent although there is nothing to carry, until somebody else is seen to
    /// have taken it.
    pub(super) async fn turn(&self, publisher: &dyn Publisher, is_urgent: bool, told: &mut Told) -> Term {
        let (feed, clock) = (&*self.room.ports.feed, &*self.room.ports.clock);
        let mut head = feed.head();
        let (mut seen, mut unmoved, mut must_look) = (None, Duration::ZERO, is_urgent);
        loop {
            head.mark_unchanged();
            let Ok((mark, has_work)) = look(feed, &head).await else {
                clock.sleep(LOOK).await;
                continue;
            };
            if seen.as_ref() != Some(&mark) {
                must_look = must_look && seen.is_none();
                (seen, unmoved) = (Some(mark.clone()), Duration::ZERO);
            }
            let is_urgent = has_work || must_look;
            if unmoved >= if is_urgent { PATIENCE } else { PATIENCE_IDLE } {
                unmoved = Duration::ZERO;
                if answers(publisher, told).await
                    && let Some(term) = self.take(&mark).await
                {
                    return term;
                }
            } else if is_urgent {
                clock.sleep(LOOK).await;
                unmoved += LOOK;
            } else if slept(&mut head, clock.sleep(LOOK_IDLE)).await {
                unmoved += LOOK_IDLE;
            }
        }
    }

    async fn take(&self, seen: &Bookmark) -> Option<Term> {
        let now = self.room.ports.clock.now();
        let taken = self.room.ports.feed.move_bookmark(READER, seen.version, &seen.at).await;
        let version = taken.ok()?;
        Some(Term { version, at: seen.at.clone(), moved_at: now, sure_at: now })
    }
}

/// Where the bookmark is, and whether there is anything behind it.
async fn look(feed: &dyn Feed, head: &watch::Receiver<Position>) -> Result<(Bookmark, bool), ReadError> {
    let head = *head.borrow();
    let (epoch, mark) = (feed.epoch().await?, feed.bookmark(READER).await?);
    let has_work = mark.at.epoch != epoch || mark.at.position < head;
    Ok((mark, has_work))
}

/// A node that does not reach the bus leaves the turn to those who do.
async fn answers(publisher: &dyn Publisher, told: &mut Told) -> bool {
    match publisher.newest().await {
        Ok(_) | Err(BusError::Moved) => true,
        Err(error) => {
            told.trouble(&error);
            false
        }
    }
}

/// Sleep, unless the log moves before. Gives whether the sleep came to its end.
pub(super) async fn slept(head: &mut watch::Receiver<Position>, sleep: impl Future<Output = ()>) -> bool {
    let moved = async {
        if head.changed().await.is_err() {
            // The store is closed: nothing moves any more.
            std::future::pending::<()>().await;
        }
    };
    matches!(select(std::pin::pin!(moved), std::pin::pin!(sleep)).await, futures::future::Either::Right(_))
}

//! Whose turn it is to be the post: as with the relay to the bus, one node's at a time, by a bookmark that the others
//! watch. When it stays where it is although there is something to do, one of them moves it first.

use std::time::Duration;

use futures::future::{Either, select};
use jiff::Timestamp;
use sutler_domain::Version;
use tokio::sync::watch;

use super::{Post, READER, stopped};
use crate::ports::{Bookmark, FeedCursor, ReadError};
use crate::relay::{LOOK, PATIENCE, PATIENCE_IDLE, passed};

/// A turn: it lasts until somebody else moves the bookmark.
pub(super) struct Term {
    /// Of the bookmark, as we left it.
    pub(super) version: Version,
    /// Where we left it.
    pub(super) at: FeedCursor,
    /// When we moved it: since then nobody else had.
    pub(super) moved_at: Timestamp,
}

impl Term {
    /// Whether so much time passed since we knew that it is our turn. A clock may have been set back meanwhile.
    pub(super) fn is_older(&self, now: Timestamp, span: Duration) -> bool {
        passed(self.moved_at, now, span)
    }
}

impl Post {
    /// Wait for our turn, and take it; `None` when it is time to stop.
    pub(super) async fn turn(&self, alone: bool, stop: &mut watch::Receiver<bool>) -> Option<Term> {
        let clock = &*self.webhooks.room.ports.clock;
        let (mut seen, mut unmoved) = (None, Duration::ZERO);
        loop {
            if *stop.borrow() {
                return None;
            }
            if let Ok((mark, has_work)) = self.look().await {
                if seen.as_ref() != Some(&mark) {
                    (seen, unmoved) = (Some(mark.clone()), Duration::ZERO);
                }
                // Nobody was ever there, or nobody else can be.
                let is_free = alone || mark.version == Version(0);
                if is_free || unmoved >= if has_work { PATIENCE } else { PATIENCE_IDLE } {
                    unmoved = Duration::ZERO;
                    if let Some(term) = self.take(mark).await {
                        return Some(term);
                    }
                }
            }
            let stopping = std::pin::pin!(stopped(stop));
            match select(stopping, clock.sleep(LOOK)).await {
                Either::Left(_) => return None,
                Either::Right(_) => unmoved += LOOK,
            }
        }
    }

    /// Where the bookmark is, and whether there is anything to do.
    async fn look(&self) -> Result<(Bookmark, bool), ReadError> {
        let ports = &self.webhooks.room.ports;
        let head = *ports.feed.head().borrow();
        let mark = ports.feed.bookmark(READER).await?;
        let now = ports.clock.now();
        let is_due = ports.deliveries.due_times().await?.values().any(|at| *at <= now);
        let has_work = is_due || mark.at.position < head;
        Ok((mark, has_work))
    }

    async fn take(&self, mark: Bookmark) -> Option<Term> {
        let ports = &self.webhooks.room.ports;
        let epoch = ports.feed.epoch().await.ok()?;
        // After a restore the end of the log may lie before the bookmark of a reader that was further.
        let position = mark.at.position.min(*ports.feed.head().borrow());
        let (at, moved_at) = (FeedCursor { epoch, position }, ports.clock.now());
        let version = ports.feed.move_bookmark(READER, mark.version, &at).await.ok()?;
        Some(Term { version, at, moved_at })
    }
}

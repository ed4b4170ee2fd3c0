//! Whose turn it is to do what one node at a time does: carry to the bus, be the post. Nobody hands out turns.
//!
//! The node that works moves the bookmark while there is something to do. The others look at it: when it stays where
//! it is although there is something to do, one of them moves it first, and has its turn. Every move names the version
//! that was seen, so of several one wins, and who was replaced finds out before it moves anything. No clock of one node is
//! compared with that of another, and while nothing happens nothing is written but a sign of life now and then, and looked
//! at every few seconds.

use std::time::Duration;

use async_trait::async_trait;
use futures::future::{Either, select};
use jiff::Timestamp;
use sutler_domain::{Position, Version};
use tokio::sync::watch;

use crate::Room;
use crate::commit::Refused;
use crate::ports::{Bookmark, Feed, FeedCursor, ReadError};

/// How long the bookmark must stay where it is, although there is something to do, before another node takes over.
pub const PATIENCE: Duration = Duration::from_secs(3);
/// The same while there is nothing to do: then only what is there already is to be looked after.
pub const PATIENCE_IDLE: Duration = Duration::from_mins(1);
/// How often who works moves the bookmark, at most and at least.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
/// The same while there is nothing to do.
pub(crate) const BEAT_IDLE: Duration = Duration::from_secs(20);
/// How often who waits looks at the bookmark.
pub(crate) const LOOK: Duration = Duration::from_millis(500);
/// The same while there is nothing to do.
const LOOK_IDLE: Duration = Duration::from_secs(5);

/// A turn: it lasts until somebody else moves the bookmark.
pub(crate) struct Term {
    /// Of the bookmark, as we left it.
    pub(crate) version: Version,
    /// Where we left it.
    pub(crate) at: FeedCursor,
    /// When we moved it.
    moved_at: Timestamp,
    /// When we knew last that it is our turn.
    sure_at: Timestamp,
}

impl Term {
    const fn new(version: Version, at: FeedCursor, now: Timestamp) -> Self {
        Self { version, at, moved_at: now, sure_at: now }
    }

    /// Whether so much time passed since the bookmark was moved.
    pub(crate) fn is_moved_before(&self, now: Timestamp, span: Duration) -> bool {
        passed(self.moved_at, now, span)
    }

    /// A commit of ours moved it.
    pub(crate) fn moved(&mut self, to: Position, now: Timestamp) {
        self.version = self.version.plus(1);
        self.at.position = to;
        (self.moved_at, self.sure_at) = (now, now);
    }

    /// Move the bookmark of a reader; it may stay where it is.
    pub(super) async fn move_to(
        &mut self,
        (feed, reader): (&dyn Feed, &str),
        to: FeedCursor,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let version = feed.move_bookmark(reader, self.version, &to).await?;
        *self = Self::new(version, to, now);
        Ok(())
    }

    /// Whether it is still our turn, if that was not known for a while: we may have been stopped meanwhile.
    pub(super) async fn lasts(
        &mut self,
        (feed, reader): (&dyn Feed, &str),
        now: Timestamp,
    ) -> Result<bool, ReadError> {
        if passed(self.sure_at, now, BEAT) {
            if feed.bookmark(reader).await?.version != self.version {
                return Ok(false);
            }
            self.sure_at = now;
        }
        Ok(true)
    }
}

/// Whether so much time lies between two readings of a clock, which may have been set meanwhile.
pub(super) fn passed(since: Timestamp, now: Timestamp, span: Duration) -> bool {
    now.duration_since(since).unsigned_abs() >= span
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Something, now.
    Now,
    /// Something, from then on.
    From(Timestamp),
    /// Nothing until the log moves.
    Nothing,
}

/// Whoever waits for a turn.
#[async_trait]
pub(crate) trait Candidate: Send + Sync {
    /// The name of the bookmark by which turns are taken.
    fn reader(&self) -> &'static str;

    /// What there is to do, with the bookmark there.
    async fn work(&mut self, mark: &Bookmark) -> Result<Work, ReadError>;

    /// Whether the turn need not be waited for.
    fn is_free(&self, mark: &Bookmark) -> bool {
        let _ = mark;
        false
    }

    /// Whether a turn could be used; whoever cannot leaves it to others.
    async fn is_able(&mut self) -> bool {
        true
    }

    /// Where the bookmark is to be at the begin of the turn.
    async fn place(&self, mark: &Bookmark) -> Result<FeedCursor, ReadError> {
        Ok(mark.at.clone())
    }
}

/// Wait for a turn, and take it.
pub(crate) async fn turn(room: &Room, candidate: &mut dyn Candidate) -> Term {
    let (feed, clock) = (&*room.ports.feed, &*room.ports.clock);
    let mut head = feed.head();
    // For how long it was not moved, and for how long of that there was something to do.
    let (mut seen, mut unmoved, mut undone) = (None, Duration::ZERO, Duration::ZERO);
    loop {
        head.mark_unchanged();
        let Ok((mark, work)) = look(feed, candidate).await else {
            clock.sleep(LOOK).await;
            continue;
        };
        if seen.as_ref() != Some(&mark) {
            (seen, unmoved, undone) = (Some(mark.clone()), Duration::ZERO, Duration::ZERO);
        }
        if candidate.is_free(&mark) || undone >= PATIENCE || unmoved >= PATIENCE_IDLE {
            (unmoved, undone) = (Duration::ZERO, Duration::ZERO);
            if candidate.is_able().await
                && let Some(term) = take(room, candidate, &mark).await
            {
                return term;
            }
        }
        let rest = match work {
            Work::Now => LOOK,
            Work::From(at) => at.duration_since(clock.now()).unsigned_abs().clamp(LOOK, LOOK_IDLE),
            Work::Nothing => LOOK_IDLE,
        };
        if work == Work::Now {
            clock.sleep(rest).await;
            unmoved += rest;
            undone += rest;
        } else if slept(&mut head, clock.sleep(rest)).await {
            unmoved += rest;
            undone = Duration::ZERO;
        }
    }
}

/// Where the bookmark is, and what there is to do.
async fn look(feed: &dyn Feed, candidate: &mut dyn Candidate) -> Result<(Bookmark, Work), ReadError> {
    let mark = feed.bookmark(candidate.reader()).await?;
    let work = candidate.work(&mark).await?;
    Ok((mark, work))
}

async fn take(room: &Room, candidate: &dyn Candidate, seen: &Bookmark) -> Option<Term> {
    let at = candidate.place(seen).await.ok()?;
    let now = room.ports.clock.now();
    let version = room.ports.feed.move_bookmark(candidate.reader(), seen.version, &at).await.ok()?;
    Some(Term::new(version, at, now))
}

/// Sleep, unless the log moves before. Gives whether the sleep came to its end.
pub(super) async fn slept(head: &mut watch::Receiver<Position>, sleep: impl Future<Output = ()>) -> bool {
    let moved = async {
        if head.changed().await.is_err() {
            // The store is closed: nothing moves any more.
            std::future::pending::<()>().await;
        }
    };
    matches!(select(std::pin::pin!(moved), std::pin::pin!(sleep)).await, Either::Right(_))
}

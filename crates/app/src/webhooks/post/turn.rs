//! The post of a node while it waits for its turn, as the relay to the bus does.

use async_trait::async_trait;
use futures::future::{Either, select};
use sutler_domain::Version;
use tokio::sync::watch;

use super::{Post, READER, stopped};
use crate::Room;
use crate::ports::{Bookmark, FeedCursor, ReadError};
use crate::relay::{Candidate, Term, Work, turn};

struct Waiting<'p> {
    room: &'p Room,
    /// Nobody else can have the turn.
    alone: bool,
}

impl Post {
    /// Wait for our turn, and take it; `None` when it is time to stop.
    pub(super) async fn turn(&self, alone: bool, stop: &mut watch::Receiver<bool>) -> Option<Term> {
        let room = &self.webhooks.room;
        let mut waiting = Waiting { room, alone };
        let stopping = std::pin::pin!(stopped(stop));
        match select(stopping, std::pin::pin!(turn(room, &mut waiting))).await {
            Either::Left(_) => None,
            Either::Right((term, _)) => Some(term),
        }
    }
}

#[async_trait]
impl Candidate for Waiting<'_> {
    fn reader(&self) -> &'static str {
        READER
    }

    async fn work(&mut self, mark: &Bookmark) -> Result<Work, ReadError> {
        let ports = &self.room.ports;
        let head = *ports.feed.head().borrow();
        let next = ports.deliveries.due_times().await?.values().min().copied();
        Ok(match next {
            _ if mark.at.position < head => Work::Now,
            Some(at) if at <= ports.clock.now() => Work::Now,
            Some(at) => Work::From(at),
            None => Work::Nothing,
        })
    }

    /// Nobody was ever there, or nobody else can be.
    fn is_free(&self, mark: &Bookmark) -> bool {
        self.alone || mark.version == Version(0)
    }

    /// After a restore the end of the log may lie before the bookmark of a reader that was further.
    async fn place(&self, mark: &Bookmark) -> Result<FeedCursor, ReadError> {
        let feed = &self.room.ports.feed;
        let position = mark.at.position.min(*feed.head().borrow());
        Ok(FeedCursor { epoch: feed.epoch().await?, position })
    }
}

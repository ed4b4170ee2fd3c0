//! What the writer is asked to do.

use jiff::SignedDuration;
use sutler_app::commit::{Receipt, Refused};
use sutler_app::ports::jobs::{Lease, LeasedJob, Wanted};
use sutler_app::ports::{FeedCursor, Swept};
use sutler_domain::{Position, Version};
use tokio::sync::oneshot;

use crate::rows::Prepared;

/// A question to the writer, with the way back.
pub(crate) struct Ask<Q, A> {
    pub(crate) question: Q,
    pub(crate) answer: Option<Answer<A>>,
    reply: oneshot::Sender<Answer<A>>,
}

type Answer<A> = std::result::Result<A, Refused>;

/// Everything that changes the file.
pub(crate) enum Work {
    Commit(Ask<Box<Prepared>, Receipt>),
    Lease(Ask<LeaseRequest, Vec<LeasedJob>>),
    Renew(Ask<(Lease, SignedDuration), ()>),
    MoveCursor(Ask<(String, Position), ()>),
    MoveBookmark(Ask<BookmarkMove, Version>),
    Sweep(Ask<(), Swept>),
    Close(oneshot::Sender<()>),
}

/// Who wants which jobs for how long.
pub(crate) struct LeaseRequest {
    pub(crate) worker: String,
    pub(crate) wanted: Wanted,
    pub(crate) duration: SignedDuration,
}

/// Which bookmark is to be moved, at which version it was seen, and where to.
pub(crate) struct BookmarkMove {
    pub(crate) name: String,
    pub(crate) seen: Version,
    pub(crate) to: FeedCursor,
}

impl<Q, A> Ask<Q, A> {
    pub(crate) fn new(question: Q) -> (Self, oneshot::Receiver<Answer<A>>) {
        let (reply, receiver) = oneshot::channel();
        (Self { question, answer: None, reply }, receiver)
    }

    /// Send the answer; whoever asked may have gone.
    fn send(self) {
        if let Some(answer) = self.answer {
            self.reply.send(answer).ok();
        }
    }
}

impl Work {
    pub(crate) fn refuse(&mut self, refused: Refused) {
        match self {
            Self::Commit(ask) => ask.answer = Some(Err(refused)),
            Self::Lease(ask) => ask.answer = Some(Err(refused)),
            Self::Renew(ask) => ask.answer = Some(Err(refused)),
            Self::MoveCursor(ask) => ask.answer = Some(Err(refused)),
            Self::MoveBookmark(ask) => ask.answer = Some(Err(refused)),
            Self::Sweep(ask) => ask.answer = Some(Err(refused)),
            Self::Close(_) => {}
        }
    }

    /// Send the answer, or give back who waits for the end.
    pub(crate) fn send(self) -> Option<oneshot::Sender<()>> {
        match self {
            Self::Commit(ask) => ask.send(),
            Self::Lease(ask) => ask.send(),
            Self::Renew(ask) => ask.send(),
            Self::MoveCursor(ask) => ask.send(),
            Self::MoveBookmark(ask) => ask.send(),
            Self::Sweep(ask) => ask.send(),
            Self::Close(reply) => return Some(reply),
        }
        None
    }
}

//! The callers' side of a store's one door: work goes in, the writer's word comes back.

use sutler_app::commit::Refused;
use tokio::sync::{mpsc, oneshot, watch};

use crate::work::{Ask, Work};

/// The way to a writer. Bounded: who finds it full is told to come again.
pub(crate) struct Door {
    works: mpsc::Sender<Work>,
    failed: watch::Receiver<Option<String>>,
}

impl Door {
    /// A door before which so many may wait, and the writer's end of it. `failed` says why the writer stopped, once it
    /// did.
    pub(crate) fn new(
        queue_max: usize,
        failed: watch::Receiver<Option<String>>,
    ) -> (Self, mpsc::Receiver<Work>) {
        let (works, taken) = mpsc::channel(queue_max.max(1));
        (Self { works, failed }, taken)
    }

    /// Why the writer stopped, once it did.
    pub(crate) fn failed(&self) -> watch::Receiver<Option<String>> {
        self.failed.clone()
    }

    /// Hand work to the writer and wait for its word.
    pub(crate) async fn ask<Q, A>(
        &self,
        work: impl FnOnce(Ask<Q, A>) -> Work,
        question: Q,
    ) -> Result<A, Refused> {
        let (ask, answer) = Ask::new(question);
        self.works.try_send(work(ask)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Refused::Busy,
            mpsc::error::TrySendError::Closed(_) => self.stopped(),
        })?;
        answer.await.unwrap_or_else(|_| Err(self.stopped()))
    }

    /// Wait until the writer has finished what waits and is through.
    pub(crate) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.works.send(Work::Close(reply)).await.is_ok() {
            // The writer drops the sender when it is through, also when it stopped by itself.
            closed.await.unwrap_or_default();
        }
    }

    fn stopped(&self) -> Refused {
        let reason = self.failed.borrow().clone();
        Refused::Unavailable(reason.unwrap_or_else(|| "the database is closed".to_owned()))
    }
}

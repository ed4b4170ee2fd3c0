//! Work that dies in the middle.

use std::pin::Pin;
use std::task::{Context, Poll};

/// A future that is dropped after so many steps, as the work of a process that is killed is. It ends with `None` then.
pub struct Dying<F> {
    work: Option<Pin<Box<F>>>,
    steps_left: Option<u32>,
}

impl<F: Future> Dying<F> {
    /// Die when it would be polled for the `steps + 1`-th time; `None`: live.
    pub fn after(steps: Option<u32>, work: F) -> Self {
        Self { work: Some(Box::pin(work)), steps_left: steps }
    }
}

impl<F: Future> Future for Dying<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.steps_left {
            Some(0) => {
                self.work = None;
                return Poll::Ready(None);
            }
            Some(steps) => *steps -= 1,
            None => {}
        }
        match &mut self.work {
            Some(work) => work.as_mut().poll(context).map(Some),
            None => Poll::Ready(None),
        }
    }
}

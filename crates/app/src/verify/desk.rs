//! Two threads for one moment of a store: one has it and reads, the other looks at what was read. A moment belongs to the
//! thread of its transaction, so the one that looks hands in what it wants to read next and goes on with what it has.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, Builder};

use crate::ports::ReadError;
use crate::ports::audit::Moment;

/// Something to be read.
type Ask = Box<dyn FnOnce(&dyn Moment) + Send>;

/// Where reads are handed in; they are done in order.
pub(super) struct Desk(Sender<Ask>);

/// A read that was handed in.
pub(super) struct Slip<T>(Receiver<Result<T, ReadError>>);

impl Desk {
    /// Hand in a read.
    pub(super) fn ask<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Moment) -> Result<T, ReadError> + Send + 'static,
    ) -> Slip<T> {
        let (tell, told) = mpsc::channel();
        // Who hands a read in and does not wait for it misses nothing, and a desk that is closed answers by its silence.
        _ = self.0.send(Box::new(move |moment| drop(tell.send(read(moment)))));
        Slip(told)
    }
}

impl<T> Slip<T> {
    /// Wait for what was read.
    pub(super) fn read(self) -> Result<T, ReadError> {
        let closed = || ReadError::Unavailable("the visit ended before its end".to_owned());
        self.0.recv().unwrap_or_else(|_| Err(closed()))
    }
}

/// Look at a moment from a thread of its own, while this one reads what it asks for.
pub(super) fn beside<T: Send>(
    moment: &dyn Moment,
    look: impl FnOnce(&Desk) -> Result<T, ReadError> + Send,
) -> Result<T, ReadError> {
    let (asks, asked) = mpsc::channel::<Ask>();
    thread::scope(|scope| {
        let looking = Builder::new().name("verify".to_owned()).spawn_scoped(scope, move || look(&Desk(asks)));
        let looking = looking.map_err(|error| ReadError::Unavailable(error.to_string()))?;
        for ask in asked {
            ask(moment);
        }
        looking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

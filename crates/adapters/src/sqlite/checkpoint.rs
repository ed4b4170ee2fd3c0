//! Checkpoints beside the writer: most of the log is written into the file by a thread of its own, while the writer goes
//! on. What came meanwhile the writer adds itself, which takes it a fraction of the time; then everything is in the
//! file, and the log begins anew.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

use parking_lot::Mutex;
use rusqlite::{Error, Result};

use super::session::Session;

/// Writes as much of the log into the file as can be without waiting for anybody.
pub(super) const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";

/// Write all of the log into the file and cut the log off, unless a reader needs it now. Gives whether it was.
pub(super) fn cut_off(session: &Session) -> Result<bool> {
    session.one("PRAGMA busy_timeout = 0", [], |_| Ok(()))?;
    let busy = session.one("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    let wait_ms = super::open::BUSY_TIMEOUT.as_millis();
    session.one(&format!("PRAGMA busy_timeout = {wait_ms}"), [], |_| Ok(()))?;
    Ok(busy? == Some(0))
}

/// The thread and what became of its work.
pub(super) struct Checkpoints {
    ask: Option<SyncSender<()>>,
    stage: Arc<Mutex<Stage>>,
    thread: Option<JoinHandle<()>>,
}

/// Where the thread is.
#[derive(Default)]
pub(super) enum Stage {
    /// Nothing was asked of it, or all was told.
    #[default]
    Idle,
    UnderWay,
    Ended(Result<()>),
}

impl Checkpoints {
    /// A thread with a connection of its own.
    pub(super) fn on(session: Session) -> std::io::Result<Self> {
        let stage: Arc<Mutex<Stage>> = Arc::default();
        let (ask, asked) = sync_channel(1);
        let told = Arc::clone(&stage);
        let run = move || run(&session, &asked, &told);
        let thread = Builder::new().name("sutler-checkpoint".to_owned()).spawn(run)?;
        Ok(Self { ask: Some(ask), stage, thread: Some(thread) })
    }

    /// Begin one. To be called when none is under way.
    pub(super) fn begin(&self) {
        *self.stage.lock() = Stage::UnderWay;
        let is_asked = self.ask.as_ref().is_some_and(|ask| ask.try_send(()).is_ok());
        if !is_asked {
            // A thread that is gone has panicked: the writer does what it would have done.
            *self.stage.lock() = Stage::Ended(Ok(()));
        }
    }

    /// Where it is; an end is told once.
    pub(super) fn look(&self) -> Stage {
        let mut stage = self.stage.lock();
        if matches!(*stage, Stage::UnderWay) { Stage::UnderWay } else { std::mem::take(&mut *stage) }
    }

    /// Wait for what is under way, and close the connection. Gives how the last one ended, if nobody looked.
    pub(super) fn close(&mut self) -> Result<()> {
        self.ask = None;
        // A panic of the thread was told by the panic hook.
        _ = self.thread.take().map(JoinHandle::join);
        match std::mem::take(&mut *self.stage.lock()) {
            Stage::Ended(end) => end,
            Stage::Idle | Stage::UnderWay => Ok(()),
        }
    }
}

fn run(session: &Session, asked: &Receiver<()>, stage: &Mutex<Stage>) {
    while asked.recv().is_ok() {
        let end: std::result::Result<_, Error> = session.one(PASSIVE, [], |_| Ok(()));
        *stage.lock() = Stage::Ended(end.map(drop));
    }
}

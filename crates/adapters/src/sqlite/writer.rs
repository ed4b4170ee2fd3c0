//! The writer: one thread, one connection, one transaction for everybody who waited.
//!
//! No timer makes batches: a batch is whoever came while the last one was being synced. Nobody is answered before the
//! sync.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Result;
use sutler_app::admission::{self, Admitted};
use sutler_app::commit::{Receipt, Refused};
use sutler_app::ports::jobs::{Lease, LeasedJob};
use sutler_domain::Position;
use tokio::sync::{mpsc, oneshot, watch};

use super::heads::{self, LogHead};
use super::keys::{self, Table};
use super::rows::Prepared;
use super::session::Session;
use super::trouble::Trouble;
use super::{queue, write};
use crate::{Options, Swept};

/// Pages of the write-ahead log after which it is written into the file: 16 MiB.
const CHECKPOINT_PAGES: i32 = 4096;

/// A question to the writer, with the way back.
pub(super) struct Ask<Q, A> {
    question: Q,
    answer: Option<Answer<A>>,
    reply: oneshot::Sender<Answer<A>>,
}

type Answer<A> = std::result::Result<A, Refused>;

/// Everything that changes the file.
pub(super) enum Work {
    Commit(Ask<Box<Prepared>, Receipt>),
    Lease(Ask<LeaseRequest, Vec<LeasedJob>>),
    Renew(Ask<(Lease, SignedDuration), ()>),
    MoveCursor(Ask<(String, Position), ()>),
    Sweep(Ask<(), Swept>),
    Close(oneshot::Sender<()>),
}

/// Who wants how many jobs for how long.
pub(super) struct LeaseRequest {
    pub(super) worker: String,
    pub(super) limit: u32,
    pub(super) duration: SignedDuration,
}

/// The writer's thread owns all of this.
pub(super) struct Writer {
    pub(super) session: Session,
    pub(super) log: LogHead,
    pub(super) keys: Table,
    pub(super) options: Options,
    pub(super) batch_max: usize,
    pub(super) head: watch::Sender<Position>,
    /// Whether this batch wrote a commit, of which readers of the head are told.
    pub(super) wrote: bool,
    pub(super) failed: Alarm,
    /// Pages in the write-ahead log after the last commit, and at the last checkpoint.
    pub(super) wal_pages: Arc<AtomicI32>,
    pub(super) wal_checkpointed: i32,
    /// Held while the file is ours.
    pub(super) lock: std::fs::File,
}

/// Tells the process that the writer is no more; also when it panics.
pub(super) struct Alarm(pub(super) watch::Sender<Option<String>>);

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.send_replace(Some("the writer of the database panicked".to_owned()));
        }
    }
}

impl<Q, A> Ask<Q, A> {
    pub(super) fn new(question: Q) -> (Self, oneshot::Receiver<Answer<A>>) {
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
    fn refuse(&mut self, refused: Refused) {
        match self {
            Self::Commit(ask) => ask.answer = Some(Err(refused)),
            Self::Lease(ask) => ask.answer = Some(Err(refused)),
            Self::Renew(ask) => ask.answer = Some(Err(refused)),
            Self::MoveCursor(ask) => ask.answer = Some(Err(refused)),
            Self::Sweep(ask) => ask.answer = Some(Err(refused)),
            Self::Close(_) => {}
        }
    }

    /// Send the answer, or give back who waits for the end.
    fn send(self) -> Option<oneshot::Sender<()>> {
        match self {
            Self::Commit(ask) => ask.send(),
            Self::Lease(ask) => ask.send(),
            Self::Renew(ask) => ask.send(),
            Self::MoveCursor(ask) => ask.send(),
            Self::Sweep(ask) => ask.send(),
            Self::Close(reply) => return Some(reply),
        }
        None
    }
}

impl Writer {
    /// Take batch after batch until the store is closed or the disk fails.
    pub(super) fn run(mut self, mut door: mpsc::Receiver<Work>) {
        let (mut batch, mut waiting) = (Vec::with_capacity(self.batch_max), Vec::new());
        while door.blocking_recv_many(&mut batch, self.batch_max) > 0 {
            let flow = self.take(&mut batch);
            waiting.extend(batch.drain(..).filter_map(Work::send));
            if !waiting.is_empty() {
                door.close();
            }
            let flow = if flow.is_continue() { self.checkpoint_if_long() } else { flow };
            if flow.is_break() {
                // Nothing more is written, not even by closing: what is on the disk is known only after a restart.
                return;
            }
        }
        if self.checkpoint("PRAGMA wal_checkpoint(TRUNCATE)").is_break() {
            return;
        }
        let Self { session, lock, .. } = self;
        drop(session);
        drop(lock);
        drop(waiting);
    }

    fn take(&mut self, batch: &mut [Work]) -> ControlFlow<()> {
        let before = (self.log.clone(), self.keys);
        let mut result = self.all_at_once(batch);
        if result.as_ref().is_err_and(|error| Trouble::of(error) == Trouble::Rejected) {
            self.roll_back(&before);
            result = self.one_by_one(batch);
        }
        let Err(error) = result else {
            if std::mem::take(&mut self.wrote) {
                self.head.send_replace(self.log.position);
            }
            return ControlFlow::Continue(());
        };
        self.wrote = false;
        self.roll_back(&before);
        let trouble = Trouble::of(&error);
        let refused = trouble.refused(&error);
        tracing::error!(%error, ?trouble, works = batch.len(), "store_batch_failed");
        for work in batch {
            work.refuse(refused.clone());
        }
        if trouble == Trouble::Fatal || self.session.is_in_transaction() {
            self.fail(&error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    fn fail(&self, error: &rusqlite::Error) {
        self.failed.0.send_replace(Some(format!("the disk failed under the database: {error}")));
    }

    fn roll_back(&mut self, (log, keys): &(LogHead, Table)) {
        if self.session.is_in_transaction()
            && let Err(error) = self.session.execute("ROLLBACK", [])
        {
            tracing::error!(%error, "store_rollback_failed");
        }
        (self.log, self.keys) = (log.clone(), *keys);
    }

    fn all_at_once(&mut self, batch: &mut [Work]) -> Result<()> {
        self.session.execute("BEGIN IMMEDIATE", [])?;
        self.process(batch)?;
        self.session.execute("COMMIT", []).map(drop)
    }

    /// The database rejected a batch: each has a savepoint of its own, so that a poisoned one hurts itself only.
    fn one_by_one(&mut self, batch: &mut [Work]) -> Result<()> {
        self.session.execute("BEGIN IMMEDIATE", [])?;
        for work in batch.iter_mut() {
            let before = (self.log.clone(), self.keys);
            self.session.execute("SAVEPOINT one", [])?;
            match self.process(std::slice::from_mut(work)) {
                Err(error) if Trouble::of(&error) == Trouble::Rejected => {
                    self.session.execute("ROLLBACK TO one", [])?;
                    (self.log, self.keys) = before;
                    tracing::error!(%error, "store_commit_rejected");
                    work.refuse(Trouble::Rejected.refused(&error));
                }
                other => other?,
            }
            self.session.execute("RELEASE one", [])?;
        }
        self.session.execute("COMMIT", []).map(drop)
    }

    /// The commits first, in order, then leases and the rest, which see what the commits did to jobs. All of them
    /// came at the same time, so any order among them is a fair one.
    fn process(&mut self, batch: &mut [Work]) -> Result<()> {
        let now = self.options.clock.now();
        self.commit_all(batch, now)?;
        for work in batch.iter_mut() {
            match work {
                Work::Lease(ask) => {
                    let LeaseRequest { worker, limit, duration } = &ask.question;
                    let until = later(now, *duration);
                    ask.answer = Some(Ok(queue::lease(&self.session, worker, *limit, now, until)?));
                }
                Work::Renew(ask) => {
                    let (lease, duration) = &ask.question;
                    ask.answer = Some(queue::renew(&self.session, lease, later(now, *duration))?);
                }
                Work::MoveCursor(ask) => {
                    let (name, position) = &ask.question;
                    let sql = "INSERT OR REPLACE INTO cursors (name, position) VALUES (?1, ?2)";
                    self.session.execute(sql, (name, position.0))?;
                    ask.answer = Some(Ok(()));
                }
                Work::Sweep(ask) => ask.answer = Some(Ok(self.sweep(now)?)),
                Work::Commit(_) | Work::Close(_) => {}
            }
        }
        Ok(())
    }

    /// Load what the commits touch, admit them in order, write what was taken.
    fn commit_all(&mut self, batch: &mut [Work], now: Timestamp) -> Result<()> {
        let commits = batch.iter().filter_map(|work| match work {
            Work::Commit(ask) => Some(&ask.question.commit),
            _ => None,
        });
        let mut heads = heads::load(&self.session, &self.log, now, self.options.key_ttl, commits)?;
        let mut taken: Vec<(&Prepared, Admitted)> = Vec::with_capacity(batch.len());
        for work in batch {
            let Work::Commit(Ask { question, answer, .. }) = work else { continue };
            match admission::admit(&mut heads, &question.commit) {
                Ok(admitted) => {
                    *answer = Some(Ok(admitted.receipt.clone()));
                    if admitted.receipt.replayed.is_none() {
                        taken.push((question, admitted));
                    }
                }
                Err(refused) => *answer = Some(Err(refused)),
            }
        }
        if !taken.is_empty() {
            let taken: Vec<write::Taken<'_>> = taken.iter().map(|(p, a)| (*p, a)).collect();
            write::batch(&self.session, &taken, self.keys)?;
            self.wrote = true;
            self.log = LogHead::of(&heads);
            self.log.save(&self.session)?;
        }
        Ok(())
    }

    fn sweep(&mut self, now: Timestamp) -> Result<Swept> {
        let times = (now, self.log.recorded_at);
        let (table, keys) = keys::sweep(&self.session, self.keys, times, self.options.key_ttl)?;
        self.keys = table;
        let jobs = queue::sweep(&self.session, now, self.options.ended_job_ttl)?;
        let count = |rows| u64::try_from(rows).unwrap_or(u64::MAX);
        Ok(Swept { keys: count(keys), jobs: count(jobs) })
    }

    fn checkpoint_if_long(&mut self) -> ControlFlow<()> {
        let pages = self.wal_pages.load(Ordering::Relaxed);
        if pages < self.wal_checkpointed {
            // Everything was in the file, so the log began anew.
            self.wal_checkpointed = 0;
        }
        if pages.saturating_sub(self.wal_checkpointed) < CHECKPOINT_PAGES {
            return ControlFlow::Continue(());
        }
        self.wal_checkpointed = pages;
        // Passive: never waits for a reader. What a reader keeps back is written the next time.
        self.checkpoint("PRAGMA wal_checkpoint(PASSIVE)")
    }

    /// Write the log into the file. SQLite's own checkpoints would swallow a failed sync, so they are off.
    fn checkpoint(&self, how: &str) -> ControlFlow<()> {
        let Err(error) = self.session.one(how, [], |_| Ok(())) else { return ControlFlow::Continue(()) };
        tracing::error!(%error, "store_checkpoint_failed");
        if Trouble::of(&error) == Trouble::Fatal {
            self.fail(&error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }
}

fn later(now: Timestamp, duration: SignedDuration) -> Timestamp {
    now.checked_add(duration).unwrap_or(Timestamp::MAX)
}

//! The writer: one thread, one connection, one transaction for everybody who waited.
//!
//! No timer makes batches: a batch is whoever came while the last one was being synced. Nobody is answered before the
//! sync.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use jiff::{SignedDuration, Timestamp};
use rusqlite::Result;
use sutler_app::admission::{self, Admitted, Heads};
use sutler_app::event::Recorded;
use sutler_domain::seeded::{Bug, seeded};
use sutler_domain::{Position, Version};
use tokio::sync::{mpsc, watch};

use super::checkpoint::{self, Checkpoints, Stage};
use super::heads::{self, LogHead};
use super::known::Known;
use super::recent::Recent;
use super::session::Session;
use super::trouble::Trouble;
use super::views::WrittenOrder;
use super::{delivery_rows, feed, keys, people_rows, queue, write};
use crate::key_table::KeyTable;
use crate::rows::Prepared;
use crate::work::{Ask, Work};
use crate::{Options, Swept};

/// Pages of the write-ahead log after which it is written into the file: 32 MiB.
const CHECKPOINT_PAGES: i32 = 8192;

/// The writer's thread owns all of this.
pub(super) struct Writer {
    pub(super) session: Session,
    pub(super) log: LogHead,
    pub(super) keys: KeyTable,
    pub(super) options: Options,
    pub(super) batch_max: usize,
    pub(super) head: watch::Sender<Position>,
    /// Heads from earlier batches.
    pub(super) known: Known,
    /// What was written last, for readers.
    pub(super) recent: Arc<Recent>,
    /// What this batch wrote, to be told when it is committed.
    pub(super) written: Written,
    /// Whether the disk was full when the last batch came.
    pub(super) is_full: bool,
    pub(super) failed: Alarm,
    /// Pages in the write-ahead log after the last commit, and at the last checkpoint.
    pub(super) wal_pages: Arc<AtomicI32>,
    pub(super) wal_checkpointed: i32,
    pub(super) checkpoints: Checkpoints,
    /// Whether persons were erased of whom the write-ahead log still knows.
    pub(super) erased: bool,
    /// Held while the file is ours.
    pub(super) lock: std::fs::File,
}

/// What a batch wrote.
#[derive(Default)]
pub(super) struct Written {
    orders: Vec<WrittenOrder>,
    events: Vec<Recorded>,
    heads: Option<Heads>,
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
            let flow = if flow.is_continue() { self.forget_if_erased() } else { flow };
            let flow = if flow.is_continue() { self.checkpoint_if_long() } else { flow };
            if flow.is_break() {
                // Nothing more is written, not even by closing: what is on the disk is known only after a restart.
                return;
            }
        }
        let ended = self.checkpoints.close();
        if self.checkpointed(ended).is_break()
            || self.checkpoint("PRAGMA wal_checkpoint(TRUNCATE)").is_break()
        {
            return;
        }
        let Self { session, lock, .. } = self;
        drop(session);
        drop(lock);
        drop(waiting);
    }

    fn take(&mut self, batch: &mut [Work]) -> ControlFlow<()> {
        let before = (self.log.clone(), self.keys);
        let mut result = self.make_space().and_then(|()| self.all_at_once(batch));
        if result.as_ref().is_err_and(|error| Trouble::of(error) == Trouble::Rejected) {
            self.roll_back(&before);
            result = self.one_by_one(batch);
        }
        let Err(error) = result else {
            self.is_full = false;
            self.tell();
            return ControlFlow::Continue(());
        };
        self.roll_back(&before);
        let trouble = Trouble::of(&error);
        let refused = trouble.refused(&error);
        // A disk that stays full is told once; the log may be on it.
        if !self.is_full || trouble != Trouble::Full {
            tracing::error!(%error, ?trouble, works = batch.len(), "store_batch_failed");
        }
        self.is_full = trouble == Trouble::Full;
        for work in batch {
            work.refuse(refused.clone());
        }
        if trouble == Trouble::Fatal || self.session.is_in_transaction() {
            self.fail(&error);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    }

    /// On a full disk, space that came back belongs to the file first: once everything is in it, the write-ahead log
    /// begins anew in the space it has. Otherwise the log would take what there is, and never come into the file.
    fn make_space(&self) -> Result<()> {
        if self.is_full {
            self.session.one(checkpoint::PASSIVE, [], |_| Ok(()))?;
        }
        Ok(())
    }

    fn fail(&self, error: &rusqlite::Error) {
        self.failed.0.send_replace(Some(format!("the disk failed under the database: {error}")));
    }

    /// The batch is committed: readers may know. Orders that moved without being written down are forgotten once more,
    /// since somebody may have read them before the commit.
    fn tell(&mut self) {
        self.forget_orders();
        let Written { orders, events, heads } = std::mem::take(&mut self.written);
        match heads {
            Some(heads) => self.known.learn(heads),
            None if events.is_empty() => return,
            None => self.known.forget(),
        }
        self.recent.keep(orders.into_iter().filter_map(|order| match order {
            WrittenOrder::Stands(order) if seeded(Bug::StaleOrderRead) && order.version > Version(2) => None,
            WrittenOrder::Stands(order) => Some(order),
            WrittenOrder::Moved(_) => None,
        }));
        self.recent.told(events.into_iter());
        self.head.send_replace(self.log.position);
    }

    /// Whoever asks for these orders while they are being committed reads the database.
    fn forget_orders(&self) {
        if seeded(Bug::StaleOrderRead) {
            return;
        }
        self.recent.forget(self.written.orders.iter().map(|order| match order {
            WrittenOrder::Stands(order) => &order.value.order_id,
            WrittenOrder::Moved(id) => id,
        }));
    }

    fn roll_back(&mut self, (log, keys): &(LogHead, KeyTable)) {
        if self.session.is_in_transaction()
            && let Err(error) = self.session.execute("ROLLBACK", [])
        {
            tracing::error!(%error, "store_rollback_failed");
        }
        (self.log, self.keys) = (log.clone(), *keys);
        self.written = Written::default();
        self.known.forget();
    }

    fn all_at_once(&mut self, batch: &mut [Work]) -> Result<()> {
        self.session.execute("BEGIN IMMEDIATE", [])?;
        self.process(batch)?;
        self.forget_orders();
        let done = self.session.execute("COMMIT", []).map(drop);
        if seeded(Bug::FailedCommitAcknowledged) { Ok(()) } else { done }
    }

    /// The database rejected a batch: each has a savepoint of its own, so that a poisoned one hurts itself only.
    fn one_by_one(&mut self, batch: &mut [Work]) -> Result<()> {
        self.session.execute("BEGIN IMMEDIATE", [])?;
        for work in batch.iter_mut() {
            let before = (self.log.clone(), self.keys);
            let (orders, events) = (self.written.orders.len(), self.written.events.len());
            self.session.execute("SAVEPOINT one", [])?;
            match self.process(std::slice::from_mut(work)) {
                Err(error) if Trouble::of(&error) == Trouble::Rejected => {
                    self.session.execute("ROLLBACK TO one", [])?;
                    (self.log, self.keys) = before;
                    self.written.orders.truncate(orders);
                    self.written.events.truncate(events);
                    tracing::error!(%error, "store_commit_rejected");
                    work.refuse(Trouble::Rejected.refused(&error));
                }
                other => other?,
            }
            // Nothing is remembered from here: what went wrong once may do so again.
            self.known.forget();
            self.written.heads = None;
            self.session.execute("RELEASE one", [])?;
        }
        self.forget_orders();
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
                    let leased = queue::lease(&self.session, &mut self.known, &ask.question, now)?;
                    ask.answer = Some(Ok(leased));
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
                Work::MoveBookmark(ask) => {
                    ask.answer = Some(feed::move_bookmark(&self.session, &ask.question)?);
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
        let mut heads =
            heads::load(&self.session, &self.log, now, self.options.key_ttl, &self.known, commits)?;
        let mut taken: Vec<(&Prepared, Admitted)> = Vec::with_capacity(batch.len());
        let at_start = seeded(Bug::StockCheckedBeforeBatch).then(|| heads.stock.clone());
        for work in batch {
            let Work::Commit(Ask { question, answer, .. }) = work else { continue };
            if let Some(stock) = &at_start {
                heads.stock.clone_from(stock);
            }
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
            let rows: Vec<write::Taken<'_>> = taken.iter().map(|(p, a)| (*p, a)).collect();
            self.erased |= taken.iter().any(|(prepared, _)| prepared.erases());
            self.written.orders.extend(write::batch(&self.session, &rows, self.keys)?);
            self.written.events.extend(taken.into_iter().flat_map(|(_, admitted)| admitted.events));
            self.log = LogHead::of(&heads);
            self.log.save(&self.session)?;
            self.written.heads = Some(heads);
        }
        Ok(())
    }

    fn sweep(&mut self, now: Timestamp) -> Result<Swept> {
        let times = (now, self.log.recorded_at);
        let (table, keys) = keys::sweep(&self.session, self.keys, times, self.options.key_ttl)?;
        self.keys = table;
        let jobs = queue::sweep(&self.session, now, self.options.ended_job_ttl)?;
        let deliveries = delivery_rows::sweep(&self.session, now, self.options.delivery_ttl)?;
        let count = |rows| u64::try_from(rows).unwrap_or(u64::MAX);
        let sessions = people_rows::sweep(&self.session, now)?;
        let (keys, jobs, deliveries) = (count(keys), count(jobs), count(deliveries));
        Ok(Swept { keys, jobs, deliveries, sessions: count(sessions) })
    }

    fn checkpoint_if_long(&mut self) -> ControlFlow<()> {
        let pages = self.wal_pages.load(Ordering::Relaxed);
        if pages < self.wal_checkpointed {
            // Everything was in the file, so the log began anew.
            self.wal_checkpointed = 0;
        }
        match self.checkpoints.look() {
            Stage::UnderWay => ControlFlow::Continue(()),
            Stage::Ended(Ok(())) => {
                // Never waits for a reader. What a reader keeps back is written the next time.
                self.wal_checkpointed = pages;
                self.checkpoint(checkpoint::PASSIVE)
            }
            Stage::Ended(failed) => self.checkpointed(failed),
            Stage::Idle => {
                if pages.saturating_sub(self.wal_checkpointed) >= CHECKPOINT_PAGES {
                    self.checkpoints.begin();
                }
                ControlFlow::Continue(())
            }
        }
    }

    /// Whoever was erased is overwritten in the file at the next checkpoint, and in the log when it is cut off. Readers are
    /// not waited for: what they keep back is tried again with the next batch, of which the sweep makes one.
    fn forget_if_erased(&mut self) -> ControlFlow<()> {
        if !self.erased {
            return ControlFlow::Continue(());
        }
        let cut = checkpoint::cut_off(&self.session);
        if matches!(cut, Ok(true)) {
            self.erased = false;
            self.wal_checkpointed = 0;
        }
        self.checkpointed(cut.map(drop))
    }

    /// Write the log into the file. SQLite's own checkpoints would swallow a failed sync, so they are off.
    fn checkpoint(&self, how: &str) -> ControlFlow<()> {
        self.checkpointed(self.session.one(how, [], |_| Ok(())).map(drop))
    }

    /// After a sync that failed, the next one may pass for nothing: then it is over.
    fn checkpointed(&self, ended: Result<()>) -> ControlFlow<()> {
        let Err(error) = ended else { return ControlFlow::Continue(()) };
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

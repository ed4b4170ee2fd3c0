//! The writer: one task, one connection, one transaction for everybody who waited.
//!
//! No timer makes batches: a batch is whoever came while the last one was being synced, or while another node had the
//! door. Nobody is answered before the commit is durable. The writer never ends for good: whatever happens to the
//! connection, it makes another.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sutler_app::commit::Refused;
use tokio::sync::mpsc;

use super::batch;
use super::heads::LogHead;
use super::schema;
use super::session::Session;
use super::target::Target;
use super::trouble::{self, Fault, Result, Trouble};
use super::wake::{CHANNEL, Wake};
use crate::work::Work;

/// How long the server lets a transaction of ours be idle. A node that was stopped while it held the door is out of it
/// then, and finds its transaction gone when it wakes.
const IDLE_TIMEOUT_MS: u32 = 5_000;

/// How long a batch waits for the door: longer than a stopped holder may keep it.
const LOCK_TIMEOUT_MS: u32 = 8_000;

/// How long a statement may take, the wait for the door included.
const STATEMENT_TIMEOUT_MS: u32 = 10_000;

/// Whatever a batch reads it finds by its key. Until a table was analyzed the planner takes it for small and reads it
/// whole, once for each batch; and nothing here is worth being compiled.
const BY_KEY: &str = "set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
                set_config('enable_mergejoin', 'off', true), set_config('jit', 'off', true)";

/// How long a batch may take in all. A server that says nothing for so long is not there, whatever the network says.
const BATCH_TIMEOUT: Duration = Duration::from_secs(25);

/// The first and the longest rest after the database could not be reached.
const REST: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// The writer's task owns all of this.
pub(super) struct Writer {
    pub(super) target: Target,
    pub(super) options: crate::Options,
    pub(super) batch_max: usize,
    pub(super) statements: Arc<AtomicU64>,
    pub(super) wake: Arc<Wake>,
    /// The connection; none after it was lost.
    pub(super) session: Option<Session>,
    /// How long to rest before the next batch, after the database could not be reached.
    pub(super) rest: Duration,
}

/// How a batch did not come to stand.
enum Fall {
    /// Nothing of it stands.
    RolledBack(Fault),
    /// The connection ended during COMMIT: it may stand or not.
    Unknown(Fault),
}

/// How a batch is tried.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    AllAtOnce,
    /// Each has a savepoint of its own.
    OneByOne,
}

impl Writer {
    /// Take batch after batch until the store is closed.
    pub(super) async fn run(mut self, mut door: mpsc::Receiver<Work>) {
        let (mut batch, mut waiting) = (Vec::with_capacity(self.batch_max), Vec::new());
        while door.recv_many(&mut batch, self.batch_max).await > 0 {
            if batch.iter().any(|work| !matches!(work, Work::Close(_))) {
                self.take(&mut batch).await;
            }
            waiting.extend(batch.drain(..).filter_map(Work::send));
            if !waiting.is_empty() {
                door.close();
            } else if !self.rest.is_zero() {
                tokio::time::sleep(self.rest).await;
            }
        }
        drop(self);
        drop(waiting);
    }

    /// Try a batch until it stands or is refused: at most once more on a fresh connection, and once more one by one.
    async fn take(&mut self, batch: &mut [Work]) {
        let (mut way, mut is_fresh) = (Way::AllAtOnce, false);
        loop {
            let fall = match self.attempt(batch, way).await {
                Ok(()) => return,
                Err(fall) => fall,
            };
            let (fault, refused) = match fall {
                Fall::Unknown(fault) => {
                    self.session = None;
                    let refused = unknown(&fault);
                    (fault, refused)
                }
                Fall::RolledBack(fault) => match Trouble::of(&fault) {
                    Trouble::Rejected if way == Way::AllAtOnce => {
                        self.roll_back().await;
                        way = Way::OneByOne;
                        continue;
                    }
                    Trouble::Again if !is_fresh => {
                        tracing::warn!(error = %fault, works = batch.len(), "store_batch_tried_again");
                        self.session = None;
                        is_fresh = true;
                        continue;
                    }
                    trouble => {
                        self.roll_back().await;
                        let refused = trouble.refused(&fault);
                        (fault, refused)
                    }
                },
            };
            tracing::error!(error = %fault, works = batch.len(), "store_batch_failed");
            for work in batch {
                work.refuse(refused.clone());
            }
            return;
        }
    }

    async fn attempt(&mut self, batch: &mut [Work], way: Way) -> std::result::Result<(), Fall> {
        self.connected().await.map_err(Fall::RolledBack)?;
        let Some(session) = &self.session else { return Ok(()) };
        let mut committing = false;
        let work = async {
            let mut log = take_door(session).await?;
            let before = log.batches;
            match way {
                Way::AllAtOnce => batch::process(session, &mut log, batch, &self.options, CHANNEL).await?,
                Way::OneByOne => one_by_one(session, &mut log, batch, &self.options).await?,
            }
            committing = true;
            session.simple("COMMIT").await?;
            if log.batches > before {
                self.wake.tell(log.position, log.batches);
            }
            Ok(())
        };
        let silent = || Fault::Silent(BATCH_TIMEOUT.as_secs());
        let done = tokio::time::timeout(BATCH_TIMEOUT, work).await.unwrap_or_else(|_| Err(silent()));
        done.map_err(|fault| {
            if committing && !trouble::is_rolled_back(&fault) {
                Fall::Unknown(fault)
            } else {
                Fall::RolledBack(fault)
            }
        })
    }

    /// Have a connection to a server that keeps what it acknowledges: another one may stand in its place by now.
    async fn connected(&mut self) -> Result<()> {
        if self.session.as_ref().is_some_and(|session| !session.is_closed()) {
            return Ok(());
        }
        self.session = None;
        self.rest = (self.rest * 2).clamp(REST.0, REST.1);
        let session = self.target.connect(&self.statements).await?;
        let checked = schema::check_server(&session, &self.target).await;
        checked
            .map_err(|error| Fault::Away(error.to_string().lines().next().unwrap_or_default().to_owned()))?;
        (self.session, self.rest) = (Some(session), Duration::ZERO);
        Ok(())
    }

    /// Keep the connection if it can be used further.
    async fn roll_back(&mut self) {
        let Some(session) = &self.session else { return };
        let back = tokio::time::timeout(BATCH_TIMEOUT, session.simple("ROLLBACK")).await;
        if !matches!(back, Ok(Ok(_))) {
            self.session = None;
        }
    }
}

/// Begin the transaction and wait for the door; gives the end of the log as the last writer left it. READ COMMITTED, so
/// that every read after the lock sees what that writer committed. The settings are local to the transaction: a pooler
/// hands the connection to somebody else afterwards.
async fn take_door(session: &Session) -> Result<LogHead> {
    let columns = LogHead::COLUMNS;
    let sql = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
         SELECT set_config('idle_in_transaction_session_timeout', '{IDLE_TIMEOUT_MS}', true),
                set_config('lock_timeout', '{LOCK_TIMEOUT_MS}', true),
                set_config('statement_timeout', '{STATEMENT_TIMEOUT_MS}', true),
                {BY_KEY};
         SELECT {columns} FROM head FOR UPDATE"
    );
    let rows = session.simple(&sql).await?;
    let empty = || Fault::Unreadable("the table head is empty".to_owned());
    LogHead::read(rows.first().ok_or_else(empty)?)
}

/// The database rejected a batch: a poisoned commit hurts itself only.
async fn one_by_one(
    session: &Session,
    log: &mut LogHead,
    batch: &mut [Work],
    options: &crate::Options,
) -> Result<()> {
    for work in batch {
        let before = log.clone();
        session.simple("SAVEPOINT one").await?;
        match batch::process(session, log, std::slice::from_mut(work), options, CHANNEL).await {
            Err(fault) if Trouble::of(&fault) == Trouble::Rejected => {
                session.simple("ROLLBACK TO one").await?;
                *log = before;
                tracing::error!(error = %fault, "store_commit_rejected");
                work.refuse(Trouble::Rejected.refused(&fault));
            }
            done => done?,
        }
        session.simple("RELEASE one").await?;
    }
    Ok(())
}

fn unknown(fault: &Fault) -> Refused {
    Refused::Unavailable(format!(
        "the connection to the database ended while the commit was on its way, which may stand or not: {fault}"
    ))
}

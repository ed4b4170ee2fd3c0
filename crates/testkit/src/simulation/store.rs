//! The store as the engine sees it on a bad day: the memory adapter behind a queue that one writer empties in
//! batches, with everything that can go wrong before and after the effect.

use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use futures::channel::oneshot;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sutler_adapters::memory::Memory;
use sutler_app::commit::{Commit, Receipt, Refused};
use sutler_app::job::{Attempt, Job};
use sutler_app::page::Page;
use sutler_app::ports::jobs::{JobCount, JobQuery, JobQueue, Lease, LeasedJob, PausedQueue, Wanted};
use sutler_app::ports::{Clock, OrderReads, ReadError, Store, Swept, Upkeep};
use sutler_app::stream::StreamKind;
use sutler_domain::{JobId, OrderId};

use super::clock::VirtualClock;
use super::dice::Dice;
use super::evidence::{self, CommitSeen, Seen};
use super::executor::StepAside;
use super::mishap::{Mishap, MishapKind, Mishaps, Place};
use super::trace::Trace;

/// The store on a bad day.
pub(super) struct BadStore {
    pub(super) memory: Arc<Memory>,
    pub(super) clock: Arc<VirtualClock>,
    pub(super) mishaps: Arc<Mishaps>,
    pub(super) trace: Arc<Trace>,
    /// Spoils each commit before it is judged: the seam of planted faults.
    pub(super) tamper: Option<fn(&mut Commit)>,
    dice: Mutex<Dice>,
    door: Mutex<Door>,
    seen: Mutex<Vec<Seen>>,
}

#[derive(Default)]
struct Door {
    waiting: Vec<Waiting>,
    writer: Option<Waker>,
    batches: u64,
}

struct Waiting {
    commit: Commit,
    answer: oneshot::Sender<Result<Receipt, Refused>>,
}

impl BadStore {
    /// A store over this memory.
    pub(super) fn new(
        memory: Arc<Memory>,
        clock: Arc<VirtualClock>,
        mishaps: Arc<Mishaps>,
        trace: Arc<Trace>,
        dice: Dice,
        tamper: Option<fn(&mut Commit)>,
    ) -> Self {
        let (dice, door) = (Mutex::new(dice), Mutex::default());
        Self { memory, clock, mishaps, trace, tamper, dice, door, seen: Mutex::default() }
    }

    /// The process dies: commits that were not taken yet never will be.
    pub(super) fn crash(&self) {
        let mut door = self.door.lock();
        door.waiting.clear();
        door.writer = None;
    }

    /// How often several commits were taken at once.
    pub(super) fn batches(&self) -> u64 {
        self.door.lock().batches
    }

    /// Everything that was seen at the door, in order.
    pub(super) fn seen(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock())
    }

    /// Others may come between, as often as the dice say.
    pub(super) async fn pause(&self) {
        let aside = self.dice.lock().below(3);
        StepAside(aside).await;
    }

    /// What every read does first.
    pub(super) async fn look(&self) -> Result<(), ReadError> {
        self.pause().await;
        match self.goes_wrong(Place::Read) {
            Some(_) => Err(ReadError::Unavailable("the simulated store is away".to_owned())),
            None => Ok(()),
        }
    }

    /// What the queue does first.
    pub(super) async fn queue(&self) -> Result<(), Refused> {
        self.pause().await;
        match self.goes_wrong(Place::Queue) {
            Some(_) => Err(away("the queue")),
            None => Ok(()),
        }
    }

    fn goes_wrong(&self, place: Place) -> Option<Mishap> {
        let mishap = self.mishaps.at(place)?;
        self.trace.tell(self.clock.elapsed_us(), || format!("!! {}", mishap.kind.words()));
        Some(mishap)
    }

    /// The one writer of a process: takes all that waits, judges it in order, and answers.
    pub(super) async fn write(&self) {
        loop {
            let batch = poll_fn(|context| {
                let mut door = self.door.lock();
                if door.waiting.is_empty() {
                    door.writer = Some(context.waker().clone());
                    return Poll::Pending;
                }
                Poll::Ready(std::mem::take(&mut door.waiting))
            })
            .await;
            self.door.lock().batches += u64::from(batch.len() > 1);
            for Waiting { commit, answer } in batch {
                // Whoever is gone by now is told nothing, and the commit stands all the same.
                drop(answer.send(self.admit(commit)));
            }
            self.pause().await;
        }
    }

    fn admit(&self, mut commit: Commit) -> Result<Receipt, Refused> {
        if let Some(tamper) = self.tamper {
            tamper(&mut commit);
        }
        let mut about = CommitSeen::of(&commit);
        let orders: Vec<OrderId> = commit
            .changes
            .iter()
            .filter(|change| change.stream.kind() == StreamKind::Order)
            .map(|change| OrderId::trusted(change.stream.id().into()))
            .collect();
        let result = at_once(self.memory.commit(commit));
        match &result {
            Ok(receipt) => {
                self.trace.note(receipt.position.0);
                about.receipt(receipt);
                about.orders = orders.into_iter().filter_map(|id| self.order(&id)).collect();
                self.seen.lock().push(Seen::Commit(about));
            }
            Err(refused) => self.trace.note_bytes(refused.to_string().as_bytes()),
        }
        result
    }

    fn order(&self, id: &OrderId) -> Option<evidence::OrderSeen> {
        let name = sutler_app::ports::reads::OrderName::Id(id.clone());
        let stored = at_once(self.memory.order(&name)).ok().flatten()?;
        Some(evidence::OrderSeen::of(&stored))
    }
}

/// The memory adapter never waits: one poll of it is all there is.
pub(super) fn at_once<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("the memory adapter answers at once")
}

fn away(what: &str) -> Refused {
    Refused::Unavailable(format!("{what} of the simulation is away"))
}

#[async_trait]
impl Store for BadStore {
    async fn commit(&self, commit: Commit) -> Result<Receipt, Refused> {
        self.pause().await;
        let mishap = self.goes_wrong(Place::Door);
        match mishap.map(|m| (m.kind, m.amount_ms)) {
            Some((MishapKind::DoorBusy, _)) => return Err(Refused::Busy),
            Some((MishapKind::DoorAway, _)) => return Err(away("the door")),
            Some((MishapKind::DoorSlow, ms)) => {
                self.clock.sleep(Duration::from_millis(ms.unsigned_abs())).await;
            }
            _ => {}
        }
        let (answer, told) = oneshot::channel();
        {
            let mut door = self.door.lock();
            door.waiting.push(Waiting { commit, answer });
            if let Some(writer) = door.writer.take() {
                writer.wake();
            }
        }
        let result = told.await.unwrap_or_else(|_| Err(away("the door")));
        self.pause().await;
        match mishap.map(|m| m.kind) {
            Some(MishapKind::AnswerLost) => Err(away("the answer")),
            _ => result,
        }
    }
}

#[async_trait]
impl JobQueue for BadStore {
    async fn lease(
        &self,
        worker: &str,
        wanted: &Wanted,
        duration: SignedDuration,
    ) -> Result<Vec<LeasedJob>, Refused> {
        self.queue().await?;
        let leased = self.memory.lease(worker, wanted, duration).await?;
        if leased.is_empty() {
            return Ok(leased);
        }
        for one in &leased {
            self.seen.lock().push(Seen::Lease(one.lease.job_id.to_string(), one.lease.token));
            self.trace.note_bytes(one.lease.job_id.as_str().as_bytes());
        }
        self.pause().await;
        match self.goes_wrong(Place::Lease) {
            Some(Mishap { kind: MishapKind::LeaseUnheard, .. }) => return Err(away("the queue's answer")),
            Some(late) => self.clock.sleep(Duration::from_millis(late.amount_ms.unsigned_abs())).await,
            None => {}
        }
        Ok(leased)
    }

    async fn renew(&self, lease: &Lease, duration: SignedDuration) -> Result<(), Refused> {
        self.queue().await?;
        self.memory.renew(lease, duration).await?;
        self.seen.lock().push(Seen::Renewal(lease.job_id.to_string(), lease.token));
        Ok(())
    }

    async fn next_due(&self, wanted: &Wanted) -> Result<Option<Timestamp>, ReadError> {
        self.look().await?;
        self.memory.next_due(wanted).await
    }

    async fn job(&self, id: &JobId) -> Result<Option<Job>, ReadError> {
        self.look().await?;
        self.memory.job(id).await
    }

    async fn attempts(&self, id: &JobId) -> Result<Vec<Attempt>, ReadError> {
        self.look().await?;
        self.memory.attempts(id).await
    }

    async fn jobs(&self, query: &JobQuery) -> Result<Page<Job>, ReadError> {
        self.look().await?;
        self.memory.jobs(query).await
    }

    async fn counts(&self) -> Result<Vec<JobCount>, ReadError> {
        self.look().await?;
        self.memory.counts().await
    }

    async fn paused(&self) -> Result<Vec<PausedQueue>, ReadError> {
        self.look().await?;
        self.memory.paused().await
    }
}

#[async_trait]
impl Upkeep for BadStore {
    async fn sweep(&self) -> Result<Swept, Refused> {
        self.queue().await?;
        self.memory.sweep().await
    }
}

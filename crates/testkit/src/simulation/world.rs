//! The simulated shop: one store that lasts, and processes over it that come and go.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures::future::select;
use jiff::SignedDuration;
use parking_lot::Mutex;
use sutler_adapters::memory::Memory;
use sutler_app::event::Recorded;
use sutler_app::ports::{Clock, Feed, Ids, PaymentGateway, Ports};
use sutler_app::relay::Handler;
use sutler_app::{App, Caller, Settings};
use sutler_domain::{Currency, OrderId, ReservationId};
use uuid::Uuid;

use super::clock::VirtualClock;
use super::customer::Kept;
use super::dice::Dice;
use super::evidence::Asked;
use super::executor::{Spawner, StepAside};
use super::gateway::Bank;
use super::mishap::{Mishap, MishapKind, Mishaps, Place};
use super::plan::Plan;
use super::store::BadStore;
use super::trace::Trace;

/// Workers of one process, side by side.
const WORKERS: u32 = 3;
/// The epoch of every simulated log.
pub(super) const EPOCH: &str = "simulation";

/// Everything of one run.
pub(super) struct World {
    pub(super) clock: Arc<VirtualClock>,
    pub(super) trace: Arc<Trace>,
    pub(super) mishaps: Arc<Mishaps>,
    pub(super) store: Arc<BadStore>,
    pub(super) bank: Arc<Bank>,
    pub(super) spawner: Spawner,
    pub(super) asked: RefCell<Vec<Asked>>,
    pub(super) kept: RefCell<Vec<Kept>>,
    pub(super) orders: RefCell<BTreeMap<u32, OrderId>>,
    pub(super) baskets: RefCell<BTreeMap<u32, ReservationId>>,
    /// Tasks that the run waits for.
    pub(super) left: Cell<usize>,
    /// Whether the day is over and only time passes.
    pub(super) resting: Cell<bool>,
    node: RefCell<Option<Node>>,
    ids: Arc<PlannedIds>,
    reader: Arc<Reader>,
}

/// A process: the engine and whether it lives.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) app: App,
    alive: Rc<Cell<bool>>,
}

impl Node {
    /// Something this process does; `None` when it died first.
    pub(super) fn within<F: Future>(&self, doing: F) -> Within<F> {
        Within { alive: Rc::clone(&self.alive), doing: Some(Box::pin(doing)) }
    }
}

/// Something that ends with its process, wherever it stands.
pub(super) struct Within<F> {
    alive: Rc<Cell<bool>>,
    doing: Option<Pin<Box<F>>>,
}

impl<F: Future> Future for Within<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if !self.alive.get() {
            self.doing = None;
        }
        match self.doing.as_mut().map(|doing| doing.as_mut().poll(context)) {
            None => Poll::Ready(None),
            Some(Poll::Ready(done)) => Poll::Ready(Some(done)),
            Some(Poll::Pending) => Poll::Pending,
        }
    }
}

impl World {
    /// An empty shop for a plan.
    pub(super) fn new(
        plan: &Plan,
        trace: Trace,
        spawner: Spawner,
        tamper: Option<fn(&mut sutler_app::Commit)>,
    ) -> Rc<Self> {
        let dice = Dice::of(plan.schedule);
        let (clock, trace) = (Arc::new(VirtualClock::default()), Arc::new(trace));
        let mishaps = Arc::new(Mishaps::new(&plan.mishaps));
        let options = sutler_adapters::Options {
            clock: clock.clone(),
            epoch: EPOCH.to_owned(),
            number_start: 1001,
            key_ttl: SignedDuration::from_hours(48),
            ended_job_ttl: SignedDuration::from_hours(7 * 24),
            delivery_ttl: SignedDuration::from_hours(30 * 24),
        };
        let memory = Arc::new(Memory::new(options));
        let store =
            BadStore::new(memory, clock.clone(), mishaps.clone(), trace.clone(), dice.fork(11), tamper);
        let store = Arc::new(store);
        let bank = Arc::new(Bank::new(store.clone(), mishaps.clone()));
        let ids = Arc::new(PlannedIds { clock: clock.clone(), dice: Mutex::new((dice.fork(12), 0)) });
        Rc::new(Self {
            clock,
            trace,
            mishaps,
            store,
            bank,
            spawner,
            asked: RefCell::default(),
            kept: RefCell::default(),
            orders: RefCell::default(),
            baskets: RefCell::default(),
            left: Cell::new(0),
            resting: Cell::new(false),
            node: RefCell::new(None),
            ids,
            reader: Arc::default(),
        })
    }

    /// In words, for whoever reads the history.
    pub(super) fn tell(&self, words: impl FnOnce() -> String) {
        self.trace.tell(self.clock.elapsed_us(), words);
    }

    /// The process that runs, if one does.
    pub(super) fn node(&self) -> Option<Node> {
        self.node.borrow().clone()
    }

    /// What the reader of the log was handed.
    pub(super) fn read(&self) -> Vec<(u64, String)> {
        self.reader.0.lock().clone()
    }

    /// Let time pass.
    pub(super) async fn rest(&self, ms: u64) {
        self.clock.sleep(Duration::from_millis(ms)).await;
    }

    /// A task that the run waits for.
    pub(super) fn spawn_awaited(self: &Rc<Self>, task: impl Future<Output = ()> + 'static) {
        let world = Rc::clone(self);
        self.left.set(self.left.get() + 1);
        self.spawner.spawn(async move {
            task.await;
            world.left.set(world.left.get() - 1);
        });
    }

    /// A process begins over the store as it stands.
    pub(super) fn start(self: &Rc<Self>) {
        let node = Node { app: self.app(), alive: Rc::new(Cell::new(true)) };
        for number in 1..=WORKERS {
            let (world, app) = (Rc::clone(self), node.app.clone());
            let working = node.within(async move { world.work(&app, number).await });
            self.spawner.spawn(async move { _ = working.await });
        }
        let store = Arc::clone(&self.store);
        let writing = node.within(async move { store.write().await });
        let (world, app) = (Rc::clone(self), node.app.clone());
        let sweeping = node.within(async move { world.sweep(&app).await });
        let (reader, app) = (Arc::clone(&self.reader), node.app.clone());
        let reading = node
            .within(async move { app.ports.feed.follow("simulation", &*reader, &*app.ports.clock).await });
        let tasks: [Pin<Box<dyn Future<Output = ()>>>; 3] = [
            Box::pin(async move { _ = writing.await }),
            Box::pin(async move { _ = sweeping.await }),
            Box::pin(async move { _ = reading.await }),
        ];
        for task in tasks {
            self.spawner.spawn(task);
        }
        *self.node.borrow_mut() = Some(node);
    }

    /// What goes wrong between two steps; whether everybody must look up.
    pub(super) fn between_steps(self: &Rc<Self>) -> bool {
        match self.mishaps.at(Place::Step) {
            Some(Mishap { kind: MishapKind::Crash, amount_ms, .. }) => {
                self.crash(amount_ms);
                true
            }
            Some(set) => {
                self.tell(|| format!("!! the clock is set by {} ms", set.amount_ms));
                self.clock.skew(set.amount_ms);
                false
            }
            None => false,
        }
    }

    fn crash(self: &Rc<Self>, down_ms: i64) {
        let Some(node) = self.node.borrow_mut().take() else { return };
        self.tell(|| "!! the process dies with all that is under way".to_owned());
        node.alive.set(false);
        self.store.crash();
        let world = Rc::clone(self);
        self.spawner.spawn(async move {
            world.rest(down_ms.unsigned_abs()).await;
            world.tell(|| "   a new process begins".to_owned());
            world.start();
        });
    }

    fn app(&self) -> App {
        let fake: Arc<dyn PaymentGateway> = self.bank.clone();
        let gateways = BTreeMap::from([("fake".to_owned(), fake)]);
        let ports =
            Ports::over(&self.store, gateways, self.bank.clone(), self.clock.clone(), self.ids.clone());
        let euro = Currency::parse("EUR").expect("the euro is a currency");
        let ttl = SignedDuration::from_secs(90);
        App::new(ports, Settings { reservation_ttl: ttl, ..Settings::new(euro) })
    }

    async fn work(&self, app: &App, number: u32) {
        let mut head = self.store.memory.head();
        loop {
            head.mark_unchanged();
            if let Some(payment_id) = self.bank.echo() {
                // The gateway's answer arrives a second time.
                drop(app.payments.sync(&Caller::system("gateway:fake"), &payment_id).await);
            }
            match app.jobs.run_due(&format!("worker-{number}"), 4).await {
                Ok(0) | Err(_) => {}
                Ok(_) => continue,
            }
            let longest = if self.resting.get() { 30_000 } else { 3000 };
            let moved = std::pin::pin!(head.changed());
            select(moved, std::pin::pin!(self.rest(longest))).await;
        }
    }

    async fn sweep(&self, app: &App) {
        loop {
            self.rest(if self.resting.get() { 15_000 } else { 1000 }).await;
            drop(app.orders.expire_due().await);
            drop(app.inventory.expire_reservations().await);
        }
    }
}

/// Ids in the layout of `UUIDv7` that the seed decides.
struct PlannedIds {
    clock: Arc<VirtualClock>,
    dice: Mutex<(Dice, u64)>,
}

impl Ids for PlannedIds {
    fn uuid(&self) -> Uuid {
        let mut dice = self.dice.lock();
        dice.1 += 1;
        let millis = u128::try_from(self.clock.now().as_millisecond()).unwrap_or(0) & 0xFFFF_FFFF_FFFF;
        let (chance, count) = (u128::from(dice.0.roll() & 0xFFF), u128::from(dice.1));
        Uuid::from_u128((millis << 80) | (0x7 << 76) | (chance << 64) | (0b10 << 62) | count)
    }

    fn secret(&self) -> [u8; 24] {
        let mut dice = self.dice.lock();
        std::array::from_fn(|_| u8::try_from(dice.0.below(256)).unwrap_or(0))
    }

    fn below(&self, max: u64) -> u64 {
        self.dice.lock().0.below(max.saturating_add(1))
    }
}

/// A reader of the log that remembers what it was handed.
#[derive(Default)]
struct Reader(Mutex<Vec<(u64, String)>>);

#[async_trait]
impl Handler for Reader {
    async fn handle(&self, event: &Recorded) -> Result<(), String> {
        // Work takes a moment, in which the process may die.
        StepAside(1).await;
        self.0.lock().push((event.position.0, event.event_id.to_string()));
        Ok(())
    }
}

//! A world of its own: one database, one bus, nodes with relays, and a clock that the test moves.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::SignedDuration;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::system::SystemIds;
use sutler_app::commit::Change;
use sutler_app::ports::publisher::{LogName, Publisher};
use sutler_app::ports::{Bookmark, Clock, Feed, Ports, Store};
use sutler_app::relay::READER;
use sutler_app::{App, NewEvent, Settings, StreamId};
use sutler_domain::{Currency, OrderId, Position};
use sutler_testkit::builders as some;
use sutler_testkit::bus::{FakeBus, Line, Message};
use sutler_testkit::clock::TestClock;

/// Long enough for whatever must happen in the end.
pub(crate) const MINUTE: Duration = Duration::from_mins(1);

/// One database, one bus, and time that passes when the test says so.
pub(crate) struct World {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) bus: Arc<FakeBus>,
}

/// A node whose relay runs until it is dropped; it may be stopped for a while.
pub(crate) struct Node {
    pub(crate) app: App,
    pub(crate) line: Arc<Line>,
    is_stopped: Arc<AtomicBool>,
    relay: tokio::task::JoinHandle<()>,
}

impl Drop for Node {
    fn drop(&mut self) {
        self.relay.abort();
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let clock = Arc::new(TestClock::default());
        let options = sutler_adapters::Options {
            clock: clock.clone(),
            epoch: "epoch".to_owned(),
            ..sutler_adapters::Options::default()
        };
        Self { memory: Arc::new(Memory::new(options)), clock, bus: Arc::default() }
    }

    pub(crate) fn node(&self) -> Node {
        let line = self.bus.line();
        let publisher: Arc<dyn Publisher> = line.clone();
        let ids = Arc::new(SystemIds::default());
        let ports = Ports::over(&self.memory, [].into(), Arc::new(LogShipping), self.clock.clone(), ids);
        let ports = Ports { publisher: Some(publisher), ..ports };
        let app = App::new(ports, Settings::new(Currency::parse("EUR").unwrap()));
        let (bus, is_stopped) = (app.bus.clone(), Arc::new(AtomicBool::new(false)));
        let stopped = Arc::clone(&is_stopped);
        let relay = tokio::spawn(async move {
            let mut running = std::pin::pin!(bus.run());
            poll_fn(move |context| {
                if stopped.load(Ordering::Relaxed) {
                    context.waker().wake_by_ref();
                    return std::task::Poll::Pending;
                }
                running.as_mut().poll(context)
            })
            .await;
        });
        Node { app, line, is_stopped, relay }
    }

    /// Something happens to the `n`-th order that everybody may know of.
    pub(crate) async fn happens(&self, n: u64) {
        self.write(n, "OrderPlaced").await;
    }

    /// Something happens that is nobody's business.
    pub(crate) async fn happens_inside(&self, n: u64) {
        self.write(n, "Inside").await;
    }

    async fn write(&self, n: u64, name: &'static str) {
        let body = format!("{{\"{name}\":{{\"n\":{n}}}}}");
        let event = NewEvent { name, at: self.clock.now(), body };
        let order: OrderId = some::id(n);
        let change = Change::notice(StreamId::from(&order), event);
        self.memory.commit(some::nothing().change(change)).await.unwrap();
    }

    /// Let time pass, and everybody do what they do meanwhile.
    pub(crate) async fn pass(&self, time: Duration) {
        let step = Duration::from_millis(250);
        for _ in 0..time.as_millis().div_ceil(step.as_millis()) {
            self.clock.advance(SignedDuration::try_from(step).unwrap());
            for _ in 0..64 {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Let time pass until something is so; it must be so within `time`.
    pub(crate) async fn until(&self, time: Duration, what: &str, is_so: impl Fn() -> bool) {
        let end = self.clock.now().saturating_add(SignedDuration::try_from(time).unwrap()).unwrap();
        while !is_so() {
            assert!(
                self.clock.now() < end,
                "not within {time:?}: {what}; on the bus: {:?}",
                self.positions()
            );
            self.pass(Duration::from_millis(250)).await;
        }
    }

    /// The places in the log of what is on the bus.
    pub(crate) fn positions(&self) -> Vec<u64> {
        self.bus.messages().iter().map(|message| message.position.0).collect()
    }

    pub(crate) async fn reaches(&self, positions: &[u64]) {
        self.until(MINUTE, "all are on the bus", || self.positions() == positions).await;
    }

    pub(crate) async fn bookmark(&self) -> Bookmark {
        self.memory.bookmark(READER).await.unwrap()
    }

    pub(crate) fn message(n: u64, position: u64) -> Message {
        let log = LogName { first_epoch: "epoch".to_owned(), epoch: "epoch".to_owned() };
        Message {
            log,
            event_id: format!("evt_{n}"),
            kind: "order.placed".to_owned(),
            position: Position(position),
            body: Vec::new(),
        }
    }
}

impl Node {
    /// Stop it as a debugger does, or let it go on as if nothing had been.
    pub(crate) fn set_stopped(&self, is_stopped: bool) {
        self.is_stopped.store(is_stopped, Ordering::Relaxed);
    }

    pub(crate) fn rewinds(&self) -> Vec<(&'static str, u64)> {
        self.app.bus.signs().rewinds().into_iter().filter(|(_, count)| *count > 0).collect()
    }

    pub(crate) async fn pending(&self) -> u64 {
        self.app.bus.backlog().await.unwrap().events
    }
}

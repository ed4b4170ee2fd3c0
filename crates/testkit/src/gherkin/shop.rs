//! A shop to try things in: the engine over a store that begins empty, a clock that the scenario moves, gateways
//! that keep books, and workers that work when they are told to.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};
use sutler_adapters::Options;
use sutler_adapters::fake::FakeGateway;
use sutler_adapters::memory::Memory;
use sutler_adapters::postgres::{self, Postgres};
use sutler_adapters::sqlite::{self, Sqlite};
use sutler_app::ports::jobs::Wanted;
use sutler_app::ports::{Clock, Ids, PaymentGateway};
use sutler_app::{App, Ports, Settings};
use sutler_domain::Currency;
use sutler_domain::payments::{Operation, Outcome};

use sutler_testkit::clock::TestClock;
use sutler_testkit::servers::postgres::Postgres as Server;
use tokio::sync::watch;
use uuid::Uuid;

use super::bank::{Bank, Shipper};
use super::door::Door;
use super::graph::Graph;
use super::rest::Rest;
use super::within::Within;

/// Rounds of work after which a shop that is never idle is taken for a loop.
const ROUNDS_MAX: usize = 1000;

/// Which way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The use cases.
    Within,
    /// HTTP.
    Rest,
    /// GraphQL.
    Graph,
}

/// Where a shop keeps its things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// In memory.
    Memory,
    /// In a file.
    Sqlite,
    /// On a server.
    Postgres,
}

/// A shop of one scenario.
pub(crate) struct Shop {
    /// The way in.
    pub(crate) door: Arc<dyn Door>,
    /// The engine, for its workers.
    pub(crate) app: App,
    /// Its time.
    pub(crate) clock: Arc<TestClock>,
    /// The gateway named `fake`.
    pub(crate) fake: Arc<FakeGateway>,
    /// The gateway named `bank`.
    pub(crate) bank: Arc<Bank>,
    /// Who is told what may ship.
    pub(crate) shipper: Arc<Shipper>,
    /// The folder of the store, which goes with the shop.
    _folder: Option<tempfile::TempDir>,
}

impl Shop {
    /// An empty shop.
    pub(crate) async fn open(way: Way, kept: Kept) -> Self {
        let clock = Arc::new(TestClock::default());
        let fake = Arc::new(FakeGateway::new(clock.clone(), "http://127.0.0.1:8420"));
        let (bank, shipper) = (Arc::new(Bank::default()), Arc::new(Shipper::default()));
        let mut gateways: BTreeMap<String, Arc<dyn PaymentGateway>> = BTreeMap::new();
        gateways.insert("fake".to_owned(), fake.clone());
        gateways.insert("bank".to_owned(), bank.clone());
        let options = Options {
            clock: clock.clone(),
            epoch: "gherkin".to_owned(),
            number_start: 1,
            ..Options::default()
        };
        let ids = Arc::new(Counted { clock: clock.clone(), made: AtomicU64::new(0) });
        let (ports, folder) = match kept {
            Kept::Memory => {
                let store = Arc::new(Memory::new(options));
                (Ports::over(&store, gateways, shipper.clone(), clock.clone(), ids), None)
            }
            Kept::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let options = sqlite::Options { store: options, readers: 2, ..sqlite::Options::default() };
                let store = Arc::new(Sqlite::open(folder.path().join("shop.db"), options).unwrap());
                (Ports::over(&store, gateways, shipper.clone(), clock.clone(), ids), Some(folder))
            }
            Kept::Postgres => {
                let server = Server::shared();
                let url = server.url(&server.migrated(options.clone()).await.unwrap());
                let options =
                    postgres::Options { store: options, connections_max: 6, ..postgres::Options::default() };
                let store = Arc::new(Postgres::open(&url, options).await.unwrap());
                (Ports::over(&store, gateways, shipper.clone(), clock.clone(), ids), None)
            }
        };
        let app = App::new(ports, Settings::new(Currency::parse("EUR").unwrap()));
        app.inventory.ensure_default_location().await.unwrap();
        let door: Arc<dyn Door> = match way {
            Way::Within => Arc::new(Within(app.clone())),
            Way::Rest => Arc::new(Rest::new(app.clone())),
            Way::Graph => Arc::new(Graph::new(app.clone())),
        };
        Self { door, app, clock, fake, bank, shipper, _folder: folder }
    }

    /// One round of the scheduler: end what is due.
    pub(crate) async fn sweep(&self) -> usize {
        self.app.orders.expire_due().await.unwrap() + self.app.inventory.expire_reservations().await.unwrap()
    }

    /// One round of the workers.
    pub(crate) async fn work_once(&self) -> usize {
        self.app.jobs.run_due("worker", 32).await.unwrap()
    }

    /// Sweep and work until nothing is due.
    pub(crate) async fn work(&self) {
        for _ in 0..ROUNDS_MAX {
            if self.work_once().await + self.sweep().await == 0 {
                return;
            }
        }
        panic!("the workers are never done");
    }

    /// Ask while the workers work, for answers that wait for them.
    pub(crate) async fn ask_beside_work<T>(&self, ask: impl Future<Output = T>) -> T {
        let (done, mut is_done) = watch::channel(false);
        let asking = async {
            let answer = ask.await;
            done.send_replace(true);
            answer
        };
        let working = async {
            let mut head = self.app.ports.feed.head();
            loop {
                head.mark_unchanged();
                self.work().await;
                let (moved, ended) =
                    (std::pin::pin!(head.changed()), std::pin::pin!(is_done.wait_for(|d| *d)));
                if let Either::Right(_) = select(moved, ended).await {
                    return;
                }
            }
        };
        futures::future::join(asking, working).await.0
    }

    /// Work while the fake gateway thinks for so long about the call that it is on.
    pub(crate) async fn work_through(&self, pause: SignedDuration) {
        let mut working = std::pin::pin!(self.work());
        loop {
            let turn = std::pin::pin!(tokio::task::yield_now());
            working = match select(working, turn).await {
                Either::Left(((), _)) => panic!("the gateway did not think at all"),
                Either::Right(((), working)) => working,
            };
            if self.fake.books().iter().any(|entry| entry.rests_at > self.clock.now()) {
                break;
            }
        }
        self.clock.advance(pause);
        working.await;
    }

    /// What the fake gateway took and gave back, in minor units.
    pub(crate) fn moved_minor(&self) -> (i64, i64) {
        let moved = |operations: &[Operation]| {
            let books = self.fake.books();
            let effective = books.iter().filter(|entry| {
                matches!(entry.outcome, Outcome::Succeeded { .. }) && operations.contains(&entry.operation)
            });
            effective.map(|entry| entry.amount.amount).sum()
        };
        (moved(&[Operation::Charge, Operation::Capture]), moved(&[Operation::Refund]))
    }

    /// What the workers left undone though it is due, if anything.
    pub(crate) async fn left_due(&self) -> Option<Timestamp> {
        let due = self.app.ports.jobs.next_due(&Wanted::any(1)).await.unwrap();
        due.filter(|at| *at <= self.clock.now())
    }

    /// The time so long ago.
    pub(crate) fn ago(&self, minutes: i64) -> Timestamp {
        self.clock.now() - SignedDuration::from_mins(minutes)
    }
}

/// Ids that count, so that a scenario gives the same ids every time.
struct Counted {
    clock: Arc<TestClock>,
    made: AtomicU64,
}

impl Counted {
    fn next(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }
}

impl Ids for Counted {
    fn uuid(&self) -> Uuid {
        let at_ms = u64::try_from(self.clock.now().as_millisecond()).unwrap();
        let mut counted = [0; 10];
        counted[2..].copy_from_slice(&self.next().to_be_bytes());
        uuid::Builder::from_unix_timestamp_millis(at_ms, &counted).into_uuid()
    }

    fn secret(&self) -> [u8; 24] {
        let mut secret = [7; 24];
        secret[16..].copy_from_slice(&self.next().to_be_bytes());
        secret
    }

    fn below(&self, max: u64) -> u64 {
        self.next() % (max + 1)
    }
}

//! What each port means: suites of cases that every adapter passes.
//!
//! A case is given a fresh, empty store on a clock that stands still. Between writing and reading it may ask for the
//! store [`again`](Rig::again): an adapter that keeps things on a disk is closed and opened then.

pub mod audit;
pub mod deliveries;
pub mod feed;
pub mod gateway;
pub mod imports;
pub mod jobs;
pub mod people;
pub mod publisher;
pub mod queues;
pub mod reads;
pub mod search;
pub mod store;

use std::sync::Arc;

use futures::future::BoxFuture;
use parking_lot::Mutex;
use sutler_app::commit::{Commit, Receipt, Refused};
use sutler_app::ports::{
    AccessReads, Audit, ContactReads, DeliveryReads, Feed, ImportReads, JobQueue, OrderReads, PeopleReads,
    ProductReads, StockReads, Storage, Store,
};

use crate::clock::TestClock;

/// Everything that one store answers.
#[derive(Clone)]
pub struct Stores {
    /// The door.
    pub store: Arc<dyn Store>,
    /// Orders.
    pub orders: Arc<dyn OrderReads>,
    /// Products.
    pub products: Arc<dyn ProductReads>,
    /// Stock, locations and reservations.
    pub stock: Arc<dyn StockReads>,
    /// Persons and notes.
    pub contacts: Arc<dyn ContactReads>,
    /// API keys.
    pub access: Arc<dyn AccessReads>,
    /// People, their sessions, and the audit log.
    pub people: Arc<dyn PeopleReads>,
    /// How far imports are.
    pub imports: Arc<dyn ImportReads>,
    /// The log.
    pub feed: Arc<dyn Feed>,
    /// All that is stored, for whoever checks it.
    pub audit: Arc<dyn Audit>,
    /// Background work.
    pub jobs: Arc<dyn JobQueue>,
    /// Endpoints and deliveries of webhooks.
    pub deliveries: Arc<dyn DeliveryReads>,
    /// Sweep: gives how many keys and how many jobs went.
    pub maintain: Arc<dyn Fn() -> BoxFuture<'static, (u64, u64)> + Send + Sync>,
}

impl Stores {
    /// One adapter as all of its ports.
    pub fn of<S: Storage>(
        adapter: &Arc<S>,
        maintain: impl Fn(Arc<S>) -> BoxFuture<'static, (u64, u64)> + Send + Sync + 'static,
    ) -> Self {
        let swept = Arc::clone(adapter);
        Self {
            store: Arc::<S>::clone(adapter),
            orders: Arc::<S>::clone(adapter),
            products: Arc::<S>::clone(adapter),
            stock: Arc::<S>::clone(adapter),
            contacts: Arc::<S>::clone(adapter),
            access: Arc::<S>::clone(adapter),
            people: Arc::<S>::clone(adapter),
            imports: Arc::<S>::clone(adapter),
            feed: Arc::<S>::clone(adapter),
            audit: Arc::<S>::clone(adapter),
            jobs: Arc::<S>::clone(adapter),
            deliveries: Arc::<S>::clone(adapter),
            maintain: Arc::new(move || maintain(Arc::clone(&swept))),
        }
    }

    /// Commit.
    pub async fn commit(&self, commit: Commit) -> Result<Receipt, Refused> {
        self.store.commit(commit).await
    }
}

/// How an adapter is opened once more, on the same data.
pub type Reopen = Box<dyn Fn() -> BoxFuture<'static, Stores> + Send + Sync>;

/// A fresh store, told of: the first order is 1001, keys live for [`KEY_TTL_S`], ended jobs for [`JOB_TTL_S`].
pub struct Rig {
    /// The store's clock.
    pub clock: Arc<TestClock>,
    stores: Mutex<Stores>,
    reopen: Option<Reopen>,
}

/// How long keys live in every rig, in seconds.
pub const KEY_TTL_S: i64 = 1000;
/// How long jobs that ended are kept in every rig, in seconds.
pub const JOB_TTL_S: i64 = 5000;

impl Rig {
    /// A rig of a store that lives as long as the case.
    pub fn new(clock: Arc<TestClock>, stores: Stores) -> Self {
        Self { clock, stores: Mutex::new(stores), reopen: None }
    }

    /// A rig of a store that is closed and opened whenever a case asks for it again.
    pub fn reopening(clock: Arc<TestClock>, stores: Stores, reopen: Reopen) -> Self {
        Self { reopen: Some(reopen), ..Self::new(clock, stores) }
    }

    /// The store.
    pub fn stores(&self) -> Stores {
        self.stores.lock().clone()
    }

    /// The store, opened anew where it lies on a disk.
    pub async fn again(&self) -> Stores {
        if let Some(reopen) = &self.reopen {
            let opened = reopen().await;
            *self.stores.lock() = opened;
        }
        self.stores()
    }

    /// Let the store's clock go on.
    pub fn pass(&self, seconds: i64) {
        self.clock.advance(jiff::SignedDuration::from_secs(seconds));
    }
}

/// A named case.
pub type Case = (&'static str, for<'r> fn(&'r Rig) -> BoxFuture<'r, ()>);

/// Run every case of a suite, each on a rig of its own.
pub async fn run(suite: &[Case], make: impl AsyncFn() -> Rig) {
    for (name, case) in suite {
        // Shown by the test runner when the case fails.
        tracing::info!(name, "case");
        let rig = make().await;
        case(&rig).await;
    }
}

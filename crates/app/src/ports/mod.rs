//! Everything the engine needs from the world.

pub mod audit;
pub mod clock;
pub mod courier;
pub mod deliveries;
pub mod feed;
pub mod gateway;
pub mod ids;
pub mod imports;
pub mod jobs;
pub mod passwords;
pub mod people;
pub mod publisher;
pub mod reads;
pub mod search;
pub mod shipping;
pub mod store;
pub mod upkeep;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use audit::Audit;
pub use clock::Clock;
pub use courier::Courier;
pub use deliveries::DeliveryReads;
pub use feed::{Bookmark, EventFilter, Feed, FeedCursor};
pub use gateway::{
    BookEntry, BookPage, GatewayCall, GatewayRefund, Notice, PaymentGateway, Statement, StatementPage,
    Unbelievable,
};
pub use ids::Ids;
pub use imports::ImportReads;
pub use jobs::JobQueue;
pub use passwords::Passwords;
pub use people::PeopleReads;
pub use publisher::Publisher;
pub use reads::{AccessReads, ContactReads, OrderReads, ProductReads, StockReads, Stored};
pub use search::Search;
pub use shipping::Shipping;
pub use store::Store;
pub use upkeep::{Swept, Upkeep};

/// Why a read gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store is away.
    #[error("the store cannot be read: {0}")]
    Unavailable(String),
    /// What is stored cannot be understood.
    #[error("stored data cannot be understood: {0}")]
    Corrupt(String),
    /// A cursor that this list never gave.
    #[error("the cursor is not one of this list")]
    BadCursor,
}

/// All ports of storage at once. Whatever answers each of them is one.
pub trait Storage:
    Store
    + OrderReads
    + ProductReads
    + StockReads
    + ContactReads
    + AccessReads
    + PeopleReads
    + Feed
    + Audit
    + JobQueue
    + Upkeep
    + DeliveryReads
    + ImportReads
    + 'static
{
}

impl<S> Storage for S where
    S: Store
        + OrderReads
        + ProductReads
        + StockReads
        + ContactReads
        + AccessReads
        + PeopleReads
        + Feed
        + Audit
        + JobQueue
        + Upkeep
        + DeliveryReads
        + ImportReads
        + 'static
{
}

/// The adapters an engine runs on.
#[derive(Clone)]
pub struct Ports {
    /// The one door for changes.
    pub store: Arc<dyn Store>,
    /// Orders.
    pub orders: Arc<dyn OrderReads>,
    /// Products, for answers.
    pub catalog: Arc<dyn ProductReads>,
    /// Products, for decisions: never behind a shared cache.
    pub prices: Arc<dyn ProductReads>,
    /// Stock, locations, reservations and the journal.
    pub stock: Arc<dyn StockReads>,
    /// Persons and notes.
    pub contacts: Arc<dyn ContactReads>,
    /// API keys.
    pub access: Arc<dyn AccessReads>,
    /// People who may sign in, their sessions, and the audit log.
    pub people: Arc<dyn PeopleReads>,
    /// The log.
    pub feed: Arc<dyn Feed>,
    /// All that is stored, for whoever checks it.
    pub audit: Arc<dyn Audit>,
    /// Background work.
    pub jobs: Arc<dyn JobQueue>,
    /// What the store forgets in time.
    pub upkeep: Arc<dyn Upkeep>,
    /// Endpoints and deliveries of webhooks.
    pub deliveries: Arc<dyn DeliveryReads>,
    /// How far imports are.
    pub imports: Arc<dyn ImportReads>,
    /// Ways to take money, by name.
    pub gateways: BTreeMap<String, Arc<dyn PaymentGateway>>,
    /// Who is told that an order may ship.
    pub shipping: Arc<dyn Shipping>,
    /// The bus that events are published to, if there is one.
    pub publisher: Option<Arc<dyn Publisher>>,
    /// Who hashes passwords; without one nobody signs in.
    pub passwords: Option<Arc<dyn Passwords>>,
    /// Who carries webhooks; without one they wait.
    pub courier: Option<Arc<dyn Courier>>,
    /// The index of the catalog, where this process has one.
    pub search: Option<Arc<dyn Search>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids and secrets.
    pub ids: Arc<dyn Ids>,
}

impl Ports {
    /// One store answers every port of storage. What is answered by something else is named over this:
    /// `Ports { catalog, ..Ports::over(…) }`.
    pub fn over<S: Storage>(
        store: &Arc<S>,
        gateways: BTreeMap<String, Arc<dyn PaymentGateway>>,
        shipping: Arc<dyn Shipping>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self {
            store: store.clone(),
            orders: store.clone(),
            catalog: store.clone(),
            prices: store.clone(),
            stock: store.clone(),
            contacts: store.clone(),
            access: store.clone(),
            people: store.clone(),
            feed: store.clone(),
            audit: store.clone(),
            jobs: store.clone(),
            upkeep: store.clone(),
            deliveries: store.clone(),
            imports: store.clone(),
            gateways,
            shipping,
            publisher: None,
            passwords: None,
            courier: None,
            search: None,
            clock,
            ids,
        }
    }
}

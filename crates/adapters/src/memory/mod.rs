//! The store that lives in memory: for tests, for trials, and as the plainest reading of what a store is.

mod access;
mod audit;
mod categories;
mod collections;
mod contacts;
mod deliveries;
mod feed;
mod imports;
mod jobs;
mod orders;
mod page;
mod people;
mod products;
mod stock;
mod store;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use parking_lot::Mutex;
use sutler_app::access::{ApiKey, AuditEntry, Session, User};
use sutler_app::admission::{Heads, JournalEntry};
use sutler_app::customers::{Contact, Note};
use sutler_app::event::Recorded;
use sutler_app::ports::jobs::PausedQueue;
use sutler_app::ports::{Bookmark, Stored};
use sutler_app::saved_views::ViewShelf;
use sutler_app::stream::StreamId;
use sutler_app::transfer::ImportRecord;
use sutler_domain::catalog::{Category, Collection, PriceRecord, Product};
use sutler_domain::customers::Customer;
use sutler_domain::inventory::{Location, Reservation, Signal};
use sutler_domain::orders::Order;
use sutler_domain::{
    ApiKeyId, CategoryId, CollectionId, ContactId, CustomerId, ImportId, LocationId, NoteId, OrderId,
    Position, ProductId, ReservationId, SessionId, UserId, VariantId, Version,
};
use tokio::sync::watch;

use crate::{Options, Swept};

/// A store in memory. All of it stands behind one mutex, so every read sees one moment.
pub struct Memory {
    state: Mutex<State>,
    head: watch::Sender<Position>,
    options: Options,
}

/// Everything there is. The heads are those that `admit` judges against.
struct State {
    heads: Heads,
    events: Vec<Recorded>,
    orders: BTreeMap<OrderId, Arc<Order>>,
    /// Orders that wait for their payment, by when they expire.
    waiting: BTreeSet<(Timestamp, OrderId)>,
    numbers: HashMap<StreamId, u64>,
    products: BTreeMap<ProductId, Product>,
    prices: BTreeMap<VariantId, PriceRecord>,
    collections: BTreeMap<CollectionId, Collection>,
    categories: BTreeMap<CategoryId, Category>,
    signals: HashMap<StreamId, Signal>,
    journal: Vec<JournalEntry>,
    locations: BTreeMap<LocationId, Location>,
    reservations: BTreeMap<ReservationId, Reservation>,
    contacts: BTreeMap<(ContactId, Version), Contact>,
    customers: BTreeMap<CustomerId, Customer>,
    notes: BTreeMap<NoteId, Note>,
    keys: BTreeMap<ApiKeyId, ApiKey>,
    users: BTreeMap<UserId, User>,
    sessions: BTreeMap<SessionId, Session>,
    imports: BTreeMap<ImportId, ImportRecord>,
    views: BTreeMap<String, ViewShelf>,
    last_seen: HashMap<String, Timestamp>,
    audit_log: Vec<AuditEntry>,
    jobs: jobs::Jobs,
    paused: BTreeMap<String, PausedQueue>,
    cursors: HashMap<String, Position>,
    bookmarks: HashMap<String, Bookmark>,
    webhooks: deliveries::Webhooks,
}

impl Memory {
    /// An empty store.
    pub fn new(options: Options) -> Self {
        let now = options.clock.now();
        let state = State {
            heads: Heads::empty(&options.epoch, now, options.number_start, options.key_ttl),
            events: Vec::new(),
            orders: BTreeMap::new(),
            waiting: BTreeSet::new(),
            numbers: HashMap::new(),
            products: BTreeMap::new(),
            prices: BTreeMap::new(),
            collections: BTreeMap::new(),
            categories: BTreeMap::new(),
            signals: HashMap::new(),
            journal: Vec::new(),
            locations: BTreeMap::new(),
            reservations: BTreeMap::new(),
            contacts: BTreeMap::new(),
            customers: BTreeMap::new(),
            notes: BTreeMap::new(),
            keys: BTreeMap::new(),
            users: BTreeMap::new(),
            sessions: BTreeMap::new(),
            imports: BTreeMap::new(),
            views: BTreeMap::new(),
            last_seen: HashMap::new(),
            audit_log: Vec::new(),
            jobs: jobs::Jobs::default(),
            paused: BTreeMap::new(),
            cursors: HashMap::new(),
            bookmarks: HashMap::new(),
            webhooks: deliveries::Webhooks::default(),
        };
        Self { state: Mutex::new(state), head: watch::Sender::new(Position(0)), options }
    }

    /// Take away what is over: expired keys, and jobs that ended long ago. To be called now and then.
    pub fn maintain(&self) -> Swept {
        let mut state = self.state.lock();
        state.heads.now = self.options.clock.now();
        let (keys, jobs) = (state.heads.keys.len(), state.jobs.len());
        let mut known = std::mem::take(&mut state.heads.keys);
        known.retain(|_, key| !state.heads.is_expired(key));
        state.heads.keys = known;
        state.forget_jobs(self.options.ended_job_ttl);
        let now = state.heads.now;
        let deliveries = count(state.webhooks.sweep(now, self.options.delivery_ttl));
        let sessions = count(state.sweep_sessions(now));
        let (keys, jobs) = (count(keys - state.heads.keys.len()), count(jobs - state.jobs.len()));
        Swept { keys, jobs, deliveries, sessions }
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

impl State {
    /// A view with what the door stamped on it.
    fn stored<T>(&self, stream: &StreamId, value: T) -> Stored<T> {
        let number = self.numbers.get(stream).copied().unwrap_or(0);
        Stored { value, version: self.heads.version(stream), number }
    }
}

#![doc = include_str!("../README.md")]

pub mod access;
pub mod admission;
pub mod bulk;
pub mod caller;
pub mod catalog;
pub mod categories;
pub mod collections;
pub mod commit;
pub mod customers;
mod digest;
pub mod error;
pub mod event;
pub mod inventory;
pub mod job;
pub mod ledger;
pub mod orders;
pub mod page;
pub mod patch;
pub mod payments;
pub mod ports;
pub mod public;
pub mod relay;
pub mod reports;
mod retry;
pub mod saved_views;
pub mod search;
pub mod settings;
pub mod stats;
pub mod stream;
pub mod transfer;
pub mod verify;
pub mod webhooks;

pub use caller::{Answered, Caller, Scopes};
pub use commit::{Commit, Receipt, Refused};
pub use error::{Kind, Problem};
pub use event::{NewEvent, Recorded};
pub use page::{Cursor, Page, PageRequest};
pub use ports::Ports;
pub use settings::Settings;
pub use stream::{StreamId, StreamKind};

use std::sync::Arc;

/// The menu: everything that Sutler does. Every door holds one and calls nothing else.
#[derive(Clone)]
pub struct App {
    /// Place, read and move orders along.
    pub orders: orders::Orders,
    /// Start, capture, void, refund, and settle what gateways say.
    pub payments: payments::Payments,
    /// Products and their variants.
    pub catalog: catalog::Catalog,
    /// The tree that products stand in.
    pub categories: categories::Categories,
    /// Products that are shown together.
    pub collections: collections::Collections,
    /// Stock, locations and reservations without an order.
    pub inventory: inventory::Inventory,
    /// Changes of the catalog and of stock, a file of them at once.
    pub bulk: bulk::Bulk,
    /// Who buys: make, change, export, erase.
    pub customers: customers::Customers,
    /// The books.
    pub ledger: ledger::Ledger,
    /// Tables for people who run the shop.
    pub reports: reports::Reports,
    /// Views of the list of orders that people saved.
    pub saved_views: saved_views::SavedViews,
    /// The figures of the home page.
    pub stats: stats::Stats,
    /// API keys.
    pub access: access::Access,
    /// Products by what they are called.
    pub search: search::Search,
    /// Background work.
    pub jobs: job::Jobs,
    /// The log as others may read it.
    pub events: public::Events,
    /// The log as it grows, for readers who wait.
    pub live: public::Live,
    /// The relay of the log to the bus.
    pub bus: relay::Bus,
    /// Files in.
    pub transfer: transfer::Transfer,
    /// Events delivered over HTTP.
    pub webhooks: webhooks::Webhooks,
    /// Whether what is stored is true.
    pub verify: verify::Verify,
    /// What the engine needs from the world.
    pub ports: Arc<Ports>,
    /// How this shop is run.
    pub settings: Arc<Settings>,
}

impl App {
    /// The engine over its ports. Wiring and every test call this, and only this.
    pub fn new(ports: Ports, settings: Settings) -> Self {
        let (ports, settings) = (Arc::new(ports), Arc::new(settings));
        let compared = Arc::default();
        let room = Room { ports: Arc::clone(&ports), settings: Arc::clone(&settings), compared };
        let payments = payments::Payments::new(room.clone());
        let orders = orders::Orders::new(room.clone());
        let catalog = catalog::Catalog::new(room.clone());
        let search = search::Search::new(room.clone());
        let inventory = inventory::Inventory::new(room.clone());
        let customers = customers::Customers::new(room.clone(), orders.clone());
        Self {
            bulk: bulk::Bulk::new(room.clone()),
            jobs: job::Jobs::new(room.clone()),
            ledger: ledger::Ledger::new(room.clone()),
            reports: reports::Reports::new(room.clone()),
            saved_views: saved_views::SavedViews::new(room.clone()),
            stats: stats::Stats::new(room.clone()),
            categories: categories::Categories::new(room.clone(), search.clone()),
            collections: collections::Collections::new(room.clone(), search.clone()),
            search,
            access: access::Access::new(room.clone()),
            events: public::Events::new(room.clone()),
            live: public::Live::new(room.clone()),
            bus: relay::Bus::new(room.clone()),
            transfer: transfer::Transfer::new(room.clone(), customers.clone()),
            customers,
            webhooks: webhooks::Webhooks::new(room.clone()),
            verify: verify::Verify::new(room),
            orders,
            payments,
            catalog,
            inventory,
            ports,
            settings,
        }
    }
}

/// What every slice works in: the ports, the settings, and what was seen of the books of gateways.
#[derive(Clone)]
pub(crate) struct Room {
    pub(crate) ports: Arc<Ports>,
    pub(crate) settings: Arc<Settings>,
    pub(crate) compared: Arc<payments::Compared>,
}

impl Room {
    /// The time, to the millisecond that users see.
    pub(crate) fn now(&self) -> jiff::Timestamp {
        let now = self.ports.clock.now();
        jiff::Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

//! What each operation takes and gives, one file an area of the trade.

mod catalog;
mod categories;
mod collections;
mod figures;
mod graphql;
mod inventory;
mod open;
mod orders;
mod parcels;
mod payments;
mod people;
mod system;
mod webhooks;

use super::entry::Entry;

/// A page for people.
const HTML: &str = "text/html; charset=utf-8";

/// Operations that belong together, as the manual groups them.
pub(super) struct Area {
    /// Its name.
    pub(super) name: &'static str,
    /// What it is about.
    pub(super) about: &'static str,
    /// Its operations.
    pub(super) entries: Vec<Entry>,
}

fn area(name: &'static str, about: &'static str, entries: Vec<Entry>) -> Area {
    Area { name, about, entries }
}

/// Every area, in the order in which one gets to know them.
pub(super) fn all() -> Vec<Area> {
    vec![
        area("Orders", "Place an order, move it along, learn why it is where it is.", orders::entries()),
        area("Payments", "Payments and refunds: parts of their order.", payments::entries()),
        area(
            "Fulfillments and returns",
            "Parcels on their way, and goods that come back.",
            parcels::entries(),
        ),
        area("Catalog", "Products and their variants.", catalog::entries()),
        area("Collections", "Products that are shown together.", collections::entries()),
        area("Categories", "The tree in which products have a place.", categories::entries()),
        area("Inventory", "Stock, locations and reservations.", inventory::entries()),
        area("Customers and people", "Who buys, and who may sign in.", people::entries()),
        area("Events and jobs", "The log, and the work that follows from it.", system::entries()),
        area("Webhooks", "Where events are delivered to, and what became of it.", webhooks::entries()),
        area("Figures and books", "What was sold, and what is entered into the books.", figures::entries()),
        area("GraphQL", "The same shop, asked for field by field.", graphql::entries()),
        area("Open", "What needs no key: health, descriptions, problems.", open::entries()),
    ]
}

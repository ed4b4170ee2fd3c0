//! A stream, folded event by event, whatever it is of.

use sutler_domain::catalog::{
    Category, CategoryEvent, Collection, CollectionEvent, PriceEvent, PriceRecord, Product, ProductEvent,
};
use sutler_domain::customers::{Customer, CustomerEvent};
use sutler_domain::inventory::{Location, LocationEvent, Reservation, ReservationEvent, ReservationStatus};

use super::order::OrderFold;
use super::shelves::Shelves;
use crate::access::{ApiKey, KeyEvent};
use crate::event::{Recorded, Unreadable};
use crate::stream::StreamKind;

/// A stream as far as it was folded.
#[expect(clippy::large_enum_variant, reason = "nearly all of them are orders")]
pub(super) enum Fold {
    Order(OrderFold),
    Product(Option<Box<Product>>),
    Price(Option<PriceRecord>),
    Collection(Option<Box<Collection>>),
    Category(Option<Box<Category>>),
    Location(Option<Location>),
    Reservation(Option<Reservation>),
    Key(Option<ApiKey>),
    Customer(Option<Customer>),
    /// Of what has no view: its versions count, and nothing else.
    Counted,
}

impl Fold {
    pub(super) fn of(kind: StreamKind) -> Self {
        match kind {
            StreamKind::Order => Self::Order(OrderFold::default()),
            StreamKind::Product => Self::Product(None),
            StreamKind::Price => Self::Price(None),
            StreamKind::Collection => Self::Collection(None),
            StreamKind::Category => Self::Category(None),
            StreamKind::Location => Self::Location(None),
            StreamKind::Reservation => Self::Reservation(None),
            StreamKind::Key => Self::Key(None),
            StreamKind::Customer => Self::Customer(None),
            _ => Self::Counted,
        }
    }

    /// Fold one more event. Catalog, locations and keys carry the whole of it after the change.
    pub(super) fn take(&mut self, record: &Recorded) -> Result<(), Unreadable> {
        match self {
            Self::Order(order) => order.take(record)?,
            Self::Product(product) => {
                *product = match record.read()? {
                    ProductEvent::ProductDeleted(_) => None,
                    ProductEvent::ProductCreated(now)
                    | ProductEvent::ProductUpdated(now)
                    | ProductEvent::ProductArchived(now) => Some(now),
                };
            }
            Self::Price(price) => {
                *price = match record.read()? {
                    PriceEvent::VariantDeleted(_) => None,
                    PriceEvent::VariantCreated(now)
                    | PriceEvent::VariantUpdated(now)
                    | PriceEvent::VariantPriceChanged(now) => Some(now),
                };
            }
            Self::Collection(collection) => {
                *collection = match record.read()? {
                    CollectionEvent::CollectionDeleted(_) => None,
                    CollectionEvent::CollectionCreated(now) | CollectionEvent::CollectionUpdated(now) => {
                        Some(now)
                    }
                };
            }
            Self::Category(category) => {
                *category = match record.read()? {
                    CategoryEvent::CategoryDeleted(_) => None,
                    CategoryEvent::CategoryCreated(now) | CategoryEvent::CategoryUpdated(now) => Some(now),
                };
            }
            Self::Location(location) => {
                let LocationEvent::LocationSaved(now) = record.read()?;
                *location = Some(now);
            }
            Self::Reservation(reservation) => {
                let event: ReservationEvent = record.read()?;
                *reservation = Reservation::evolve(reservation.take(), &event);
            }
            Self::Key(key) => {
                let (KeyEvent::KeyCreated(now) | KeyEvent::KeyRevoked(now) | KeyEvent::KeyEnding(now)) =
                    record.read()?;
                *key = Some(now);
            }
            Self::Customer(customer) => {
                let event: CustomerEvent = record.read()?;
                *customer = Customer::evolve(customer.take(), &event, record.at);
            }
            Self::Counted => {}
        }
        Ok(())
    }

    /// Its view in canonical JSON; nothing for what has none.
    pub(super) fn view(&self) -> Option<String> {
        let json = match self {
            Self::Order(fold) => fold.order.as_ref().map(serde_json::to_string),
            Self::Product(product) => product.as_ref().map(serde_json::to_string),
            Self::Price(price) => price.as_ref().map(serde_json::to_string),
            Self::Collection(collection) => collection.as_ref().map(serde_json::to_string),
            Self::Category(category) => category.as_ref().map(serde_json::to_string),
            Self::Location(location) => location.as_ref().map(serde_json::to_string),
            Self::Reservation(reservation) => reservation.as_ref().map(serde_json::to_string),
            Self::Key(key) => key.as_ref().map(serde_json::to_string),
            Self::Customer(customer) => customer.as_ref().map(serde_json::to_string),
            Self::Counted => None,
        };
        // Every view is plain data with string keys, which always has a JSON form.
        json.map(Result::unwrap_or_default)
    }

    /// What it holds of the stock, once it is folded to its end.
    pub(super) fn hold(&self, shelves: &mut Shelves) {
        match self {
            Self::Order(OrderFold { order: Some(order), .. }) => shelves.hold_order(order),
            Self::Reservation(Some(reservation)) if reservation.status == ReservationStatus::Open => {
                shelves.hold_lines(&reservation.lines);
            }
            _ => {}
        }
    }
}

//! Reads, cut by slice. They return views and pages, never rows.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_domain::catalog::{Product, ProductStatus};
use sutler_domain::customers::Customer;
use sutler_domain::inventory::{Level, Location, Reason, Reservation, Signal};
use sutler_domain::orders::{ContactRef, FulfillmentStatus, Order, OrderStatus, PaymentState, ReturnStatus};
use sutler_domain::{
    CategoryId, ContactId, CustomerId, LocationId, NoteId, OrderId, ProductId, ReservationId, VariantId,
    Version,
};

use super::ReadError;
use crate::access::ApiKey;
use crate::admission::JournalEntry;
use crate::commit::{Claim, StockKey};
use crate::customers::{Contact, Note};
use crate::page::{Page, PageRequest};
use crate::stream::StreamId;

/// A view with what the door stamped on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<T> {
    /// The view.
    pub value: T,
    /// Its version.
    pub version: Version,
    /// The number it drew; 0 for things without one.
    pub number: u64,
}

/// How an order is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderName {
    /// By its id.
    Id(OrderId),
    /// By its number.
    Number(u64),
    /// By the caller's reference.
    Reference(String),
    /// By the id of a payment, a fulfillment, a refund or a return of it.
    Part(String),
}

/// A range of times; both ends optional, the start inclusive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// At or after.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// How orders are sorted; ties are broken by number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OrderSort {
    /// By the time of placing.
    #[default]
    PlacedAt,
    /// By number.
    Number,
    /// By the time of the last change.
    UpdatedAt,
    /// By total.
    Total,
}

/// Parts that some orders have and others do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Having {
    /// At least one payment, however it ended.
    Payment,
    /// At least one refund, however it ended.
    Refund,
    /// At least one return that stands so; `None`: however it stands.
    Return(Option<ReturnStatus>),
    /// At least one hold that is open.
    Hold,
}

/// Which orders. Empty lists and `None` mean any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderQuery {
    /// In these statuses.
    pub status: Vec<OrderStatus>,
    /// With these payment statuses.
    pub payment_status: Vec<PaymentState>,
    /// With these fulfillment statuses.
    pub fulfillment_status: Vec<FulfillmentStatus>,
    /// Of this customer.
    pub customer_id: Option<CustomerId>,
    /// With this reference.
    pub reference: Option<String>,
    /// With this number.
    pub number: Option<u64>,
    /// With an item of this SKU.
    pub sku: Option<String>,
    /// With this tag.
    pub tag: Option<String>,
    /// With all of these pairs.
    pub metadata: Vec<(String, String)>,
    /// With such a part.
    pub having: Option<Having>,
    /// With a total above this, in minor units of the order's own currency.
    pub total_above: Option<i64>,
    /// With a total below this, in minor units of the order's own currency.
    pub total_below: Option<i64>,
    /// Placed in this span.
    pub placed: Span,
    /// Changed in this span.
    pub updated: Span,
    /// How sorted.
    pub sort: OrderSort,
    /// Largest first.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
}

/// What a customer ordered and spent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifetime {
    /// Orders placed, however they ended.
    pub orders: u64,
    /// Money taken less money given back, in minor units, by currency code.
    pub spent: BTreeMap<String, i64>,
    /// When the last order was placed.
    pub last_placed_at: Option<Timestamp>,
}

/// Orders of one currency that were placed in a span, paid whole or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// The currency's code.
    pub currency: String,
    /// Whether they were paid whole, whatever went back later.
    pub is_paid: bool,
    /// How many.
    pub orders: u64,
    /// Σ of their totals, in minor units.
    pub total: i64,
}

/// Orders that somebody should look at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OrderAttention {
    /// Created, and the buyer must approve the payment.
    pub awaiting_buyer: u64,
    /// Created, and the last payment failed.
    pub payment_failed: u64,
    /// On hold.
    pub on_hold: u64,
    /// With a return that waits for a word.
    pub returns_requested: u64,
}

/// Reads of orders.
#[async_trait]
pub trait OrderReads: Send + Sync {
    /// An order as it stands.
    async fn order(&self, name: &OrderName) -> Result<Option<Stored<Arc<Order>>>, ReadError>;

    /// A page of orders with their items, in a number of statements that does not grow with its rows.
    async fn orders(&self, query: &OrderQuery) -> Result<Page<Stored<Arc<Order>>>, ReadError>;

    /// What was placed in a span, by currency and whether it was paid. Costs as much as the orders of the span, however
    /// many there are beside them.
    async fn figures(&self, span: Span) -> Result<Vec<Figures>, ReadError>;

    /// How many orders somebody should look at. Read off indexes, not off the orders.
    async fn attention(&self) -> Result<OrderAttention, ReadError>;

    /// What these customers ordered and spent, counted from their orders as they stand; absent without orders. One
    /// statement.
    async fn lifetimes(&self, ids: &[CustomerId]) -> Result<BTreeMap<CustomerId, Lifetime>, ReadError>;

    /// Unpaid orders whose reservation ended at `now` or before, oldest end first, after the given one.
    async fn due_orders(
        &self,
        now: Timestamp,
        after: Option<(Timestamp, OrderId)>,
        limit: u32,
    ) -> Result<Vec<(Timestamp, OrderId)>, ReadError>;
}

/// A product with the versions of its variants' price records, which a decision names in `requires`. Cheap to clone:
/// many orders share what was read once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PricedProduct {
    /// The product.
    pub product: Arc<Product>,
    /// Its version.
    pub version: Version,
    /// The versions of its price records.
    pub prices: Arc<BTreeMap<VariantId, Version>>,
}

/// How a product is named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ProductName {
    /// By its id.
    Id(ProductId),
    /// By its handle.
    Handle(String),
    /// By the id of one of its variants.
    Variant(VariantId),
    /// By the SKU of one of its variants.
    Sku(String),
}

/// Which products.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductQuery {
    /// In these statuses; empty: any.
    pub status: Vec<ProductStatus>,
    /// With this tag.
    pub tag: Option<String>,
    /// Of this vendor.
    pub vendor: Option<String>,
    /// Of this type.
    pub product_type: Option<String>,
    /// Right in this category.
    pub category_id: Option<CategoryId>,
    /// With all of these pairs.
    pub metadata: Vec<(String, String)>,
    /// Sorted by the time of the last change instead of the title.
    pub by_updated: bool,
    /// Largest first.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
}

/// Reads of products.
#[async_trait]
pub trait ProductReads: Send + Sync {
    /// Several products at once, each name answered or absent; in one fixed number of statements.
    async fn products(&self, names: &[ProductName]) -> Result<Vec<(ProductName, PricedProduct)>, ReadError>;

    /// The same from the store itself, past every cache: for a try that follows a `Moved`, and for changes of the
    /// products themselves.
    async fn products_stored(
        &self,
        names: &[ProductName],
    ) -> Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        self.products(names).await
    }

    /// A page of products with their variants.
    async fn list(&self, query: &ProductQuery) -> Result<Page<PricedProduct>, ReadError>;
}

/// A level of stock with what names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockLevel {
    /// Which counters.
    pub at: StockKey,
    /// The SKU of the variant now; may be empty.
    pub sku: String,
    /// The product of the variant, when it still exists.
    pub product_id: Option<ProductId>,
    /// The counters.
    pub level: Level,
    /// What was last told about it.
    pub signal: Signal,
    /// The version of its stock stream.
    pub version: Version,
}

/// Which levels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StockQuery {
    /// Of the variant with this SKU.
    pub sku: Option<String>,
    /// Of this variant.
    pub variant_id: Option<VariantId>,
    /// At this location.
    pub location_id: Option<LocationId>,
    /// Only where `available` is at or below the reorder point, or 0.
    pub low: bool,
    /// Which page; by variant and location.
    pub page: PageRequest,
}

/// Which rows of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalQuery {
    /// Of the variant with this SKU.
    pub sku: Option<String>,
    /// Of this variant.
    pub variant_id: Option<VariantId>,
    /// At this location.
    pub location_id: Option<LocationId>,
    /// For this reason.
    pub reason: Option<Reason>,
    /// For this order or reservation.
    pub source: Option<String>,
    /// Which page; newest first.
    pub page: PageRequest,
}

/// Reads of stock, locations and reservations.
#[async_trait]
pub trait StockReads: Send + Sync {
    /// Every level of these variants.
    async fn levels(&self, variants: &[VariantId]) -> Result<Vec<StockLevel>, ReadError>;

    /// A page of levels.
    async fn stock(&self, query: &StockQuery) -> Result<Page<StockLevel>, ReadError>;

    /// A page of the journal.
    async fn journal(&self, query: &JournalQuery) -> Result<Page<JournalEntry>, ReadError>;

    /// Every location, the default one first, then by name.
    async fn locations(&self) -> Result<Vec<Stored<Location>>, ReadError>;

    /// The locations in the same order, shared with whoever read them before: for decisions about orders. Changes of
    /// the locations themselves read [`StockReads::locations`].
    async fn known_locations(&self) -> Result<Arc<[Stored<Location>]>, ReadError> {
        Ok(self.locations().await?.into())
    }

    /// A reservation without an order.
    async fn reservation(&self, id: &ReservationId) -> Result<Option<Stored<Reservation>>, ReadError>;

    /// A page of reservations, newest first.
    async fn reservations(&self, page: &PageRequest) -> Result<Page<Stored<Reservation>>, ReadError>;

    /// Open reservations that ended at `now` or before, oldest end first.
    async fn due_reservations(&self, now: Timestamp, limit: u32) -> Result<Vec<ReservationId>, ReadError>;
}

/// Reads of customers, persons and notes. The last two live outside the log.
#[async_trait]
pub trait ContactReads: Send + Sync {
    /// The contacts of these versions; those that are gone are absent. One statement.
    async fn contacts(&self, refs: &[ContactRef]) -> Result<BTreeMap<ContactId, Contact>, ReadError>;

    /// The newest version of a contact.
    async fn contact(&self, id: &ContactId) -> Result<Option<Stored<Contact>>, ReadError>;

    /// Every version of these contacts that is there, in the order of the ids asked for, each with its oldest first. One
    /// statement.
    async fn contact_versions(&self, ids: &[ContactId]) -> Result<Vec<(Version, Contact)>, ReadError>;

    /// A customer.
    async fn customer(&self, id: &CustomerId) -> Result<Option<Stored<Customer>>, ReadError>;

    /// Those of these customers who are known, in any order. One statement.
    async fn customers_named(&self, ids: &[CustomerId]) -> Result<Vec<Stored<Customer>>, ReadError>;

    /// A page of customers, newest first.
    async fn customers(&self, page: &PageRequest) -> Result<Page<Stored<Customer>>, ReadError>;

    /// Notes by id. One statement.
    async fn notes(&self, ids: &[NoteId]) -> Result<BTreeMap<NoteId, Note>, ReadError>;

    /// Who holds a unique name.
    async fn holder(&self, claim: &Claim) -> Result<Option<StreamId>, ReadError>;
}

/// Reads of API keys.
#[async_trait]
pub trait AccessReads: Send + Sync {
    /// The key with this hash of its secret.
    async fn key_by_hash(&self, hash: &str) -> Result<Option<Stored<ApiKey>>, ReadError>;

    /// A key by id.
    async fn key(&self, id: &sutler_domain::ApiKeyId) -> Result<Option<Stored<ApiKey>>, ReadError>;

    /// Every key, newest first.
    async fn keys(&self) -> Result<Vec<Stored<ApiKey>>, ReadError>;
}

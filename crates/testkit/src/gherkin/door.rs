//! What the steps may ask of the shop, and what they are shown. Each door answers the same questions.
#![expect(clippy::struct_field_names, reason = "a thing names its own id as others refer to it")]

use async_trait::async_trait;
use serde_json::Value;

/// A way into the shop.
#[async_trait]
pub(crate) trait Door: Send + Sync {
    /// Create or replace a product in its short form.
    async fn put_product(&self, product: &ProductWish) -> Answer<Product>;
    /// A product by `P1`, `sku:…` or `handle:…`.
    async fn product(&self, name: &str) -> Answer<Product>;
    /// Several products, in the order asked, and the ids that are unknown.
    async fn products(&self, ids: &[String]) -> Answer<(Vec<Product>, Vec<String>)>;
    /// Put a product on sale, or take it off.
    async fn set_for_sale(&self, product_id: &str, for_sale: bool) -> Answer<Product>;

    /// The level of a variant at the default location.
    async fn level(&self, variant_id: &str) -> Answer<Level>;
    /// Count, or set thresholds.
    async fn adjust(&self, wish: &StockWish) -> Answer<Level>;
    /// Keep stock for a basket.
    async fn reserve(&self, items: &[Wanted], minutes: i64) -> Answer<Reservation>;
    /// A reservation, after doing something with it.
    async fn reservation(&self, id: &str, then: &ReservationAct) -> Answer<Reservation>;

    /// Place an order.
    async fn place(&self, wish: &OrderWish) -> Answer<Order>;
    /// What an order would cost, and whether each item can be had.
    async fn quote(&self, items: &[Wanted]) -> Answer<Quote>;
    /// Do something with an order.
    async fn act(&self, order_id: &str, act: &Act, manners: &Manners) -> Answer<Order>;
    /// An order by `ord_…`, `number:…` or `ref:…`.
    async fn order(&self, name: &str) -> Answer<Order>;
    /// An order as it was.
    async fn order_at(&self, order_id: &str, at: &AsOf) -> Answer<Order>;
    /// Every order, oldest first.
    async fn orders(&self) -> Answer<Vec<Order>>;
    /// Why an order is as it is: check, whether it passed, and what is the case.
    async fn explain(&self, order_id: &str) -> Answer<Vec<(String, bool, String)>>;
    /// The types of the public events about a subject (any, when it is `None`), oldest first.
    async fn events(&self, subject: Option<&str>) -> Answer<Vec<String>>;
    /// The buyer's word on the page of the fake gateway.
    async fn buyer_decides(&self, payment_id: &str, approves: bool) -> Answer<()>;

    /// Send a literal request, where the door speaks HTTP.
    async fn literal(&self, method: &str, path: &str, body: &str) -> Option<(u16, Value)>;
}

/// What a door answers: something, or why not.
pub(crate) type Answer<T> = Result<Heard<T>, Refused>;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Heard<T> {
    /// What it shows.
    pub(crate) value: T,
    /// Whether it was given before.
    pub(crate) replayed: bool,
    /// All of it, as it came through the door.
    pub(crate) text: String,
}

/// A refusal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refused {
    /// The stable code.
    pub(crate) code: String,
    /// For people.
    pub(crate) detail: String,
    /// Every fault, with its facts.
    pub(crate) errors: Vec<Fault>,
    /// The order that the refusal names, if any.
    pub(crate) order_id: Option<String>,
}

/// A fault of a request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fault {
    pub(crate) pointer: String,
    pub(crate) available: Option<i64>,
    pub(crate) requested: Option<i64>,
}

/// How a request is made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Manners {
    /// Its idempotency key.
    pub(crate) key: Option<String>,
    /// The version that the order must have.
    pub(crate) if_match: Option<u64>,
    /// How long the answer may wait for the payment, in seconds.
    pub(crate) wait_s: u32,
}

/// A product to put.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProductWish {
    pub(crate) product_id: String,
    pub(crate) price_minor: i64,
    pub(crate) stock: Option<i64>,
    pub(crate) sku: Option<String>,
    pub(crate) handle: Option<String>,
    /// Whether it has no stock to run out of.
    pub(crate) untracked: bool,
    pub(crate) oversell: bool,
}

/// Units of a product, by its id or as `sku:…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) product: String,
    pub(crate) quantity: i64,
}

/// An order to place.
#[derive(Clone, Debug, Default)]
pub(crate) struct OrderWish {
    pub(crate) customer_id: String,
    pub(crate) items: Vec<Wanted>,
    /// What the buyer was shown for each item, in minor units.
    pub(crate) expected_minor: Option<i64>,
    pub(crate) currency: Option<String>,
    pub(crate) location: Option<String>,
    pub(crate) reservation_id: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) payment: Option<PaymentWish>,
    pub(crate) manners: Manners,
}

/// A payment to make.
#[derive(Clone, Debug, Default)]
pub(crate) struct PaymentWish {
    pub(crate) gateway: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) amount_minor: Option<i64>,
    /// Secure the money now, take it by hand.
    pub(crate) by_hand: bool,
    /// Call the order off when it fails.
    pub(crate) or_not_at_all: bool,
}

/// A change of a level.
#[derive(Clone, Debug, Default)]
pub(crate) struct StockWish {
    pub(crate) variant_id: String,
    pub(crate) set_to: Option<i64>,
    pub(crate) expected_on_hand: Option<i64>,
    pub(crate) safety_stock: Option<i64>,
    pub(crate) reorder_point: Option<i64>,
}

/// What is done with a reservation.
#[derive(Clone, Debug)]
pub(crate) enum ReservationAct {
    Look,
    Release,
    Extend { minutes: i64 },
}

/// What is done with an order. Items are `(item_id, units)`.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Confirm,
    Release,
    Cancel { reason: Option<String>, refund: bool, items: Vec<(String, i64)> },
    Hold { code: String, reason: String },
    Unhold { code: String },
    Fulfill { items: Vec<(String, i64)>, ship: bool },
    Ship { fulfillment_id: String, carrier: String, number: String },
    Deliver { fulfillment_id: String },
    CancelFulfillment { fulfillment_id: String },
    Pay(PaymentWish),
    Capture { payment_id: String, amount_minor: Option<i64> },
    Void { payment_id: String },
    Sync { payment_id: String },
    Refund { amount_minor: Option<i64>, items: Vec<(String, i64)>, restock: bool },
    AskReturn { items: Vec<(String, i64)>, reason: Option<String> },
    ApproveReturn { return_id: String },
    ReceiveReturn { return_id: String, items: Vec<(String, i64)>, condition: String },
    RejectReturn { return_id: String, reason: String },
    CloseReturn { return_id: String },
    RefundReturn { return_id: String, amount_minor: Option<i64> },
}

/// When an order is looked at.
#[derive(Clone, Debug)]
pub(crate) enum AsOf {
    Version(u64),
    Time(jiff::Timestamp),
}

/// A product with one variant.
#[derive(Clone, Debug)]
pub(crate) struct Product {
    pub(crate) product_id: String,
    pub(crate) status: String,
    pub(crate) variant_id: String,
    pub(crate) price_minor: i64,
}

/// A level of stock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) on_hand: i64,
    pub(crate) reserved: i64,
    pub(crate) available: i64,
}

/// A reservation without an order.
#[derive(Clone, Debug)]
pub(crate) struct Reservation {
    pub(crate) reservation_id: String,
    pub(crate) status: String,
}

/// What a basket would cost.
#[derive(Clone, Debug)]
pub(crate) struct Quote {
    pub(crate) total_minor: i64,
    /// Whether each item, in the order asked, is short.
    pub(crate) short: Vec<bool>,
}

/// An order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    pub(crate) order_id: String,
    pub(crate) number: u64,
    pub(crate) customer_id: Option<String>,
    pub(crate) status: String,
    pub(crate) payment_status: String,
    pub(crate) fulfillment_status: String,
    pub(crate) items: Vec<Item>,
    pub(crate) paid_minor: i64,
    pub(crate) refunded_minor: i64,
    pub(crate) due_minor: i64,
    pub(crate) payments: Vec<Payment>,
    pub(crate) refunds: Vec<Refund>,
    pub(crate) fulfillments: Vec<Fulfillment>,
    pub(crate) returns: Vec<Return>,
    pub(crate) holds: Vec<String>,
    /// What may be done next, each with why it may not be done now.
    pub(crate) next_actions: Vec<(String, Option<String>)>,
}

/// An item of an order.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) item_id: String,
    pub(crate) product_id: String,
    pub(crate) ordered: i64,
    pub(crate) canceled: i64,
    pub(crate) fulfilled: i64,
    pub(crate) returned: i64,
    pub(crate) open: i64,
}

/// A payment of an order.
#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) payment_id: String,
    pub(crate) status: String,
    pub(crate) failure_code: Option<String>,
    pub(crate) page_url: Option<String>,
    pub(crate) disputed: bool,
}

/// A refund of an order.
#[derive(Clone, Debug)]
pub(crate) struct Refund {
    pub(crate) status: String,
    pub(crate) failure_code: Option<String>,
}

/// A parcel.
#[derive(Clone, Debug)]
pub(crate) struct Fulfillment {
    pub(crate) fulfillment_id: String,
    pub(crate) status: String,
    pub(crate) carrier: Option<String>,
    pub(crate) number: Option<String>,
}

/// Goods that come back.
#[derive(Clone, Debug)]
pub(crate) struct Return {
    pub(crate) return_id: String,
    pub(crate) status: String,
}

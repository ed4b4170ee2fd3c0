//! The figures of the home page, and how the shop is run.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Money;

/// The figures of a range up to now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Overview {
    /// `overview`.
    #[schemars(extend("const" = "overview"))]
    pub object: String,
    /// When the range begins.
    pub from: String,
    /// Now.
    pub until: String,
    /// The range.
    pub now: Period,
    /// The same time before it.
    pub before: Period,
    /// What somebody should look at, of all orders.
    pub attention: Attention,
}

/// What was sold in a time, by the time of placing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Period {
    /// Orders placed, however they ended.
    pub orders: u64,
    /// Of those, orders that were paid whole, whatever went back later.
    pub paid: u64,
    /// `paid` of `orders` in tenths of a percent, rounded down; null without orders.
    pub paid_rate_permille: Option<u64>,
    /// The totals of the paid orders, for each currency.
    pub revenue: Vec<Money>,
    /// Revenue for each paid order, rounded down to the minor unit, for each currency.
    pub average_order: Vec<Money>,
}

/// What somebody should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attention {
    /// Orders whose buyer must approve the payment.
    pub awaiting_buyer: u64,
    /// Orders whose last payment failed.
    pub payment_failed: u64,
    /// Orders on hold.
    pub on_hold: u64,
    /// Orders with a return that waits for a word.
    pub returns_requested: u64,
    /// Levels of stock at or below their reorder point, or empty.
    pub low_stock: u64,
    /// Endpoints of webhooks whose last delivery failed.
    pub failing_endpoints: u64,
    /// Jobs that were given up.
    pub dead_jobs: u64,
}

/// How the shop is run. What is secret is not among it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settings {
    /// `settings`.
    #[schemars(extend("const" = "settings"))]
    pub object: String,
    /// `live` or `test`.
    #[schemars(extend("enum" = ["live", "test"]))]
    pub shop: String,
    /// The currency of amounts that name none.
    pub currency: String,
    /// What stands before an order's number.
    pub number_prefix: String,
    /// How long the stock of an unpaid order is kept, ISO 8601.
    pub reservation_ttl: String,
    /// `deny` or `allow`: variants that do not say.
    #[schemars(extend("enum" = ["deny", "allow"]))]
    pub oversell: String,
    /// Items of one order.
    pub order_lines_max: u64,
    /// Where to reserve first.
    pub locations_priority: Vec<String>,
    /// The gateway of payments that name none.
    pub default_gateway: String,
    /// Every gateway.
    pub gateways: Vec<String>,
    /// The tax rate by tax code.
    pub tax_rates: BTreeMap<String, String>,
    /// Whether prices hold their tax.
    pub tax_included: bool,
    /// Where the server is reached from outside.
    pub public_url: String,
    /// Whether a POST without an idempotency key is refused.
    pub require_idempotency_key: bool,
    /// Whether a change without `If-Match` is refused.
    pub require_if_match: bool,
    /// How far back events are read, ISO 8601.
    pub events_retention: String,
}

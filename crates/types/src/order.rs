//! Orders.

mod request;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Money;
use crate::catalog::Variant;
use crate::fulfillment::Fulfillment;
use crate::payment::{Payment, Refund};
use crate::returns::Return;

pub use request::{CancelOrder, HoldOrder, NewNote, OrderPatch};

/// A related thing: its id, or with `?expand=` the thing itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "Related{T}")]
pub enum Related<T> {
    /// Its id.
    Id(String),
    /// Itself.
    Whole(Box<T>),
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Order {
    /// Its id.
    pub order_id: String,
    /// `order`.
    #[schemars(extend("const" = "order"))]
    pub object: String,
    /// Its number, with the shop's prefix: `"1061"`.
    pub number: String,
    /// The caller's own id for it; unique.
    pub reference: Option<String>,
    /// How many events it has; its `ETag`.
    pub version: u64,
    /// `created`, `confirmed`, `completed`, `canceled` or `expired`.
    #[schemars(extend("enum" = ["created", "confirmed", "completed", "canceled", "expired"]))]
    pub status: String,
    /// `unpaid`, `pending`, `requires_action`, `authorized`, `partially_paid`, `paid`, `partially_refunded`,
    /// `refunded`, `voided` or `failed`.
    #[schemars(extend("enum" = ["unpaid", "pending", "requires_action", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "failed"]))]
    pub payment_status: String,
    /// `unfulfilled`, `partially_shipped`, `shipped`, `delivered`, `partially_returned` or `returned`.
    #[schemars(extend("enum" = ["unfulfilled", "partially_shipped", "shipped", "delivered", "partially_returned", "returned"]))]
    pub fulfillment_status: String,
    /// Its one currency.
    pub currency: String,
    /// What was bought.
    pub items: Vec<Item>,
    /// How it travels.
    pub shipping: Option<Shipping>,
    /// What was taken off.
    pub discounts: Vec<Discount>,
    /// Its sums.
    pub totals: Totals,
    /// The shop's own id for the customer.
    pub customer_id: Option<String>,
    /// The person; only with `expand=customer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// What was tried to pay it, oldest first.
    pub payments: Vec<Related<Payment>>,
    /// The newest payment.
    pub payment: Option<Payment>,
    /// What went back, oldest first.
    pub refunds: Vec<Related<Refund>>,
    /// What travels together, oldest first.
    pub fulfillments: Vec<Related<Fulfillment>>,
    /// What comes back.
    #[serde(default)]
    pub returns: Vec<Related<Return>>,
    /// What stops fulfillment.
    pub holds: Vec<Hold>,
    /// What was noted about it, oldest first.
    pub notes: Vec<Related<Note>>,
    /// Where it goes.
    pub shipping_address: Option<Address>,
    /// Where the bill goes.
    pub billing_address: Option<Address>,
    /// What this caller may do with it now.
    pub next_actions: Vec<Action>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The caller's own pairs.
    pub metadata: BTreeMap<String, String>,
    /// Why it was canceled.
    pub cancel_reason: Option<String>,
    /// The basket's reservation it took over.
    pub reservation_id: Option<String>,
    /// When it was placed.
    pub placed_at: String,
    /// When it was confirmed.
    pub confirmed_at: Option<String>,
    /// When it was completed, canceled or expired.
    pub ended_at: Option<String>,
    /// When its unpaid stock is given up.
    pub reservation_expires_at: Option<String>,
    /// When it was placed.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// Set when it is shown as it was at that time.
    pub as_of: Option<String>,
}

/// One entry of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Item {
    /// Its id.
    pub item_id: String,
    /// The product it was.
    pub product_id: String,
    /// The variant it was.
    pub variant_id: String,
    /// The SKU it had; may be empty.
    pub sku: String,
    /// The product's title then.
    pub title: String,
    /// The variant's title then.
    pub variant_title: String,
    /// What one cost.
    pub unit_price: Money,
    /// What all of them cost.
    pub total: Money,
    /// Its share of the discounts.
    pub discount: Money,
    /// Its tax.
    pub tax: Tax,
    /// Where its stock is.
    pub location_id: String,
    /// Whether it travels.
    pub requires_shipping: bool,
    /// Where its units are.
    pub quantity: Quantity,
    /// The caller's own pairs.
    pub metadata: BTreeMap<String, String>,
    /// The variant as it is now; only with `expand=items.variant`, and only while it exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<Variant>,
}

/// Where the units of an item are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quantity {
    /// Ordered.
    pub ordered: i64,
    /// Canceled before they shipped.
    pub canceled: i64,
    /// Shipped.
    pub fulfilled: i64,
    /// Came back.
    pub returned: i64,
    /// Neither canceled nor shipped.
    pub open: i64,
}

/// A tax.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tax {
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: String,
    /// `"0.19"` for 19 %, when there was a rate.
    pub rate: Option<String>,
    /// Whether the price holds it.
    pub included: bool,
    /// `request`, `setting` or `none`.
    #[schemars(extend("enum" = ["request", "setting", "none"]))]
    pub source: String,
}

/// How an order travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Shipping {
    /// The shop's word for it.
    pub method: String,
    /// What it costs.
    pub amount: Money,
    /// Its tax.
    pub tax: Tax,
}

/// What was taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Discount {
    /// The code the buyer gave.
    pub code: Option<String>,
    /// What it is called.
    pub title: String,
    /// How much.
    pub amount: Money,
    /// The item it is of; `null`: of all.
    pub item_id: Option<String>,
}

/// The sums of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// Σ of the items.
    pub subtotal: Money,
    /// Σ of the discounts.
    pub discount: Money,
    /// The shipping.
    pub shipping: Money,
    /// Σ of the taxes.
    pub tax: TaxTotal,
    /// What is to be paid in all.
    pub total: Money,
    /// What was taken.
    pub paid: Money,
    /// What went back.
    pub refunded: Money,
    /// What is still to be paid.
    pub due: Money,
}

/// Σ of the taxes of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TaxTotal {
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: String,
    /// Whether all of it is held by the prices.
    pub included: bool,
}

/// A person, as one order knows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OrderCustomer")]
pub struct Customer {
    /// `customer`.
    #[schemars(extend("const" = "customer"))]
    pub object: String,
    /// The shop's own id.
    pub customer_id: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// Where somebody lives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Address {
    /// Who lives there.
    pub name: Option<String>,
    /// First line.
    pub line1: Option<String>,
    /// Second line.
    pub line2: Option<String>,
    /// City.
    pub city: Option<String>,
    /// State, province or region.
    pub region: Option<String>,
    /// Postal code.
    pub postal_code: Option<String>,
    /// Country, ISO 3166-1 alpha-2.
    pub country: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// A stop on fulfillment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Hold {
    /// `manual`, `address_check`, `fraud_review` or `payment_review`.
    #[schemars(extend("enum" = ["manual", "address_check", "fraud_review", "payment_review"]))]
    pub code: String,
    /// In words.
    pub reason: Option<String>,
    /// Since when.
    pub created_at: String,
}

/// A note about an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Note {
    /// Its id.
    pub note_id: String,
    /// `note`.
    #[schemars(extend("const" = "note"))]
    pub object: String,
    /// The order it is about.
    pub order_id: String,
    /// What it says.
    pub body: String,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub created_at: String,
}

/// Something a caller may do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NextOrderAction")]
pub struct Action {
    /// Such as `fulfill`.
    pub action: String,
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub href: String,
    /// Why it cannot be done just now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_disabled: Option<String>,
}

/// A line of an order's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TimelineEntry {
    /// When.
    pub at: String,
    /// `event` or `note`.
    #[schemars(extend("enum" = ["event", "note"]))]
    pub kind: String,
    /// In a few words.
    pub title: String,
    /// Who did it.
    pub actor: String,
    /// The event's type.
    pub event_type: Option<String>,
    /// The event's id.
    pub event_id: Option<String>,
    /// The order's version after it.
    pub version: Option<u64>,
    /// The request or job that caused it.
    pub causation: Option<String>,
    /// The note.
    pub note: Option<Note>,
}

/// Why an order is as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// The order.
    pub order_id: String,
    /// `explanation`.
    #[schemars(extend("const" = "explanation"))]
    pub object: String,
    /// Its status.
    pub status: String,
    /// What was looked at.
    pub checks: Vec<Check>,
    /// What this caller may do with it now.
    pub next_actions: Vec<Action>,
}

/// One answer to "why is it stuck".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Check {
    /// What was looked at, such as `payment`.
    pub check: String,
    /// Whether it is as it should be.
    pub pass: bool,
    /// What is the case.
    pub detail: String,
    /// What to do about it.
    pub fix: Option<String>,
}

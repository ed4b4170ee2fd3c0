//! The parts of an order.

use jiff::Timestamp;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::{
    ContactId, Currency, FulfillmentId, ItemId, LocationId, Metadata, NoteId, PaymentId, ProductId, RefundId,
    ReturnId, VariantId, Version,
};

/// What is 0 is left out of the JSON, like everything empty: most orders have no cancellations, returns or discounts.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
const fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Which version of a contact an order shows; the person is never in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactRef {
    /// The contact.
    pub contact_id: ContactId,
    /// Its version.
    pub version: Version,
}

/// Where a tax came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxSource {
    /// The request named it.
    Request,
    /// The shop's rate for the variant's tax code.
    Setting,
    /// There is none.
    #[default]
    None,
}

/// The tax of an item or of the shipping, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemTax {
    /// How much.
    pub amount: i64,
    /// At which rate (0.19 for 19 %), when a rate was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Decimal>,
    /// Whether the price already holds it.
    pub included: bool,
    /// Where it came from.
    pub source: TaxSource,
}

impl ItemTax {
    /// No tax, where prices would hold it: what an item without any in its JSON has.
    const fn none() -> Self {
        Self { amount: 0, rate: None, included: true, source: TaxSource::None }
    }

    fn is_none(&self) -> bool {
        *self == Self::none()
    }
}

/// One entry of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub item_id: ItemId,
    /// The product it was.
    pub product_id: ProductId,
    /// The variant it was.
    pub variant_id: VariantId,
    /// The SKU it had; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub sku: String,
    /// The product's title then.
    pub title: String,
    /// The variant's title then.
    pub variant_title: String,
    /// What one cost, in minor units.
    pub unit_price: i64,
    /// `unit_price × ordered`.
    pub total: i64,
    /// Its share of the order's discounts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub discount: i64,
    /// Its tax.
    #[serde(default = "ItemTax::none", skip_serializing_if = "ItemTax::is_none")]
    pub tax: ItemTax,
    /// Where its stock is.
    pub location_id: LocationId,
    /// Whether it has stock to run out of.
    pub tracked: bool,
    /// Whether it travels.
    pub requires_shipping: bool,
    /// Units ordered.
    pub ordered: i64,
    /// Units canceled before they shipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub canceled: i64,
    /// Units in fulfillments that are planned and not shipped yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub planned: i64,
    /// Units shipped.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fulfilled: i64,
    /// Units that came back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returned: i64,
    /// Units in returns that are open and have not come yet.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returning: i64,
    /// Units of stock kept for it now.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reserved: i64,
    /// The caller's own pairs.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
}

/// The key of an item's metadata under which its price of one stands, as text, where it has more decimals than its
/// currency: then `total` was rounded once, half to even, and `unit_price` is only close to it.
pub const EXACT_PRICE: &str = "import.unit_price";

/// What units cost at the exact price that their metadata name, in minor units.
pub fn exact_total(metadata: &Metadata, quantity: i64, currency: Currency) -> Option<i64> {
    let price: Decimal = metadata.get(EXACT_PRICE)?.parse().ok()?;
    let minor = Decimal::from(10i64.checked_pow(currency.exponent())?);
    let exact = price.checked_mul(minor)?.checked_mul(Decimal::from(quantity))?;
    exact.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven).to_i64()
}

impl Item {
    /// Units neither canceled nor shipped.
    pub const fn open(&self) -> i64 {
        self.ordered.saturating_sub(self.canceled).saturating_sub(self.fulfilled)
    }

    /// Units that a new fulfillment may take.
    pub const fn fulfillable(&self) -> i64 {
        self.open().saturating_sub(self.planned)
    }

    /// Units that are with the customer and in no return.
    pub const fn returnable(&self) -> i64 {
        self.fulfilled.saturating_sub(self.returned).saturating_sub(self.returning)
    }
}

/// How the order travels and what that costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipping {
    /// The shop's word for it, such as `standard`.
    pub method: String,
    /// What it costs, in minor units.
    pub amount: i64,
    /// Its tax.
    #[serde(default)]
    pub tax: ItemTax,
}

/// A reduction, of one item or of the whole order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discount {
    /// The code the buyer gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it is called.
    pub title: String,
    /// How much, in minor units.
    pub amount: i64,
    /// The item it is of; `None`: spread over all items by their totals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_id: Option<ItemId>,
}

/// The sums of an order, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Σ of the items.
    pub subtotal: i64,
    /// Σ of the discounts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub discount: i64,
    /// The shipping.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub shipping: i64,
    /// Σ of all taxes, in prices or not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tax: i64,
    /// The part of the taxes that prices do not hold.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tax_added: i64,
    /// `subtotal − discount + shipping + tax_added`.
    pub total: i64,
}

/// Why fulfillment is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldCode {
    /// Somebody said so.
    Manual,
    /// The address is doubtful.
    AddressCheck,
    /// The buyer is doubtful.
    FraudReview,
    /// The money is doubtful.
    PaymentReview,
}

impl HoldCode {
    /// Every code.
    pub const ALL: [Self; 4] = [Self::Manual, Self::AddressCheck, Self::FraudReview, Self::PaymentReview];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::AddressCheck => "address_check",
            Self::FraudReview => "fraud_review",
            Self::PaymentReview => "payment_review",
        }
    }
}

/// A stop on fulfillment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why.
    pub code: HoldCode,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when.
    pub at: Timestamp,
}

/// A note about an order; its text lies outside the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRef {
    /// The note.
    pub note_id: NoteId,
    /// When it was written.
    pub at: Timestamp,
}

/// Units of an item in a fulfillment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FulfillmentLine {
    /// The item.
    pub item_id: ItemId,
    /// How many units.
    pub quantity: i64,
}

/// Where a parcel is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracking {
    /// Who carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// The carrier's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Where to look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// Where a fulfillment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FulfillmentStatus {
    /// Planned.
    Pending,
    /// On its way.
    Shipped,
    /// Arrived.
    Delivered,
    /// Called off before it left.
    Canceled,
}

impl FulfillmentStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Canceled => "canceled",
        }
    }
}

/// Items that travel together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fulfillment {
    /// Its id.
    pub fulfillment_id: FulfillmentId,
    /// What is in it.
    pub lines: Vec<FulfillmentLine>,
    /// Where it stands.
    pub status: FulfillmentStatus,
    /// Where it is.
    #[serde(default)]
    pub tracking: Tracking,
    /// When it was planned.
    pub created_at: Timestamp,
    /// When it left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipped_at: Option<Timestamp>,
    /// When it arrived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered_at: Option<Timestamp>,
}

/// Where a refund stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundStatus {
    /// The gateway has not answered.
    Pending,
    /// The money went back.
    Succeeded,
    /// The gateway refused.
    Failed,
}

impl RefundStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

/// Units of an item that a refund is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundLine {
    /// The item.
    pub item_id: ItemId,
    /// Units that were open and are canceled by it.
    pub canceled: i64,
    /// Units that were shipped and came back, or will not.
    pub shipped: i64,
    /// Of the shipped ones, units put back on the shelf.
    pub restocked: i64,
    /// Units that a return had brought back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub returned: i64,
}

/// Money that goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// Its id.
    pub refund_id: RefundId,
    /// The payment it goes back through.
    pub payment_id: PaymentId,
    /// How much, in minor units.
    pub amount: i64,
    /// What it is for; empty: an amount alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<RefundLine>,
    /// The return that brought the items back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_id: Option<ReturnId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it stands.
    pub status: RefundStatus,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<crate::payments::Failure>,
    /// When it was started.
    pub created_at: Timestamp,
}

/// Quantities taken off items, such as by a cancellation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// The item.
    pub item_id: ItemId,
    /// How many units.
    pub quantity: i64,
}

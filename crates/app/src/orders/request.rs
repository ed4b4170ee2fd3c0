//! What a caller may ask of orders. Every door parses into these; together with the use case they are the
//! fingerprint of an idempotency key.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Serialize;
use sutler_domain::orders::{ReturnCondition, Tracking};
use sutler_domain::payments::{CaptureMode, OnFailure};
use sutler_domain::{
    Currency, CustomerId, Fault, ItemId, LocationId, Metadata, Money, PaymentId, ProductId, ReservationId,
    ReturnId, VariantId,
};

use crate::customers::Address;

/// Minor units, with the currency when the caller named it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Amount {
    /// Minor units.
    pub amount: i64,
    /// Their currency; `None`: that of the enclosing object.
    pub currency: Option<Currency>,
}

impl Amount {
    /// The minor units, which must be of `currency` when they say which they are.
    pub(crate) fn of(self, currency: Currency, pointer: &str) -> Result<i64, Fault> {
        let found = Money { amount: self.amount, currency: self.currency.unwrap_or(currency) };
        let checked = Money::zero(currency)
            .same(found)
            .map_err(|e| Fault::new(pointer, "currency_mismatch", e.to_string()));
        checked?;
        Money::new(self.amount, currency)
            .map(|m| m.amount)
            .map_err(|e| Fault::invalid(pointer, e.to_string()))
    }
}

/// Who buys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CustomerInput {
    /// E-mail address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// A tax that the caller worked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TaxInput {
    /// 0.19 for 19 %.
    pub rate: Option<Decimal>,
    /// The amount, instead of the rate.
    pub amount: Option<i64>,
    /// Whether the price holds it; `None`: as the shop is set.
    pub included: Option<bool>,
}

/// One entry of an order: a product with one variant, a variant, or a SKU.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ItemInput {
    /// The product, when it has one variant.
    pub product_id: Option<ProductId>,
    /// The variant.
    pub variant_id: Option<VariantId>,
    /// The variant, by its SKU.
    pub sku: Option<String>,
    /// How many.
    pub quantity: i64,
    /// What the buyer was shown; another price is refused.
    pub expected_unit_price: Option<Amount>,
    /// Its tax; `None`: the shop's rate.
    pub tax: Option<TaxInput>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// How it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShippingInput {
    /// The shop's word for it.
    pub method: String,
    /// What it costs.
    pub amount: Amount,
    /// Its tax.
    pub tax: Option<TaxInput>,
}

/// What is taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiscountInput {
    /// The code the buyer gave.
    pub code: Option<String>,
    /// What it is called.
    pub title: String,
    /// How much.
    pub amount: Amount,
    /// The index of the item it is of; `None`: of all.
    pub item: Option<usize>,
}

/// A payment to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PaymentInput {
    /// Through which gateway; `None`: the shop's default.
    pub gateway: Option<String>,
    /// The gateway's token for the buyer's means.
    pub token: Option<String>,
    /// When the money is taken.
    pub capture: CaptureMode,
    /// What becomes of the order when it fails.
    pub on_failure: OnFailure,
    /// How much; `None`: all that is due.
    pub amount: Option<Amount>,
}

/// An order to place, or to quote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OrderRequest {
    /// The caller's own id for the customer.
    pub customer_id: Option<CustomerId>,
    /// The person.
    pub customer: Option<CustomerInput>,
    /// What is bought.
    pub items: Vec<ItemInput>,
    /// The order's one currency; `None`: the shop's.
    pub currency: Option<Currency>,
    /// Where to reserve; `None`: by the shop's priority.
    pub location: Option<LocationId>,
    /// A basket's reservation to take over.
    pub reservation_id: Option<ReservationId>,
    /// How it travels.
    pub shipping: Option<ShippingInput>,
    /// What is taken off.
    pub discounts: Vec<DiscountInput>,
    /// Where it goes.
    pub shipping_address: Option<Address>,
    /// Where the bill goes.
    pub billing_address: Option<Address>,
    /// The payment to make.
    pub payment: Option<PaymentInput>,
    /// The caller's own id for the order; unique.
    pub reference: Option<String>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// A cancellation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CancelInput {
    /// Why.
    pub reason: Option<String>,
    /// Whether money that was taken goes back.
    pub refund: bool,
    /// Which items, and how many units; empty: the whole order.
    pub items: Vec<(ItemId, i64)>,
}

/// Items to send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct FulfillInput {
    /// Which items, and how many units; empty: all that is open.
    pub items: Vec<(ItemId, i64)>,
    /// Where they are; must be where their stock is reserved.
    pub location: Option<LocationId>,
    /// Where they will be found.
    pub tracking: Tracking,
    /// Whether they leave at once.
    pub ship: bool,
}

/// A change of person, tags or metadata.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct UpdateInput {
    /// The person; `None`: unchanged. Members that are `None` are unchanged, `Some(None)` are cleared.
    pub email: Option<Option<String>>,
    /// The person's name.
    pub name: Option<Option<String>>,
    /// The person's telephone number.
    pub phone: Option<Option<String>>,
    /// Where it goes.
    pub shipping_address: Option<Option<Address>>,
    /// Where the bill goes.
    pub billing_address: Option<Option<Address>>,
    /// All tags.
    pub tags: Option<Vec<String>>,
    /// Pairs to merge; `None` deletes one.
    pub metadata: Option<BTreeMap<String, Option<String>>>,
}

/// A refund to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RefundInput {
    /// Of which order, in words for the fingerprint.
    pub order: super::Named,
    /// Through which payment; `None`: the first that covers it.
    pub payment_id: Option<PaymentId>,
    /// How much; `None`: what the items cost, or all.
    pub amount: Option<Amount>,
    /// For which items, and how many units.
    pub items: Vec<(ItemId, i64)>,
    /// The return whose units are refunded; then no items are named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_id: Option<ReturnId>,
    /// Whether shipped units lie on the shelf again.
    pub restock: bool,
    /// Why.
    pub reason: Option<String>,
    /// A note for the order.
    pub note: Option<String>,
}

/// A return to ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReturnInput {
    /// Which items, how many units, and why; empty: all that is with the customer.
    pub items: Vec<(ItemId, i64, Option<String>)>,
    /// The parcel they come in.
    pub label: Tracking,
}

/// Goods of a return that came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ReceiveInput {
    /// What came; empty: all that has not come yet, and can be sold.
    pub items: Vec<ReceivedInput>,
}

/// Units that came, in one condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceivedInput {
    /// Which item.
    pub item_id: ItemId,
    /// How many units.
    pub quantity: i64,
    /// How they are.
    pub condition: ReturnCondition,
    /// Whether they lie on the shelf again; `None`: if they can be sold.
    pub restock: Option<bool>,
}

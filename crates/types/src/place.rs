//! What a client sends to place or quote an order, and what a quote answers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Money;
use crate::order::{Address, Item, Shipping, Totals};
use crate::payment::NewPayment;

/// An order to place, or to quote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["items"]))]
pub struct NewOrder {
    /// The shop's own id for the customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<NewCustomer>,
    /// What is bought.
    pub items: Vec<NewItem>,
    /// The order's one currency; the shop's when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Where to reserve; by the shop's priority when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// A basket's reservation to take over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<String>,
    /// How it travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping: Option<NewShipping>,
    /// What is taken off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<NewDiscount>,
    /// Where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// Where the bill goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// The payment to make.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<NewPayment>,
    /// The caller's own id for the order; unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Words to find it by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The caller's own pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// Who buys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "NewOrderCustomer")]
pub struct NewCustomer {
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

/// One entry of an order: a product with one variant, a variant, or a SKU.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["quantity"]))]
pub struct NewItem {
    /// The product, when it has one variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<String>,
    /// The variant, by its SKU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// How many.
    pub quantity: i64,
    /// What the buyer was shown; another price is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_unit_price: Option<Money>,
    /// Its tax; the shop's rate when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<NewTax>,
    /// The caller's own pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// A tax that the caller worked out: a rate or an amount.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct NewTax {
    /// `"0.19"` for 19 %.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<String>,
    /// Minor units of the order's currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Whether the price holds it; as the shop is set when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub included: Option<bool>,
}

/// How it travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewShipping {
    /// The shop's word for it.
    pub method: String,
    /// What it costs.
    pub amount: Money,
    /// Its tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<NewTax>,
}

/// What is taken off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewDiscount {
    /// The code the buyer gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What it is called.
    pub title: String,
    /// How much.
    pub amount: Money,
    /// The item it is of, by its place in the request, from 0: `"items/0"`; of all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
}

/// What an order would cost now, and whether it could be placed. Nothing is stored or kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    /// `quote`.
    #[schemars(extend("const" = "quote"))]
    pub object: String,
    /// The one currency.
    pub currency: String,
    /// The entries with their prices.
    pub items: Vec<Item>,
    /// How it travels.
    pub shipping: Option<Shipping>,
    /// The sums.
    pub totals: Totals,
    /// For each entry, whether there is enough.
    pub availability: Vec<Availability>,
}

/// Whether there is enough for an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Availability {
    /// Which entry, from 0.
    pub item: usize,
    /// How many were asked for.
    pub requested: i64,
    /// How many there are; `null` where nothing is counted.
    pub available: Option<i64>,
    /// Whether that is too few.
    pub short: bool,
    /// Where they would be reserved.
    pub location_id: String,
}

//! Customers.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Money;
use crate::order::{Address, Note, Order};

/// A customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Customer {
    /// Its id, chosen by the caller or generated.
    pub customer_id: String,
    /// `customer`.
    #[schemars(extend("const" = "customer"))]
    pub object: String,
    /// Its version.
    pub version: u64,
    /// E-mail address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Where goods go.
    pub shipping_address: Option<Address>,
    /// Where bills go.
    pub billing_address: Option<Address>,
    /// The caller's own pairs.
    pub metadata: BTreeMap<String, String>,
    /// What they ordered and spent; null without `expand=lifetime`.
    pub lifetime: Option<Lifetime>,
    /// When it was made.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
    /// When the person was erased.
    pub erased_at: Option<String>,
}

/// What a customer ordered and spent, counted from the orders as they stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lifetime {
    /// Orders placed, however they ended.
    pub orders: u64,
    /// Money taken less money given back, for each currency.
    pub spent: Vec<Money>,
    /// When the last order was placed.
    pub last_order_at: Option<String>,
}

/// A customer to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewCustomer {
    /// The caller's own id; one is generated when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// E-mail address; no two customers have the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Where goods go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// Where bills go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// The caller's own pairs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// Everything that is held about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CustomerExport {
    /// `customer_export`.
    #[schemars(extend("const" = "customer_export"))]
    pub object: String,
    /// When it was made.
    pub exported_at: String,
    /// The customer.
    pub customer: Customer,
    /// Every version of what is known of the person, of their own and on each order.
    pub contacts: Vec<ContactVersion>,
    /// Their orders, oldest first.
    pub orders: Vec<Order>,
    /// The notes about these orders.
    pub notes: Vec<Note>,
}

/// What was known of a person at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactVersion {
    /// The contact.
    pub contact_id: String,
    /// Which version of it.
    pub version: u64,
    /// E-mail address.
    pub email: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
    /// Where goods go.
    pub shipping_address: Option<Address>,
    /// Where bills go.
    pub billing_address: Option<Address>,
}

/// Members of a customer to change: what is absent stays, `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CustomerPatch {
    /// E-mail address; no two customers have the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Where goods go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// Where bills go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// Pairs to set; `null` takes one away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, Option<String>>>,
}

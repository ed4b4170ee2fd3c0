//! What is asked of an order.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Address;
use crate::fulfillment::ItemQuantity;
use crate::place::NewCustomer;

/// Members of an order to change: what is absent stays, `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OrderPatch {
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<NewCustomer>,
    /// Their e-mail address, the short way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shipping_address: Option<Address>,
    /// Where the bill goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<Address>,
    /// Words to find it by; all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Pairs to set; `null` takes one away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, Option<String>>>,
}

/// How to call an order off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CancelOrder {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether what was taken goes back; it does when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<bool>,
    /// What of it; all of it when absent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemQuantity>,
}

/// A stop on fulfillment to put.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct HoldOrder {
    /// `manual` (the default), `address_check`, `fraud_review` or `payment_review`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["manual", "address_check", "fraud_review", "payment_review", null]))]
    pub code: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A note to write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewNote {
    /// What it says.
    pub body: String,
}

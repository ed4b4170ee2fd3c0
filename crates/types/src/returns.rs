//! Returns: goods that come back.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fulfillment::Tracking;

/// A return of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Return {
    /// Its id.
    pub return_id: String,
    /// `return`.
    #[schemars(extend("const" = "return"))]
    pub object: String,
    /// Its order.
    pub order_id: String,
    /// The number of its order.
    pub order_number: String,
    /// The customer of its order.
    pub customer_id: Option<String>,
    /// The order's version: a return is a part of it.
    pub version: u64,
    /// `requested`, `approved`, `received`, `rejected` or `closed`.
    #[schemars(extend("enum" = ["requested", "approved", "received", "rejected", "closed"]))]
    pub status: String,
    /// What comes back, one line an item.
    pub items: Vec<ReturnItem>,
    /// The parcel it comes in.
    pub label: Tracking,
    /// Why it was rejected.
    pub reject_reason: Option<String>,
    /// The refunds made from it.
    pub refunds: Vec<String>,
    /// When it was asked for.
    pub created_at: String,
    /// When it was approved.
    pub approved_at: Option<String>,
    /// When goods came first.
    pub received_at: Option<String>,
    /// When it was closed or rejected.
    pub ended_at: Option<String>,
}

/// Units of an item in a return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnItem {
    /// The item.
    pub item_id: String,
    /// The SKU it had; may be empty.
    pub sku: String,
    /// What it was called.
    pub title: String,
    /// How many units are to come back.
    pub quantity: i64,
    /// Of those, units that came.
    pub received: i64,
    /// Of those that came, units put back on the shelf.
    pub restocked: i64,
    /// Of those that came, units refunded.
    pub refunded: i64,
    /// Why.
    pub reason: Option<String>,
}

/// A return to ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewReturn {
    /// What comes back; empty: all that is with the customer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<NewReturnItem>,
    /// The parcel it comes in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Tracking>,
}

/// Units of an item to return.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewReturnItem {
    /// The item.
    pub item_id: String,
    /// How many units.
    pub quantity: i64,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What came of a return.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceiveReturn {
    /// What came; empty: all that has not come yet, and can be sold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ReceivedItem>,
}

/// Units that came, in one condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReceivedItem {
    /// The item.
    pub item_id: String,
    /// How many units.
    pub quantity: i64,
    /// `sellable` (default) or `damaged`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["sellable", "damaged", null]))]
    pub condition: Option<String>,
    /// Whether they lie on the shelf again; when absent, if they can be sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restock: Option<bool>,
}

/// How goods may come back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ApproveReturn {
    /// The parcel they come in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<Tracking>,
}

/// Why goods stay where they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RejectReturn {
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

//! Fulfillments: items that travel together.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A fulfillment of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fulfillment {
    /// Its id.
    pub fulfillment_id: String,
    /// `fulfillment`.
    #[schemars(extend("const" = "fulfillment"))]
    pub object: String,
    /// Its order.
    pub order_id: String,
    /// The order's version: a fulfillment is a part of it.
    pub version: u64,
    /// `pending`, `shipped`, `delivered` or `canceled`.
    #[schemars(extend("enum" = ["pending", "shipped", "delivered", "canceled"]))]
    pub status: String,
    /// What is in it.
    pub items: Vec<ItemQuantity>,
    /// Where it is.
    pub tracking: Tracking,
    /// When it was planned.
    pub created_at: String,
    /// When it left.
    pub shipped_at: Option<String>,
    /// When it arrived.
    pub delivered_at: Option<String>,
}

/// Units of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ItemQuantity {
    /// The item.
    pub item_id: String,
    /// How many units.
    pub quantity: i64,
}

/// Where a parcel is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tracking {
    /// Who carries it.
    pub carrier: Option<String>,
    /// The carrier's number.
    pub number: Option<String>,
    /// Where to look.
    pub url: Option<String>,
}

/// A fulfillment to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewFulfillment {
    /// What is in it; empty: all that is open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ItemQuantity>,
    /// Where it leaves from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Where it will be found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Tracking>,
    /// Whether it leaves at once.
    #[serde(default)]
    pub ship: bool,
}

/// What is known of a parcel that leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ShipFulfillment {
    /// Where it will be found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Tracking>,
}

/// What became known of a parcel: what is absent stays, `null` clears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TrackFulfillment {
    /// Where it is.
    pub tracking: Tracking,
}

//! Stock, locations and reservations.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place where stock lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Its id, such as `main`.
    pub location_id: String,
    /// `location`.
    #[schemars(extend("const" = "location"))]
    pub object: String,
    /// Its name.
    pub name: String,
    /// Whether it is the one used when none is named.
    pub default: bool,
    /// Its version, also in `ETag`.
    pub version: u64,
}

/// A location to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewLocation {
    /// Its id; a fresh one when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location_id: Option<String>,
    /// Its name.
    pub name: String,
    /// Whether it takes the place of the default one.
    #[serde(default)]
    pub default: bool,
}

/// How much of a variant lies at a location, in units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "InventoryLevel")]
pub struct Level {
    /// Of what.
    pub variant_id: String,
    /// `inventory_level`.
    #[schemars(extend("const" = "inventory_level"))]
    pub object: String,
    /// The product of the variant; null when it was removed.
    pub product_id: Option<String>,
    /// The SKU of the variant; may be empty.
    pub sku: String,
    /// Where.
    pub location_id: String,
    /// What lies on the shelf.
    pub on_hand: i64,
    /// What of it is promised to orders and baskets.
    pub reserved: i64,
    /// What can still be promised: `on_hand - reserved - safety_stock`.
    pub available: i64,
    /// What is never promised.
    pub safety_stock: i64,
    /// At or below how much `available` to order more.
    pub reorder_point: Option<i64>,
    /// `in_stock`, `low` or `out_of_stock`.
    #[schemars(extend("enum" = ["in_stock", "low", "out_of_stock"]))]
    pub status: String,
    /// The version of what is told about it, also in `ETag`.
    pub version: u64,
}

/// A change of a level: `delta` or `set_to`, or thresholds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(rename = "InventoryAdjustment")]
pub struct Adjustment {
    /// The variant, by its SKU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// The variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<String>,
    /// Where; the default location when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// By how many units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delta: Option<i64>,
    /// To how many units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub set_to: Option<i64>,
    /// `received`, `sold`, `returned`, `damaged`, `lost`, `found`, `correction`, `transfer_in`, `transfer_out` or
    /// `count`, which `set_to` has when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many units must lie there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_on_hand: Option<i64>,
    /// What somebody wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What is never promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safety_stock: Option<i64>,
    /// At or below how much `available` to order more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reorder_point: Option<i64>,
}

/// One row of the journal: a move of the counters of a variant at a location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "InventoryMovement")]
pub struct Movement {
    /// The place of its commit in the one global order.
    pub position: String,
    /// Which move of its commit, from 0.
    pub line: u32,
    /// `inventory_movement`.
    #[schemars(extend("const" = "inventory_movement"))]
    pub object: String,
    /// Of what.
    pub variant_id: String,
    /// Where.
    pub location_id: String,
    /// Why; besides the reasons of adjustments `reserved` and `released`.
    pub reason: String,
    /// What came to or left the shelf.
    pub on_hand: i64,
    /// What was promised or no longer promised.
    pub reserved: i64,
    /// What lay on the shelf after it.
    pub on_hand_after: i64,
    /// What was promised after it.
    pub reserved_after: i64,
    /// The order it was for.
    pub order_id: Option<String>,
    /// The reservation it was for.
    pub reservation_id: Option<String>,
    /// Who did it.
    pub actor: String,
    /// What somebody wrote about it.
    pub note: Option<String>,
    /// When it was written.
    pub recorded_at: String,
}

/// Stock kept for a basket, without an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reservation {
    /// Its id.
    pub reservation_id: String,
    /// `reservation`.
    #[schemars(extend("const" = "reservation"))]
    pub object: String,
    /// `open`, `committed`, `released` or `expired`.
    #[schemars(extend("enum" = ["open", "committed", "released", "expired"]))]
    pub status: String,
    /// What is kept.
    pub lines: Vec<ReservationLine>,
    /// When it ends by itself.
    pub expires_at: String,
    /// The order that took it over.
    pub order_id: Option<String>,
    /// The caller's own pairs.
    pub metadata: BTreeMap<String, String>,
    /// Its version, also in `ETag`.
    pub version: u64,
    /// When it was made.
    pub created_at: String,
}

/// Units of one variant kept at one location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReservationLine {
    /// What is kept.
    pub variant_id: String,
    /// Where it is kept.
    pub location_id: String,
    /// How many units.
    pub quantity: i64,
}

/// Stock to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["items"]))]
pub struct NewReservation {
    /// What to keep.
    pub items: Vec<NewReservationItem>,
    /// Where; by the shop's priority when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// How long, as an ISO 8601 duration such as `PT15M`; as the shop is set when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<String>,
    /// The caller's own pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// What to keep: a product with one variant, a variant, or a SKU.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["quantity"]))]
pub struct NewReservationItem {
    /// The product, when it has one variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The variant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<String>,
    /// The variant, by its SKU.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// How many units.
    pub quantity: i64,
}

/// For how much longer to keep stock.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct ExtendReservation {
    /// How long from now, as an ISO 8601 duration such as `PT15M`; as the shop is set when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ttl: Option<String>,
}

//! Events of stock, locations and reservations.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Level, Location, Reason, Reservation};
use crate::{LocationId, OrderId, VariantId};

/// What happened to the stock of a variant at a location, worth telling. The counters themselves move in the
/// journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StockEvent {
    /// Somebody changed what lies on the shelf.
    InventoryAdjusted {
        /// Of what.
        variant_id: VariantId,
        /// Where.
        location_id: LocationId,
        /// By how many units.
        delta: i64,
        /// Why.
        reason: Reason,
    },
    /// Safety stock or reorder point were set.
    StockThresholdsSet {
        /// Of what.
        variant_id: VariantId,
        /// Where.
        location_id: LocationId,
        /// What is never promised.
        safety_stock: i64,
        /// When to order more.
        reorder_point: Option<i64>,
    },
    /// `available` fell to the reorder point or below.
    InventoryLow {
        /// Of what.
        variant_id: VariantId,
        /// Where.
        location_id: LocationId,
        /// The level then.
        level: Level,
    },
    /// `available` fell to 0 or below.
    InventoryOutOfStock {
        /// Of what.
        variant_id: VariantId,
        /// Where.
        location_id: LocationId,
        /// The level then.
        level: Level,
    },
    /// `available` rose above the reorder point again; nobody outside is told.
    StockReplenished {
        /// Of what.
        variant_id: VariantId,
        /// Where.
        location_id: LocationId,
        /// The level then.
        level: Level,
    },
    /// `available` rose above 0 again.
    InventoryBackInStock {
        /// Of what.
        variant_id: VariantId,
        /// Where.
        location_id: LocationId,
        /// The level then.
        level: Level,
    },
}

impl StockEvent {
    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::InventoryAdjusted { .. } => "InventoryAdjusted",
            Self::StockThresholdsSet { .. } => "StockThresholdsSet",
            Self::InventoryLow { .. } => "InventoryLow",
            Self::InventoryOutOfStock { .. } => "InventoryOutOfStock",
            Self::StockReplenished { .. } => "StockReplenished",
            Self::InventoryBackInStock { .. } => "InventoryBackInStock",
        }
    }
}

/// What happened to a location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LocationEvent {
    /// It was made or changed.
    LocationSaved(Location),
}

impl LocationEvent {
    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::LocationSaved(_) => "LocationSaved",
        }
    }
}

/// What happened to a reservation without an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReservationEvent {
    /// Stock is kept.
    ReservationCreated(Box<Reservation>),
    /// It is kept longer.
    ReservationExtended {
        /// Until then.
        expires_at: Timestamp,
    },
    /// An order took it over.
    ReservationCommitted {
        /// Which one.
        order_id: OrderId,
    },
    /// It was given up.
    ReservationReleased {},
    /// Its time ran out.
    ReservationExpired {},
}

impl ReservationEvent {
    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ReservationCreated(_) => "ReservationCreated",
            Self::ReservationExtended { .. } => "ReservationExtended",
            Self::ReservationCommitted { .. } => "ReservationCommitted",
            Self::ReservationReleased {} => "ReservationReleased",
            Self::ReservationExpired {} => "ReservationExpired",
        }
    }
}

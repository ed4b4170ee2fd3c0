//! Levels of stock and the reasons they move.

use serde::{Deserialize, Serialize};

use crate::LocationId;

/// The largest quantity of one item, one adjustment and one level, in units.
pub const QUANTITY_MAX: i64 = 1_000_000_000;

/// How much of a variant lies at a location, in units. `on_hand` and `reserved` are never negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// What lies on the shelf.
    pub on_hand: i64,
    /// What of it is promised to orders and baskets.
    pub reserved: i64,
    /// What of it is never promised.
    pub safety_stock: i64,
    /// At or below how much `available` the shop should order more; `None`: never told.
    pub reorder_point: Option<i64>,
}

impl Level {
    /// What can still be promised: `on_hand - reserved - safety_stock`. Below 0 after a loss, a count or a raised
    /// safety stock, which blocks new reservations only.
    pub const fn available(self) -> i64 {
        self.on_hand.saturating_sub(self.reserved).saturating_sub(self.safety_stock)
    }

    /// What a shop should be told about this level.
    pub fn signal(self) -> Signal {
        match self.available() {
            ..=0 => Signal::OutOfStock,
            available if self.reorder_point.is_some_and(|point| available <= point) => Signal::Low,
            _ => Signal::InStock,
        }
    }
}

/// What was last told about a level, so that crossing a threshold is told once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// Nothing to tell.
    #[default]
    InStock,
    /// At or below the reorder point.
    Low,
    /// Nothing left to promise.
    OutOfStock,
}

/// Why stock moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Delivered by a supplier.
    Received,
    /// Left the shelf with a fulfillment.
    Sold,
    /// Came back from a customer.
    Returned,
    /// Broken.
    Damaged,
    /// Gone.
    Lost,
    /// Turned up again.
    Found,
    /// A mistake put right.
    Correction,
    /// Came from another location.
    TransferIn,
    /// Went to another location.
    TransferOut,
    /// Counted.
    Count,
    /// Promised to an order or a basket.
    Reserved,
    /// No longer promised.
    Released,
}

impl Reason {
    /// The reasons a caller may give for an adjustment.
    pub const ADJUSTMENTS: [Self; 10] = [
        Self::Received,
        Self::Sold,
        Self::Returned,
        Self::Damaged,
        Self::Lost,
        Self::Found,
        Self::Correction,
        Self::TransferIn,
        Self::TransferOut,
        Self::Count,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sold => "sold",
            Self::Returned => "returned",
            Self::Damaged => "damaged",
            Self::Lost => "lost",
            Self::Found => "found",
            Self::Correction => "correction",
            Self::TransferIn => "transfer_in",
            Self::TransferOut => "transfer_out",
            Self::Count => "count",
            Self::Reserved => "reserved",
            Self::Released => "released",
        }
    }
}

/// A place where stock lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Its id, such as `main`.
    pub location_id: LocationId,
    /// Its name.
    pub name: String,
    /// Whether it is the one used when none is named.
    pub default: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_available_is_neither_promised_nor_kept_safe() {
        let level =
            |on_hand, reserved, safety_stock| Level { on_hand, reserved, safety_stock, reorder_point: None };
        for (level, available) in [(level(10, 3, 2), 5), (level(0, 0, 0), 0), (level(2, 2, 5), -5)] {
            assert_eq!(level.available(), available, "{level:?}");
        }
    }

    #[test]
    fn a_level_is_told_low_at_its_reorder_point_and_out_at_nothing() {
        let table = [
            (10, Some(5), Signal::InStock),
            (5, Some(5), Signal::Low),
            (1, Some(5), Signal::Low),
            (0, Some(5), Signal::OutOfStock),
            (1, None, Signal::InStock),
            (0, None, Signal::OutOfStock),
        ];
        for (on_hand, reorder_point, expected) in table {
            let level = Level { on_hand, reserved: 0, safety_stock: 0, reorder_point };
            assert_eq!(level.signal(), expected, "{level:?}");
        }
        let promised = Level { on_hand: 5, reserved: 7, safety_stock: 0, reorder_point: None };
        assert_eq!(promised.signal(), Signal::OutOfStock);
    }
}

//! Guarded counters of stock, judged at the door by their sums, never by a version.

use sutler_domain::inventory::Reason;
use sutler_domain::orders::StockChange;
use sutler_domain::{LocationId, VariantId};

use crate::stream::StreamId;

/// Which counters: a variant at a location, never a SKU, which may be empty or renamed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StockKey {
    /// Of what.
    pub variant_id: VariantId,
    /// Where.
    pub location_id: LocationId,
}

/// A change of the counters of one key. Moves of one key in one commit are summed before they are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockMove {
    /// Which counters.
    pub at: StockKey,
    /// What comes to or leaves the shelf.
    pub on_hand: i64,
    /// What is promised or no longer promised.
    pub reserved: i64,
    /// What must hold.
    pub guard: Guard,
    /// Why.
    pub reason: Reason,
    /// New thresholds of the level, when they are set: safety stock and reorder point.
    pub thresholds: Option<(i64, Option<i64>)>,
    /// The order or reservation it is for.
    pub source: Option<StreamId>,
    /// What somebody wrote about it.
    pub note: Option<String>,
}

/// What must hold for a stock move. Whatever the guard, `on_hand` and `reserved` never fall below 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guard {
    /// `on_hand - reserved - safety_stock` stays at 0 or above, read at the door, if the commit promises more.
    Available,
    /// Compare and set: this much must lie on the shelf.
    OnHand(i64),
    /// Nothing more: releases, counts, and variants that may be oversold.
    Unguarded,
}

/// A counter that cannot give what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Which counters.
    pub at: StockKey,
    /// What could be had.
    pub available: i64,
    /// What was asked for in all.
    pub requested: i64,
}

impl StockMove {
    /// A change that an order or a reservation decided. Promises of a variant that may not be oversold are guarded.
    pub fn of(change: StockChange, oversell: bool, source: &StreamId) -> Self {
        let guard = if change.reserved > 0 && !oversell { Guard::Available } else { Guard::Unguarded };
        Self {
            at: StockKey { variant_id: change.variant_id, location_id: change.location_id },
            on_hand: change.on_hand,
            reserved: change.reserved,
            guard,
            reason: change.reason,
            thresholds: None,
            source: Some(source.clone()),
            note: None,
        }
    }
}

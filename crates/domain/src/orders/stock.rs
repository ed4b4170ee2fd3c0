//! What the events of an order mean for the counters of stock.

use super::OrderEvent;
use crate::inventory::{Reason, StockLine};
use crate::{LocationId, VariantId};

/// A change of one counter pair, in units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockChange {
    /// Of what.
    pub variant_id: VariantId,
    /// Where.
    pub location_id: LocationId,
    /// What comes to or leaves the shelf.
    pub on_hand: i64,
    /// What is promised or no longer promised.
    pub reserved: i64,
    /// Why.
    pub reason: Reason,
}

/// The stock changes of a decision, in the order of its events; untracked variants have none.
pub fn stock_changes(events: &[OrderEvent]) -> Vec<StockChange> {
    events.iter().flat_map(changes_of).collect()
}

fn changes_of(event: &OrderEvent) -> Vec<StockChange> {
    match event {
        OrderEvent::StockReserved { lines, .. } => of(lines, 0, 1, Reason::Reserved),
        OrderEvent::StockReleased { lines, .. } => of(lines, 0, -1, Reason::Released),
        OrderEvent::FulfillmentShipped { lines, .. } => of(lines, -1, -1, Reason::Sold),
        OrderEvent::StockReturned { lines } => of(lines, 1, 0, Reason::Returned),
        _ => Vec::new(),
    }
}

fn of(lines: &[StockLine], on_hand: i64, reserved: i64, reason: Reason) -> Vec<StockChange> {
    lines
        .iter()
        .filter(|line| line.tracked && line.quantity != 0)
        .map(|line| StockChange {
            variant_id: line.variant_id.clone(),
            location_id: line.location_id.clone(),
            on_hand: on_hand * line.quantity,
            reserved: reserved * line.quantity,
            reason,
        })
        .collect()
}

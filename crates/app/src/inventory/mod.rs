//! Inventory: locations, levels, adjustments with reasons, the journal, and stock kept for baskets.

mod adjust;
mod expire;
mod locations;
mod queries;
mod reservations;
mod reserve;
mod shelf;
mod signals;

pub use adjust::AdjustInput;
pub(crate) use adjust::{Adjustment, too_few};
pub use expire::SWEEP_MAX;
pub use locations::{LocationInput, MAIN};
pub use reserve::{RESERVATION_TTL_MAX, ReservationView, ReserveInput};

use crate::Room;

/// Inventory.
#[derive(Clone)]
pub struct Inventory {
    room: Room,
}

impl Inventory {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }
}

//! Inventory.

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

//! Catalog.

use crate::Room;

/// Catalog.
#[derive(Clone)]
pub struct Catalog {
    room: Room,
}

impl Catalog {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }
}

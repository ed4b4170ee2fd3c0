//! Orders.

use crate::Room;

/// Orders.
#[derive(Clone)]
pub struct Orders {
    room: Room,
}

impl Orders {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }
}

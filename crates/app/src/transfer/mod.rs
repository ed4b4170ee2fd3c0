//! Transfer.

use crate::Room;

/// Transfer.
#[derive(Clone)]
pub struct Transfer {
    room: Room,
}

impl Transfer {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }
}

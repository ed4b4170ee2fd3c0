//! Jobs.

use crate::Room;

/// Jobs.
#[derive(Clone)]
pub struct Jobs {
    room: Room,
}

impl Jobs {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }
}

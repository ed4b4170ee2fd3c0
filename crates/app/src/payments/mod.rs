//! Payments.

use crate::Room;

/// Payments.
#[derive(Clone)]
pub struct Payments {
    room: Room,
}

impl Payments {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }
}

//! Events.

use crate::Room;

/// Events.
#[derive(Clone)]
pub struct Events {
    room: Room,
}

impl Events {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }
}

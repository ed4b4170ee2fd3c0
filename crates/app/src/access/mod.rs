//! API keys and who may do what.

mod key;

pub use key::{ApiKey, KeyEvent};

use crate::Room;

/// API keys.
#[derive(Clone)]
pub struct Access {
    room: Room,
}

impl Access {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }
}

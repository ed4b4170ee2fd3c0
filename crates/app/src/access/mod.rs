//! API keys and who may do what.

mod key;
mod keys;

pub use key::{ApiKey, KeyEvent};
pub use keys::{API_KEY_NAME, CreateKey, SCOPES, SECRET_CHARS_MIN};

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

//! Who may do what: API keys, people and their sessions, and what they did.

mod bootstrap;
mod first;
mod key;
mod keys;
mod password;
mod role;
mod seen;
mod session;
mod sessions;
mod sign_in;
mod throttle;
mod trail;
mod user;
mod users;

pub use bootstrap::{API_KEY_NAME, SECRET_CHARS_MIN};
pub use first::{FirstAdmin, SetUp};
pub use key::{ApiKey, KeyEvent};
pub use keys::{CreateKey, OVERLAP_MAX, SCOPES};
pub use role::Role;
pub use session::{AGENT_CHARS_MAX, LINK_TTL, Origin, Purpose, SESSIONS_MAX, Session, csrf, seal};
pub use sessions::SessionView;
pub use sign_in::{Begun, SignedIn};
pub use throttle::{FAILURES_PER_ACCOUNT_MAX, FAILURES_PER_ADDRESS_MAX, SIGN_IN_WINDOW};
pub use trail::{AuditEntry, AuditQuery};
pub use user::{NewUser, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, PasswordHash, USERS_MAX, User, UserChange};

use std::sync::Arc;

use crate::Room;

/// API keys, people and sessions.
#[derive(Clone)]
pub struct Access {
    room: Room,
    throttle: Arc<throttle::Throttle>,
    uses: Arc<seen::Uses>,
}

impl Access {
    pub(crate) fn new(room: Room) -> Self {
        Self { room, throttle: Arc::default(), uses: Arc::default() }
    }
}

//! What a commit tells the audit log, and when keys and sessions were last used.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// What somebody does, in the words of a use case: for the audit log. Who, when and by which request, the door knows.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed {
    /// What, such as `user.created`.
    pub action: &'static str,
    /// To what: an id.
    pub subject: String,
    /// How it stood before; never with a secret.
    pub before: Option<Value>,
    /// How it stands now; never with a secret.
    pub after: Option<Value>,
}

impl Deed {
    /// Something done to this.
    pub fn new(action: &'static str, subject: &(impl ToString + ?Sized)) -> Self {
        Self { action, subject: subject.to_string(), before: None, after: None }
    }

    /// How it stood before.
    #[must_use]
    pub fn before(mut self, shown: &impl Serialize) -> Self {
        self.before = serde_json::to_value(shown).ok();
        self
    }

    /// How it stands now.
    #[must_use]
    pub fn after(mut self, shown: &impl Serialize) -> Self {
        self.after = serde_json::to_value(shown).ok();
        self
    }
}

/// When a key or a session was last used. Late words about earlier times change nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The id of the key or the session.
    pub subject: String,
    /// When.
    pub at: Timestamp,
}

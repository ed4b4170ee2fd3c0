//! API keys: shown once, stored as a hash.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sutler_domain::ApiKeyId;

/// An API key as it is stored. A random secret of 192 bits needs no slow hash; SHA-256 is enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub key_id: ApiKeyId,
    /// What somebody called it.
    pub name: String,
    /// SHA-256 of the secret, in hex.
    pub hash: String,
    /// The last four characters of the secret, to tell keys apart.
    pub last4: String,
    /// What it may do; `*` is everything.
    pub scopes: Vec<String>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What happened to a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyEvent {
    /// It was made.
    KeyCreated(ApiKey),
    /// It no longer opens anything.
    KeyRevoked(ApiKey),
    /// It ends at a time, since it has a successor.
    KeyEnding(ApiKey),
}

impl KeyEvent {
    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::KeyCreated(_) => "KeyCreated",
            Self::KeyRevoked(_) => "KeyRevoked",
            Self::KeyEnding(_) => "KeyEnding",
        }
    }
}

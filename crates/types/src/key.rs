//! API keys.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An API key, without its secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApiKey {
    /// Its id.
    pub key_id: String,
    /// `api_key`.
    #[schemars(extend("const" = "api_key"))]
    pub object: String,
    /// What somebody called it.
    pub name: String,
    /// The last four characters of its secret.
    pub last4: String,
    /// What it may do; `*` is everything.
    pub scopes: Vec<String>,
    /// The secret itself: only in the answer that made it, and never again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// When it was last used, some seconds late.
    #[serde(default)]
    pub last_used_at: Option<String>,
    /// When it ends by itself.
    pub expires_at: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<String>,
    /// When it was made.
    pub created_at: String,
}

/// A key to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NewApiKey {
    /// What to call it.
    pub name: String,
    /// What it may do, such as `orders:read`; `*` is everything.
    pub scopes: Vec<String>,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// Whom the server takes the caller for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WhoAmI {
    /// `whoami`.
    #[schemars(extend("const" = "whoami"))]
    pub object: String,
    /// `key:key_…`, or `dev`.
    pub actor: String,
    /// What the key is called; empty for `dev`.
    #[serde(default)]
    pub name: String,
    /// What they may do.
    pub scopes: Vec<String>,
    /// The shop: `live` or `test`.
    pub mode: String,
}

/// How to put a new key in the place of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct RollApiKey {
    /// How long the old one goes on, as an ISO 8601 duration such as `PT24H`; it ends at once when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<String>,
}

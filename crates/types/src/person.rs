//! People who may sign in, their sessions, and what they did.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct User {
    /// Their id.
    pub user_id: String,
    /// `user`.
    #[schemars(extend("const" = "user"))]
    pub object: String,
    /// Grows with every change.
    pub version: u64,
    /// By which they sign in.
    pub email: String,
    /// Their name.
    pub name: String,
    /// `owner`, `admin`, `operations`, `support`, `developer` or `viewer`.
    #[schemars(extend("enum" = ["owner", "admin", "operations", "support", "developer", "viewer"]))]
    pub role: String,
    /// What the role may do.
    pub scopes: Vec<String>,
    /// Whether they have chosen a password.
    pub has_password: bool,
    /// The link with which they sign in for the first time: only in the answer that made it, and for 30 minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_in_url: Option<String>,
    /// Since when they may not sign in.
    pub disabled_at: Option<String>,
    /// When they were made known.
    pub created_at: String,
    /// When anything of it last changed.
    pub updated_at: String,
}

/// Where somebody is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Session {
    /// Its id, which opens nothing.
    pub session_id: String,
    /// `session`.
    #[schemars(extend("const" = "session"))]
    pub object: String,
    /// Whose it is.
    pub user_id: Option<String>,
    /// From where it was begun.
    pub address: Option<String>,
    /// What the browser said of itself.
    pub agent: Option<String>,
    /// When it was begun.
    pub created_at: String,
    /// When it was last used, some seconds late.
    pub used_at: String,
    /// When it ends, however much it is used.
    pub ends_at: String,
}

/// What somebody changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AuditEntry {
    /// Its place in the audit log; grows.
    pub entry_number: u64,
    /// `audit_entry`.
    #[schemars(extend("const" = "audit_entry"))]
    pub object: String,
    /// When.
    pub at: String,
    /// Who: `user:usr_…`, `key:key_…` …
    pub actor: String,
    /// What, such as `user.created`.
    pub action: String,
    /// To what: an id.
    pub subject: String,
    /// How it stood before; of what has a history, its version.
    pub before: Option<Value>,
    /// How it stands since.
    pub after: Option<Value>,
    /// By which request.
    pub request_id: Option<String>,
}

/// A person to make known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["email", "role"]))]
pub struct NewUser {
    /// By which they sign in.
    pub email: String,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `owner`, `admin`, `operations`, `support`, `developer` or `viewer`.
    #[schemars(extend("enum" = ["owner", "admin", "operations", "support", "developer", "viewer"]))]
    pub role: String,
    /// Without one, the answer has a link with which they sign in and choose one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// Members of a person to change: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct UserPatch {
    /// By which they sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `owner`, `admin`, `operations`, `support`, `developer` or `viewer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["owner", "admin", "operations", "support", "developer", "viewer", null]))]
    pub role: Option<String>,
    /// Whether they may not sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled: Option<bool>,
    /// Their password; `null`: by link only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

//! The audit log: who changed what, when, and by which request.

use jiff::Timestamp;
use serde_json::Value;

use super::Access;
use crate::caller::Caller;
use crate::error::Problem;
use crate::page::{Page, PageRequest};

/// An entry of the audit log. It is written in the transaction of the change that it tells of.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// Its place in the audit log; grows. 0 until the store has given it one.
    pub number: u64,
    /// When, by the store's clock.
    pub at: Timestamp,
    /// Who: `user:usr_…`, `key:key_…`, `dev`, `command` …
    pub actor: String,
    /// What, such as `user.created` or `order.order_placed`.
    pub action: String,
    /// To what: an id.
    pub subject: String,
    /// How it stood before. Of what has a history, its version, by which the log shows it.
    pub before: Option<Value>,
    /// How it stands since. Of what has a history, its version and the events.
    pub after: Option<Value>,
    /// The request.
    pub request_id: Option<String>,
}

/// Which entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// By this actor.
    pub actor: Option<String>,
    /// Of this action.
    pub action: Option<String>,
    /// About this id.
    pub subject: Option<String>,
    /// Which page; newest first.
    pub page: PageRequest,
}

impl Access {
    /// A page of the audit log, newest first.
    pub async fn audit_log(&self, caller: &Caller, query: &AuditQuery) -> Result<Page<AuditEntry>, Problem> {
        caller.may("audit:read")?;
        Ok(self.room.ports.people.audit_log(query).await?)
    }
}

//! Reads of people, their sessions, the views they saved, and what they did.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_domain::{SessionId, UserId};

use super::ReadError;
use super::reads::Stored;
use crate::access::{AuditEntry, AuditQuery, Session, User};
use crate::page::Page;
use crate::saved_views::ViewShelf;

/// Reads of people who may sign in, of their sessions, and of the audit log. Never behind a cache: who was shut out is
/// out with the next request.
#[async_trait]
pub trait PeopleReads: Send + Sync {
    /// A person.
    async fn user(&self, id: &UserId) -> Result<Option<Stored<User>>, ReadError>;

    /// Every person, by address.
    async fn users(&self) -> Result<Vec<Stored<User>>, ReadError>;

    /// The session with this hash of its token, and when it was last used, if the store was told.
    async fn session(&self, hash: &str) -> Result<Option<(Stored<Session>, Option<Timestamp>)>, ReadError>;

    /// The sessions of a person, or of everybody, newest first, also those that are over and not swept yet.
    async fn sessions(&self, user: Option<&UserId>) -> Result<Vec<Stored<Session>>, ReadError>;

    /// The session with this id.
    async fn session_by_id(&self, id: &SessionId) -> Result<Option<Stored<Session>>, ReadError>;

    /// When these keys and sessions were last used; those never used are absent. One statement.
    async fn last_seen(&self, subjects: &[&str]) -> Result<HashMap<String, Timestamp>, ReadError>;

    /// The views that these owners saved; those who saved none are absent. One statement.
    async fn view_shelves(&self, owners: &[&str]) -> Result<Vec<Stored<ViewShelf>>, ReadError>;

    /// A page of the audit log, newest first.
    async fn audit_log(&self, query: &AuditQuery) -> Result<Page<AuditEntry>, ReadError>;
}

//! Hashing of passwords: slow on purpose, and therefore bounded.

use async_trait::async_trait;

use crate::access::PasswordHash;

/// As many passwords are being hashed as this machine can take; try again shortly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("as many passwords are being checked as this machine can take")]
pub struct HashingBusy;

/// Hashes passwords and compares them.
#[async_trait]
pub trait Passwords: Send + Sync {
    /// The hash of a password, with a salt of its own.
    async fn hash(&self, password: &str) -> Result<PasswordHash, HashingBusy>;

    /// Whether this is the password. Without a hash it is not, which takes as long to find out: how long an answer
    /// takes says nothing about whether there is an account.
    async fn matches(&self, password: &str, hash: Option<&PasswordHash>) -> Result<bool, HashingBusy>;
}

//! The one door.

use async_trait::async_trait;

use crate::commit::{Commit, Receipt, Refused};

/// Takes finished commits: all of one, or nothing of it. Its meaning is `admission::admit` and the contract suite.
#[async_trait]
pub trait Store: Send + Sync {
    /// Make it true, durably, before the answer. After `Unavailable` the outcome is unknown; repeating with the
    /// same key is safe.
    async fn commit(&self, commit: Commit) -> Result<Receipt, Refused>;
}

//! Reads of imports: how far each file is.

use async_trait::async_trait;
use sutler_domain::ImportId;

use super::ReadError;
use super::reads::Stored;
use crate::transfer::ImportRecord;

/// Reads of imports. Never behind a cache: an import goes on from what it finds.
#[async_trait]
pub trait ImportReads: Send + Sync {
    /// An import.
    async fn import(&self, id: &ImportId) -> Result<Option<Stored<ImportRecord>>, ReadError>;

    /// The imports that were written to last, the newest first; at most so many.
    async fn imports(&self, limit: u32) -> Result<Vec<Stored<ImportRecord>>, ReadError>;
}

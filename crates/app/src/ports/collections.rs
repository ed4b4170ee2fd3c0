//! Reads of collections.

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_domain::catalog::{Collection, ProductStatus};

use super::ReadError;
use super::reads::Stored;
use crate::collections::CollectionName;
use crate::page::{Page, PageRequest};

/// Which collections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CollectionQuery {
    /// In these statuses; empty: any.
    pub status: Vec<ProductStatus>,
    /// Shown at this time.
    pub published_at: Option<Timestamp>,
    /// Which page; by title.
    pub page: PageRequest,
}

/// Reads of collections.
#[async_trait]
pub trait CollectionReads: Send + Sync {
    /// A collection.
    async fn collection(&self, name: &CollectionName) -> Result<Option<Stored<Collection>>, ReadError>;

    /// A page of collections.
    async fn collections(&self, query: &CollectionQuery) -> Result<Page<Stored<Collection>>, ReadError>;
}

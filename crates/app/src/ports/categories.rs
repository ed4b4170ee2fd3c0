//! Reads of categories.

use async_trait::async_trait;
use sutler_domain::catalog::{Category, Tree};
use sutler_domain::{CategoryId, Version};

use super::ReadError;
use super::reads::Stored;
use crate::categories::CategoryName;
use crate::page::{Page, PageRequest};

/// Which categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryQuery {
    /// Right below this one; at the top for `Some(None)`.
    pub parent_id: Option<Option<CategoryId>>,
    /// Which page; by position, ties by id.
    pub page: PageRequest,
}

/// Reads of categories. Never behind a cache: decisions about the tree are made on them.
#[async_trait]
pub trait CategoryReads: Send + Sync {
    /// A category.
    async fn category(&self, name: &CategoryName) -> Result<Option<Stored<Category>>, ReadError>;

    /// A page of categories.
    async fn categories(&self, query: &CategoryQuery) -> Result<Page<Stored<Category>>, ReadError>;

    /// Who is below whom, and the version of [`crate::stream::StreamId::category_tree`], which every change of that moves; of
    /// one moment.
    async fn category_tree(&self) -> Result<(Version, Tree), ReadError>;
}

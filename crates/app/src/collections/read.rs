//! Read collections.

use sutler_domain::Version;
use sutler_domain::catalog::{Collection, CollectionEvent, ProductStatus};

use super::{CollectionName, Collections};
use crate::caller::Caller;
use crate::commit::Answer;
use crate::error::Problem;
use crate::page::{Page, PageRequest};
use crate::ports::Stored;
use crate::ports::collections::CollectionQuery;

/// A collection as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionView {
    /// The collection.
    pub collection: Collection,
    /// Its version.
    pub version: Version,
    /// Whether it is shown now.
    pub is_published: bool,
}

impl Collections {
    /// A collection.
    pub async fn get(&self, caller: &Caller, name: &CollectionName) -> Result<CollectionView, Problem> {
        caller.may("catalog:read")?;
        Ok(self.view(self.find(name).await?))
    }

    /// A page of collections, by title: in these statuses, or in any; and with `published` only those that are shown now.
    pub async fn list(
        &self,
        caller: &Caller,
        status: Vec<ProductStatus>,
        published: bool,
        page: PageRequest,
    ) -> Result<Page<CollectionView>, Problem> {
        caller.may("catalog:read")?;
        let published_at = published.then(|| self.room.now());
        let query = CollectionQuery { status, published_at, page };
        let rows = self.room.ports.collections.collections(&query).await?;
        Ok(rows.map(|stored| self.view(stored)))
    }

    pub(super) fn view(&self, stored: Stored<Collection>) -> CollectionView {
        let is_published = stored.value.is_published(self.room.now());
        CollectionView { collection: stored.value, version: stored.version, is_published }
    }

    pub(super) async fn find(&self, name: &CollectionName) -> Result<Stored<Collection>, Problem> {
        let found = self.room.ports.collections.collection(name).await?;
        found.ok_or_else(|| Problem::not_found("collection", name))
    }

    /// The collection as of the version that a key was answered with.
    pub(super) async fn as_of(&self, answer: &Answer) -> Result<CollectionView, Problem> {
        let events = self.room.ports.feed.stream(&answer.stream, Some(answer.version)).await?;
        let last =
            events.last().ok_or_else(|| Problem::internal(&format!("{} has no events", answer.stream)))?;
        let event: CollectionEvent = last.read()?;
        let value = event.collection().clone();
        Ok(self.view(Stored { value, version: answer.version, number: 0 }))
    }
}

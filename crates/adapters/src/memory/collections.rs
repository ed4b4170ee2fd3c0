//! Reads of collections.

use async_trait::async_trait;
use sutler_app::collections::CollectionName;
use sutler_app::page::Page;
use sutler_app::ports::collections::CollectionQuery;
use sutler_app::ports::{CollectionReads, ReadError, Stored};
use sutler_app::stream::StreamId;
use sutler_domain::catalog::Collection;

use super::Memory;
use super::page::cut;

#[async_trait]
impl CollectionReads for Memory {
    async fn collection(&self, name: &CollectionName) -> Result<Option<Stored<Collection>>, ReadError> {
        let state = self.state.lock();
        let found = match name {
            CollectionName::Id(id) => state.collections.get(id),
            CollectionName::Handle(handle) => state.collections.values().find(|one| &one.handle == handle),
        };
        Ok(found.map(|one| state.stored(&StreamId::from(&one.collection_id), one.clone())))
    }

    async fn collections(&self, query: &CollectionQuery) -> Result<Page<Stored<Collection>>, ReadError> {
        let state = self.state.lock();
        let is_asked = |one: &&Collection| {
            (query.status.is_empty() || query.status.contains(&one.status))
                && query.published_at.is_none_or(|at| one.is_published(at))
        };
        let row = |one: &Collection| {
            let key = (one.title.clone(), one.collection_id.to_string());
            (key, state.stored(&StreamId::from(&one.collection_id), one.clone()))
        };
        cut(state.collections.values().filter(is_asked).map(row).collect(), false, &query.page)
    }
}

//! Reads of collections.

use async_trait::async_trait;
use sutler_app::collections::CollectionName;
use sutler_app::page::Page;
use sutler_app::ports::collections::CollectionQuery;
use sutler_app::ports::{CollectionReads, ReadError, Stored};
use sutler_domain::catalog::Collection;

use super::Sqlite;
use super::list::List;
use super::session;
use crate::listing;

#[async_trait]
impl CollectionReads for Sqlite {
    async fn collection(&self, name: &CollectionName) -> Result<Option<Stored<Collection>>, ReadError> {
        let (sql, name) = match name {
            CollectionName::Id(id) => {
                ("SELECT body, version FROM collections WHERE collection_id = ?1", id.to_string())
            }
            CollectionName::Handle(handle) => {
                ("SELECT body, version FROM collections WHERE handle = ?1", handle.clone())
            }
        };
        self.readers.read(move |session| session.one(sql, [name], session::stored)).await
    }

    async fn collections(&self, query: &CollectionQuery) -> Result<Page<Stored<Collection>>, ReadError> {
        let list: List = listing::collections(query);
        list.read::<String, String, _>(&self.readers, &query.page, session::stored).await
    }
}

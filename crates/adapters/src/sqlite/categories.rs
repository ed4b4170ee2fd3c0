//! Reads of categories.

use async_trait::async_trait;
use rusqlite::Row;
use sutler_app::categories::CategoryName;
use sutler_app::page::Page;
use sutler_app::ports::categories::CategoryQuery;
use sutler_app::ports::{CategoryReads, ReadError, Stored};
use sutler_app::stream::StreamId;
use sutler_domain::catalog::{Category, Tree};
use sutler_domain::{CategoryId, Version};

use super::Sqlite;
use super::list::List;
use super::session;
use crate::listing;

#[async_trait]
impl CategoryReads for Sqlite {
    async fn category(&self, name: &CategoryName) -> Result<Option<Stored<Category>>, ReadError> {
        let (sql, name) = match name {
            CategoryName::Id(id) => {
                ("SELECT body, version FROM categories WHERE category_id = ?1", id.to_string())
            }
            CategoryName::Handle(handle) => {
                ("SELECT body, version FROM categories WHERE handle = ?1", handle.clone())
            }
        };
        self.readers.read(move |session| session.one(sql, [name], session::stored)).await
    }

    async fn categories(&self, query: &CategoryQuery) -> Result<Page<Stored<Category>>, ReadError> {
        let list: List = listing::categories(query);
        list.read::<i64, String, _>(&self.readers, &query.page, session::stored).await
    }

    async fn category_tree(&self) -> Result<(Version, Tree), ReadError> {
        let guard = StreamId::category_tree().to_string();
        let id = |text: String| CategoryId::trusted(text.into());
        let row = move |row: &Row<'_>| Ok((id(row.get(0)?), row.get::<_, Option<String>>(1)?.map(id)));
        let read = move |session: &session::Session| {
            session.snapshot(|session| {
                let sql = "SELECT version FROM streams WHERE stream = ?1";
                let version = session.one(sql, [guard], |row| Ok(Version(row.get(0)?)))?;
                let rows = session.all("SELECT category_id, parent_id FROM categories", [], row)?;
                Ok((version.unwrap_or_default(), Tree::of(rows)))
            })
        };
        self.readers.read(read).await
    }
}

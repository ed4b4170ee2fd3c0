//! Reads of categories, and their rows.

use async_trait::async_trait;
use sutler_app::categories::CategoryName;
use sutler_app::page::Page;
use sutler_app::ports::categories::CategoryQuery;
use sutler_app::ports::{CategoryReads, ReadError, Stored};
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::catalog::{Category, Tree};
use sutler_domain::{CategoryId, Version};

use super::Postgres;
use super::list::List;
use super::session::{Session, column, get, number, p, stored};
use super::trouble;
use super::views::Folded;
use crate::listing;
use crate::rows::Row;

#[async_trait]
impl CategoryReads for Postgres {
    async fn category(&self, name: &CategoryName) -> Result<Option<Stored<Category>>, ReadError> {
        let (sql, name) = match name {
            CategoryName::Id(id) => {
                ("SELECT body, version FROM categories WHERE category_id = $1", id.as_str())
            }
            CategoryName::Handle(handle) => {
                ("SELECT body, version FROM categories WHERE handle = $1", handle.as_str())
            }
        };
        self.readers.first(sql, &[p(&name)], stored).await
    }

    async fn categories(&self, query: &CategoryQuery) -> Result<Page<Stored<Category>>, ReadError> {
        let list: List = listing::categories(query);
        list.read::<i64, String, _>(&self.readers, &query.page, stored).await
    }

    /// One statement, which sees one moment; a tree without categories has a version all the same.
    async fn category_tree(&self) -> Result<(Version, Tree), ReadError> {
        let guard = StreamId::category_tree();
        let sql = "SELECT coalesce(streams.version, 0), categories.category_id, categories.parent_id
                   FROM (SELECT 1) AS one LEFT JOIN streams ON streams.stream = $1 LEFT JOIN categories ON true";
        let id = |text: String| CategoryId::trusted(text.into());
        let read = |row: &tokio_postgres::Row| {
            let one: Option<String> = get(row, 1)?;
            let parent: Option<String> = get(row, 2)?;
            Ok((Version(number(row, 0)?), one.map(|one| (id(one), parent.map(id)))))
        };
        let rows = self.readers.all(sql, &[p(&guard.as_str())], read).await?;
        let version = rows.first().map(|(version, _)| *version).unwrap_or_default();
        Ok((version, Tree::of(rows.into_iter().filter_map(|(_, row)| row))))
    }
}

/// Categories, with what their lists are made of.
pub(super) async fn put(session: &Session, folded: &Folded<'_>) -> trouble::Result<()> {
    let put = folded.standing(StreamKind::Category);
    let rows: Vec<_> = put
        .into_iter()
        .filter_map(|(id, version, row)| match row {
            Row::Category(row) => Some((id, version, row)),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO categories (category_id, version, parent_id, handle, position, body)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6)
               ON CONFLICT (category_id) DO UPDATE SET version = excluded.version,
                   parent_id = excluded.parent_id, handle = excluded.handle, position = excluded.position,
                   body = excluded.body";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |(id, ..)| *id)),
                p(&column(&rows, |(_, version, _)| *version)),
                p(&column(&rows, |(.., row)| row.parent_id.as_deref())),
                p(&column(&rows, |(.., row)| row.handle.as_str())),
                p(&column(&rows, |(.., row)| row.position)),
                p(&column(&rows, |(.., row)| row.body.as_str())),
            ],
        )
        .await
        .map(drop)
}

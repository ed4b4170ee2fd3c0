//! Reads of collections, and their rows.

use async_trait::async_trait;
use sutler_app::collections::CollectionName;
use sutler_app::page::Page;
use sutler_app::ports::collections::CollectionQuery;
use sutler_app::ports::{CollectionReads, ReadError, Stored};
use sutler_app::stream::StreamKind;
use sutler_domain::catalog::Collection;

use super::Postgres;
use super::list::List;
use super::session::{Session, column, p, stored};
use super::trouble;
use super::views::Folded;
use crate::listing;
use crate::rows::Row;

#[async_trait]
impl CollectionReads for Postgres {
    async fn collection(&self, name: &CollectionName) -> Result<Option<Stored<Collection>>, ReadError> {
        let (sql, name) = match name {
            CollectionName::Id(id) => {
                ("SELECT body, version FROM collections WHERE collection_id = $1", id.as_str())
            }
            CollectionName::Handle(handle) => {
                ("SELECT body, version FROM collections WHERE handle = $1", handle.as_str())
            }
        };
        self.readers.first(sql, &[p(&name)], stored).await
    }

    async fn collections(&self, query: &CollectionQuery) -> Result<Page<Stored<Collection>>, ReadError> {
        let list: List = listing::collections(query);
        list.read::<String, String, _>(&self.readers, &query.page, stored).await
    }
}

/// Collections, with what their lists are made of.
pub(super) async fn put(session: &Session, folded: &Folded<'_>) -> trouble::Result<()> {
    let put = folded.standing(StreamKind::Collection);
    let rows: Vec<_> = put
        .into_iter()
        .filter_map(|(id, version, row)| match row {
            Row::Collection(row) => Some((id, version, row)),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO collections
                   (collection_id, version, handle, title, status, publish_at, unpublish_at, body)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8)
               ON CONFLICT (collection_id) DO UPDATE SET version = excluded.version,
                   handle = excluded.handle, title = excluded.title, status = excluded.status,
                   publish_at = excluded.publish_at, unpublish_at = excluded.unpublish_at,
                   body = excluded.body";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |(id, ..)| *id)),
                p(&column(&rows, |(_, version, _)| *version)),
                p(&column(&rows, |(.., row)| row.handle.as_str())),
                p(&column(&rows, |(.., row)| row.title.as_str())),
                p(&column(&rows, |(.., row)| row.status)),
                p(&column(&rows, |(.., row)| row.publish_at)),
                p(&column(&rows, |(.., row)| row.unpublish_at)),
                p(&column(&rows, |(.., row)| row.body.as_str())),
            ],
        )
        .await
        .map(drop)
}

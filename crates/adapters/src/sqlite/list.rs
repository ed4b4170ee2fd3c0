//! Pages of lists: conditions are collected, then one statement reads the page, and one more counts if asked to.

mod blocks;

use std::sync::Arc;

use rusqlite::types::{FromSql, Value};
use rusqlite::{Result, Row, params_from_iter};
use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::ReadError;

pub(super) use blocks::Blocks;

use super::readers::Readers;
use crate::listing::{Bound, Listing};
use crate::paging::{self, SortKey};

/// What a list is sorted by: a key of a cursor and a column of a table.
pub(super) trait Column: SortKey + FromSql + Into<Value> + Send + 'static {}

impl<T: SortKey + FromSql + Into<Value> + Send + 'static> Column for T {}

/// A list of this store.
pub(super) type List = Listing<Value>;

impl Bound for Value {
    const MARK: char = '?';

    fn one_of(list: &mut List, column: &str, values: Vec<String>) -> String {
        let places: Vec<String> = values.into_iter().map(|value| list.bind(value)).collect();
        format!("{column} IN ({})", places.join(", "))
    }
}

impl List {
    /// Read the page. `K` is the type of the sort key, `I` that of the id.
    pub(super) async fn read<K, I, T>(
        mut self,
        readers: &Arc<Readers>,
        request: &PageRequest,
        read: impl Fn(&Row<'_>) -> Result<T> + Send + 'static,
    ) -> std::result::Result<Page<T>, ReadError>
    where
        K: Column,
        I: Column,
        T: Send + 'static,
    {
        let count = request.count.then(|| (self.count_sql(), self.params.clone()));
        let (start, backwards) = paging::start::<K, I>(request)?;
        let falling = self.descending != backwards;
        self.begin_at(start, falling);
        let limit = self.bind(i64::from(request.limit).saturating_add(1));
        let sql = self.page_sql(falling, &limit);
        let (key, id) = ("page_key", "page_id");
        let row = move |row: &Row<'_>| Ok((row.get::<_, K>(key)?, row.get::<_, I>(id)?, read(row)?));
        let params = self.params;
        let (rows, total) = readers
            .read(move |session| match count {
                None => Ok((session.all(&sql, params_from_iter(params), row)?, None)),
                Some((count, counted)) => session.snapshot(|session| {
                    let rows = session.all(&sql, params_from_iter(params), row)?;
                    Ok((rows, session.one(&count, params_from_iter(counted), |row| row.get(0))?))
                }),
            })
            .await?;
        let page = Page::build(rows, request, total, |(key, id, _)| paging::cursor(key, id));
        Ok(page.map(|(_, _, row)| row))
    }

    fn page_sql(&self, falling: bool, limit: &str) -> String {
        let Self { columns, from, key, id, .. } = self;
        let (way, conditions) = (if falling { "DESC" } else { "ASC" }, self.conditions(&[]));
        let head = format!("SELECT {columns}, {key} AS page_key, {id} AS page_id FROM {from}");
        if self.branches.is_empty() {
            return format!("{head}{conditions} ORDER BY {key} {way}, {id} {way} LIMIT {limit}");
        }
        let ranges = self.branches.iter().map(|branch| {
            let conditions = self.conditions(&[branch]);
            format!(
                "SELECT rowid FROM (SELECT rowid FROM {from}{conditions} ORDER BY {key} {way}, {id} {way} LIMIT {limit})"
            )
        });
        let ranges = ranges.collect::<Vec<_>>().join(" UNION ALL ");
        // The plus signs keep SQLite from walking an index of the whole table for the order of these few rows.
        format!("{head} WHERE rowid IN ({ranges}) ORDER BY +{key} {way}, +{id} {way} LIMIT {limit}")
    }
}

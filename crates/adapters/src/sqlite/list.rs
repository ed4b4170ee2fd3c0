//! Pages of lists: conditions are collected, then one statement reads the page, and one more counts if asked to.

mod blocks;

use std::sync::Arc;

use rusqlite::types::{FromSql, Value};
use rusqlite::{Result, Row, params_from_iter};
use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::ReadError;

pub(super) use blocks::Blocks;

use super::readers::Readers;
use crate::paging::{self, SortKey};

/// What a list is sorted by: a key of a cursor and a column of a table.
pub(super) trait Column: SortKey + FromSql + Into<Value> + Send + 'static {}

impl<T: SortKey + FromSql + Into<Value> + Send + 'static> Column for T {}

/// A list that is being asked for.
pub(super) struct List {
    columns: &'static str,
    from: &'static str,
    /// What it is sorted by, and what breaks ties.
    key: &'static str,
    id: &'static str,
    descending: bool,
    conditions: Vec<String>,
    branches: Vec<String>,
    params: Vec<Value>,
}

impl List {
    pub(super) fn new(
        columns: &'static str,
        from: &'static str,
        (key, id): (&'static str, &'static str),
        descending: bool,
    ) -> Self {
        let (conditions, branches, params) = (Vec::new(), Vec::new(), Vec::new());
        Self { columns, from, key, id, descending, conditions, branches, params }
    }

    /// Bind a value; gives its place in the statement.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("?{}", self.params.len())
    }

    /// Only rows for which this holds.
    pub(super) fn require(&mut self, condition: String) {
        self.conditions.push(condition);
    }

    /// Only rows with this value, if one is given.
    pub(super) fn equal(&mut self, column: &str, value: Option<&str>) {
        if let Some(value) = value {
            let place = self.bind(value.to_owned());
            self.require(format!("{column} = {place}"));
        }
    }

    /// Only rows with one of these values, if any are given.
    pub(super) fn any_of<'v>(&mut self, column: &str, values: impl Iterator<Item = &'v str>) {
        let places: Vec<String> = values.map(|value| self.bind(value.to_owned())).collect();
        if !places.is_empty() {
            self.require(format!("{column} IN ({})", places.join(", ")));
        }
    }

    /// Read the rows of several ranges of one index, each in order and no further than the page: the list is then as
    /// fast as its index, also where several values are asked for. The branches must hold every row of the list.
    pub(super) fn branches(&mut self, branches: Vec<String>) {
        self.branches = branches;
    }

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

    /// Only rows beyond the one that the page begins after.
    fn begin_at(&mut self, start: Option<(impl Column, impl Column)>, falling: bool) {
        if let Some((key, id)) = start {
            let (key, id, sign) = (self.bind(key), self.bind(id), if falling { "<" } else { ">" });
            self.require(format!("({}, {}) {sign} ({key}, {id})", self.key, self.id));
        }
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

    fn count_sql(&self) -> String {
        format!("SELECT count(*) FROM {}{}", self.from, self.conditions(&[]))
    }

    fn conditions(&self, more: &[&String]) -> String {
        let all: Vec<&str> = self.conditions.iter().chain(more.iter().copied()).map(String::as_str).collect();
        if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) }
    }
}

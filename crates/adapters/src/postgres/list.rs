//! Pages of lists: conditions are collected, then one statement reads the page, and counts if it is asked to.

use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::ReadError;
use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;

use super::readers::Readers;
use super::session::{Param, get, p};
use super::trouble::Result;
use crate::paging::{self, SortKey};

/// A value that a list is asked with.
#[derive(Clone)]
pub(super) enum Value {
    Text(String),
    Integer(i64),
    Texts(Vec<String>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl Value {
    fn param(&self) -> Param<'_> {
        match self {
            Self::Text(text) => p(text),
            Self::Integer(integer) => p(integer),
            Self::Texts(texts) => p(texts),
        }
    }
}

/// What a list is sorted by: a key of a cursor and a column of a table.
pub(super) trait Column: SortKey + FromSqlOwned + Into<Value> {}

impl<T: SortKey + FromSqlOwned + Into<Value>> Column for T {}

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
        format!("${}", self.params.len())
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
        let values: Vec<String> = values.map(str::to_owned).collect();
        if !values.is_empty() {
            let place = self.bind(Value::Texts(values));
            self.require(format!("{column} = ANY({place})"));
        }
    }

    /// Read the rows of several ranges of one index, each in order and no further than the page: the list is then as
    /// fast as its index, also where several values are asked for. The branches must hold every row of the list.
    pub(super) fn branches(&mut self, branches: Vec<String>) {
        self.branches = branches;
    }

    /// Read the page in one statement, which sees one moment. `K` is the type of the sort key, `I` that of the id.
    pub(super) async fn read<K: Column, I: Column, T>(
        mut self,
        readers: &Readers,
        request: &PageRequest,
        read: impl Fn(&Row) -> Result<T>,
    ) -> std::result::Result<Page<T>, ReadError> {
        let count = request.count.then(|| self.count_sql());
        let (start, backwards) = paging::start::<K, I>(request)?;
        let falling = self.descending != backwards;
        if let Some((key, id)) = start {
            let (key, id, sign) = (self.bind(key), self.bind(id), if falling { "<" } else { ">" });
            self.require(format!("({}, {}) {sign} ({key}, {id})", self.key, self.id));
        }
        let limit = self.bind(i64::from(request.limit).saturating_add(1));
        let (page, way) = (self.page_sql(falling, &limit), if falling { "DESC" } else { "ASC" });
        let total = count.unwrap_or_else(|| "SELECT NULL::bigint AS total".to_owned());
        // A page without rows has its total all the same.
        let sql = format!(
            "SELECT page.*, counted.total FROM ({total}) AS counted LEFT JOIN ({page}) AS page ON true
             ORDER BY page_key {way}, page_id {way}"
        );
        let mut total = None;
        let params: Vec<Param<'_>> = self.params.iter().map(Value::param).collect();
        let rows = readers
            .all(&sql, &params, |row| {
                // The three last columns are our own.
                let last = row.len().saturating_sub(1);
                total = get::<Option<i64>>(row, last)?.map(i64::unsigned_abs);
                let key: Option<K> = get(row, last.saturating_sub(2))?;
                let Some(key) = key else { return Ok(None) };
                Ok(Some((key, get::<I>(row, last.saturating_sub(1))?, read(row)?)))
            })
            .await?;
        let rows: Vec<(K, I, T)> = rows.into_iter().flatten().collect();
        let page = Page::build(rows, request, total, |(key, id, _)| paging::cursor(key, id));
        Ok(page.map(|(_, _, row)| row))
    }

    fn page_sql(&self, falling: bool, limit: &str) -> String {
        let Self { columns, from, key, id, .. } = self;
        let (way, conditions) = (if falling { "DESC" } else { "ASC" }, self.conditions(&[]));
        let head = format!("SELECT {columns}, {key} AS page_key, {id} AS page_id FROM {from}");
        let end = format!("ORDER BY {key} {way}, {id} {way} LIMIT {limit}");
        if self.branches.is_empty() {
            return format!("{head}{conditions} {end}");
        }
        let ranges = self.branches.iter().map(|branch| {
            let conditions = self.conditions(&[branch]);
            format!("(SELECT {key} AS found_key, {id} AS found_id FROM {from}{conditions} {end})")
        });
        let ranges = ranges.collect::<Vec<_>>().join(" UNION ALL ");
        format!(
            "SELECT {columns}, {key} AS page_key, {id} AS page_id
             FROM (SELECT found_id FROM ({ranges}) AS ranges
                   ORDER BY found_key {way}, found_id {way} LIMIT {limit}) AS found
             JOIN {from} ON {id} = found_id"
        )
    }

    fn count_sql(&self) -> String {
        format!("SELECT count(*) AS total FROM {}{}", self.from, self.conditions(&[]))
    }

    fn conditions(&self, more: &[&String]) -> String {
        let all: Vec<&str> = self.conditions.iter().chain(more.iter().copied()).map(String::as_str).collect();
        if all.is_empty() { String::new() } else { format!(" WHERE {}", all.join(" AND ")) }
    }
}

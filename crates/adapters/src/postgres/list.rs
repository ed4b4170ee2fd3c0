//! Pages of lists: conditions are collected, then one statement reads the page, and counts if it is asked to.

use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::ReadError;
use tokio_postgres::Row;
use tokio_postgres::types::FromSqlOwned;

use super::readers::Readers;
use super::session::{Param, get, p};
use super::trouble::Result;
use crate::listing::{Bound, Listing};
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

/// A list of this store.
pub(super) type List = Listing<Value>;

impl Bound for Value {
    const MARK: char = '$';

    fn one_of(list: &mut List, column: &str, values: Vec<String>) -> String {
        let place = list.bind(Self::Texts(values));
        format!("{column} = ANY({place})")
    }
}

impl List {
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
        self.begin_at(start, falling);
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
}

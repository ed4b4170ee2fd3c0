//! A connection that keeps its prepared statements and counts what it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use rusqlite::types::{FromSqlError, Type, Value};
use rusqlite::{CachedStatement, Connection, Params, Result, Row};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use sutler_app::ports::Stored;
use sutler_domain::Version;

use crate::paging;

/// Prepared statements that a connection keeps.
const STATEMENTS_KEPT: usize = 256;

/// A connection of ours.
pub(super) struct Session {
    connection: Connection,
    statements: Arc<AtomicU64>,
}

/// A prepared statement of a session.
pub(super) struct Statement<'s> {
    prepared: CachedStatement<'s>,
    statements: &'s AtomicU64,
}

impl Session {
    pub(super) fn new(connection: Connection, statements: Arc<AtomicU64>) -> Result<Self> {
        rusqlite::vtab::array::load_module(&connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
        Ok(Self { connection, statements })
    }

    /// Whether a transaction is open.
    pub(super) fn is_in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    pub(super) fn statement(&self, sql: &str) -> Result<Statement<'_>> {
        let prepared = self.connection.prepare_cached(sql)?;
        Ok(Statement { prepared, statements: &self.statements })
    }

    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Result<usize> {
        self.statement(sql)?.execute(params)
    }

    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.statement(sql)?.one(params, read)
    }

    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.statement(sql)?.all(params, read)
    }

    /// Several reads of one moment.
    pub(super) fn snapshot<T>(&self, reads: impl FnOnce(&Self) -> Result<T>) -> Result<T> {
        self.execute("BEGIN", [])?;
        let result = reads(self);
        self.execute("COMMIT", [])?;
        result
    }
}

impl Statement<'_> {
    fn count(&self) {
        self.statements.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn execute(&mut self, params: impl Params) -> Result<usize> {
        self.count();
        self.prepared.execute(params)
    }

    pub(super) fn one<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.count();
        self.prepared.query(params)?.next()?.map(read).transpose()
    }

    pub(super) fn all<T>(
        &mut self,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.count();
        let (mut rows, mut found) = (self.prepared.query(params)?, Vec::new());
        while let Some(row) = rows.next()? {
            found.push(read(row)?);
        }
        Ok(found)
    }
}

/// Texts for `IN rarray(?)`: any number of them in one parameter.
pub(super) fn array<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> std::rc::Rc<Vec<Value>> {
    std::rc::Rc::new(texts.into_iter().map(|text| Value::Text(text.as_ref().to_owned())).collect())
}

/// A JSON column.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    serde_json::from_str(text).map_err(|error| unreadable(column, error))
}

/// A column with a word of an enum.
pub(super) fn word<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    let reader: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    T::deserialize(reader).map_err(|error| unreadable(column, error))
}

/// A column that `parse` understands.
pub(super) fn parsed<T>(row: &Row<'_>, column: usize, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    let text = row.get_ref(column)?.as_str()?;
    parse(text).ok_or_else(|| unreadable(column, FromSqlError::Other(format!("unknown: {text}").into())))
}

/// A column with a time.
pub(super) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp> {
    row.get(column).map(paging::time)
}

fn unreadable(column: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
}

/// A view without a number, from its body and version.
pub(super) fn stored<T: DeserializeOwned>(row: &Row<'_>) -> Result<Stored<T>> {
    Ok(Stored { value: json(row, 0)?, version: Version(row.get(1)?), number: 0 })
}

//! A connection that counts what it runs.
//!
//! Every statement with parameters goes out as `query_typed`: unnamed, with the types of its parameters beside it, in
//! one round trip. A named prepared statement would live on one server connection, and behind PgBouncer in transaction
//! mode the next transaction may run on another one. What this costs is a plan for each statement of a batch, however
//! many commits are in it.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use deadpool_postgres::{ClientWrapper, Object};
use jiff::Timestamp;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use sutler_app::ports::Stored;
use sutler_domain::Version;
use tokio::task::JoinHandle;
use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Client, Row, SimpleQueryMessage};

use super::trouble::{Fault, Result};
use crate::paging;

/// A connection with its counter.
pub(super) struct Session {
    line: Line,
    statements: Arc<AtomicU64>,
}

/// A connection of one's own, or one that is lent by the readers.
pub(super) enum Line {
    Own(Client, #[expect(dead_code, reason = "held for its end")] Driven),
    Lent(Object),
    /// Lent once, and not to come back.
    Taken(ClientWrapper),
}

/// The task that drives a connection. It ends with its session at once, also when the server does not answer any more:
/// then nothing that was sent is waited for.
pub(super) struct Driven(pub(super) JoinHandle<()>);

impl Drop for Driven {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// A parameter with its type.
pub(super) type Param<'p> = (&'p (dyn ToSql + Sync), Type);

/// A value whose type in the database is known.
pub(super) trait Typed: ToSql + Sync + Sized {
    /// Its type.
    const TYPE: Type;
}

macro_rules! typed {
    ($($value:ty => $sql:ident),* $(,)?) => {$(
        impl Typed for $value {
            const TYPE: Type = Type::$sql;
        }
    )*};
}
typed! {
    i64 => INT8,
    String => TEXT,
    &str => TEXT,
    &[u8] => BYTEA,
    Vec<i64> => INT8_ARRAY,
    Vec<Option<i64>> => INT8_ARRAY,
    Vec<bool> => BOOL_ARRAY,
    Vec<String> => TEXT_ARRAY,
    Vec<Option<String>> => TEXT_ARRAY,
    Vec<&str> => TEXT_ARRAY,
    Vec<Option<&str>> => TEXT_ARRAY,
    Vec<&[u8]> => BYTEA_ARRAY,
}

/// A parameter of a statement.
pub(super) fn p<T: Typed>(value: &T) -> Param<'_> {
    (value, T::TYPE)
}

/// One column of many rows, for `UNNEST`.
pub(super) fn column<'r, R, T>(rows: &'r [R], value: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

impl Session {
    pub(super) const fn new(line: Line, statements: Arc<AtomicU64>) -> Self {
        Self { line, statements }
    }

    pub(super) fn client(&self) -> &Client {
        match &self.line {
            Line::Own(client, _) => client,
            Line::Lent(lent) => lent,
            Line::Taken(taken) => taken,
        }
    }

    /// The same connection, which does not go back to whom it was lent from but ends with the session.
    pub(super) fn taken(self) -> Self {
        let line = match self.line {
            Line::Lent(lent) => Line::Taken(Object::take(lent)),
            line => line,
        };
        Self { line, ..self }
    }

    /// The same connection for what happens by itself, which would only blur the count of what was asked.
    pub(super) fn uncounted(self) -> Self {
        Self { statements: Arc::default(), ..self }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client().is_closed()
    }

    fn count(&self, statements: u64) {
        self.statements.fetch_add(statements, Ordering::Relaxed);
    }

    /// Run one statement; gives how many rows it touched.
    pub(super) async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64> {
        self.count(1);
        Ok(self.client().execute_typed(sql, params).await?)
    }

    /// The row of a statement that gives one at most.
    pub(super) async fn one<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnOnce(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        self.count(1);
        self.client().query_typed_opt(sql, params).await?.as_ref().map(read).transpose()
    }

    /// The rows of a statement.
    pub(super) async fn all<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.count(1);
        self.client().query_typed(sql, params).await?.iter().map(read).collect()
    }

    /// Run several statements without parameters in one message; gives the rows of the last one that has any, as text.
    pub(super) async fn simple(&self, sql: &str) -> Result<Vec<Vec<String>>> {
        let (mut rows, mut found) = (Vec::new(), Vec::new());
        let mut statements = 0;
        for message in self.client().simple_query(sql).await? {
            match message {
                SimpleQueryMessage::Row(row) => {
                    let texts = (0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned());
                    rows.push(texts.collect());
                }
                SimpleQueryMessage::CommandComplete(_) => {
                    statements += 1;
                    if !rows.is_empty() {
                        found = std::mem::take(&mut rows);
                    }
                }
                _ => {}
            }
        }
        self.count(statements);
        Ok(found)
    }
}

/// A column.
pub(super) fn get<'r, T: FromSql<'r>>(row: &'r Row, column: usize) -> Result<T> {
    Ok(row.try_get(column)?)
}

/// A column with a number that is never negative.
pub(super) fn number(row: &Row, column: usize) -> Result<u64> {
    let number: i64 = get(row, column)?;
    u64::try_from(number).map_err(|_| unreadable(row, column, format_args!("{number} is below 0")))
}

/// A JSON column.
pub(super) fn json<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T> {
    serde_json::from_str(get(row, column)?).map_err(|error| unreadable(row, column, error))
}

/// A column with a word of an enum.
pub(super) fn word<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T> {
    let text: &str = get(row, column)?;
    let reader: StrDeserializer<'_, serde::de::value::Error> = text.into_deserializer();
    T::deserialize(reader).map_err(|error| unreadable(row, column, error))
}

/// A column that `parse` understands.
pub(super) fn parsed<T>(row: &Row, column: usize, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    let text: &str = get(row, column)?;
    parse(text).ok_or_else(|| unreadable(row, column, format_args!("unknown: {text}")))
}

/// A column with a time.
pub(super) fn time(row: &Row, column: usize) -> Result<Timestamp> {
    get(row, column).map(paging::time)
}

/// A column with a hash.
pub(super) fn hash(row: &Row, column: usize) -> Result<[u8; 32]> {
    let bytes: &[u8] = get(row, column)?;
    bytes.try_into().map_err(|_| unreadable(row, column, format_args!("a hash of {} bytes", bytes.len())))
}

/// A view without a number, from its body and version.
pub(super) fn stored<T: DeserializeOwned>(row: &Row) -> Result<Stored<T>> {
    Ok(Stored { value: json(row, 0)?, version: Version(number(row, 1)?), number: 0 })
}

fn unreadable(row: &Row, column: usize, reason: impl Display) -> Fault {
    let name = row.columns().get(column).map_or("?", tokio_postgres::Column::name);
    Fault::Unreadable(format!("column {name}: {reason}"))
}

/// A number as the database keeps it. Nothing in a store comes near the end of the range.
pub(super) fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

//! All that is stored, for whoever checks it: one read transaction, beside a server that goes on writing or without one.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::{Params, Result};
use sutler_app::commit::StockKey;
use sutler_app::event::Recorded;
use sutler_app::ports::ReadError;
use sutler_app::ports::audit::{
    Audit, Damaged, Event, JournalRow, LogEnd, Moment, Row, StoredLevel, StoredView, Visit,
};
use sutler_app::stream::StreamKind;
use sutler_domain::{Position, Version};

use super::error::OpenError;
use super::readers::{Readers, read_error};
use super::session::{self, Session};
use super::{Sqlite, feed, open, stock};
use crate::listing::stock::ENTRY;

/// Where these stand among the columns of an event; a name would be looked for in every row.
const POSITION: usize = 0;
const STREAM: usize = 2;
const VERSION: usize = 3;

/// A database that is only read. It needs no lock, so a server may have it open: then what was committed before a
/// visit began is what the visit sees.
pub struct Reading {
    readers: Arc<Readers>,
}

impl Reading {
    /// Open an existing database of this version for reading; nothing of it is changed.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let session = open::to_read(path.as_ref())?;
        Ok(Self { readers: Arc::new(Readers::new(vec![session])) })
    }
}

#[async_trait]
impl Audit for Reading {
    async fn visit(&self, visit: Visit) -> Result<(), ReadError> {
        show(&self.readers, visit).await
    }
}

#[async_trait]
impl Audit for Sqlite {
    async fn visit(&self, visit: Visit) -> Result<(), ReadError> {
        show(&self.readers, visit).await
    }
}

async fn show(readers: &Arc<Readers>, visit: Visit) -> Result<(), ReadError> {
    let read = |session: &Session| {
        session.snapshot(|session| {
            visit(&Snapshot(session));
            Ok(())
        })
    };
    readers.read(read).await
}

/// A session within its transaction.
struct Snapshot<'s>(&'s Session);

impl Snapshot<'_> {
    fn all<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnMut(&rusqlite::Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>, ReadError> {
        self.0.all(sql, params, read).map_err(|error| read_error(&error))
    }
}

impl Moment for Snapshot<'_> {
    fn end(&self) -> Result<LogEnd, ReadError> {
        let sql = "SELECT first_epoch, position, hash, recorded_at, next_number FROM head";
        let end = self.0.one(sql, [], |row| {
            Ok(LogEnd {
                first_epoch: row.get(0)?,
                position: Position(row.get(1)?),
                hash: row.get(2)?,
                recorded_at: session::time(row, 3)?,
                next_number: row.get(4)?,
            })
        });
        let missing =
            || ReadError::Corrupt("the end of the log is missing: the table head is empty".to_owned());
        end.map_err(|error| read_error(&error))?.ok_or_else(missing)
    }

    fn log(&self, after: Position, limit: u32) -> Result<Vec<Row<Recorded>>, ReadError> {
        let columns = feed::COLUMNS;
        let sql = format!("SELECT {columns} FROM events WHERE position > ?1 ORDER BY position LIMIT ?2");
        self.all(&sql, (integer(after.0), limit), event)
    }

    fn journal(&self, after: u64, limit: u32) -> Result<Vec<JournalRow>, ReadError> {
        let entry = ENTRY;
        let sql = format!("SELECT {entry}, row FROM journal WHERE row > ?1 ORDER BY row LIMIT ?2");
        let place = entry.split(',').count();
        self.all(&sql, (integer(after), limit), |row| {
            let at = row.get(place)?;
            Ok(JournalRow { row: at, entry: stock::entry(row).map_err(|error| damaged(at, &error)) })
        })
    }

    fn histories(
        &self,
        kind: StreamKind,
        (id, last): (&str, Version),
        limit: u32,
    ) -> Result<Vec<Event>, ReadError> {
        let columns = feed::COLUMNS;
        let sql = format!(
            "SELECT {columns} FROM events WHERE (stream, version) > (?1, ?2) AND stream < ?3
             ORDER BY stream, version LIMIT ?4"
        );
        let (after, end) = range(kind, id);
        let skip = id_begins(kind);
        self.all(&sql, (after, integer(last.0), end, limit), |row| {
            let stream = row.get_ref(STREAM)?.as_str()?;
            let id = stream.get(skip..).unwrap_or_default().to_owned();
            let version: i64 = row.get(VERSION)?;
            Ok(Event { id, version: Version(u64::try_from(version).unwrap_or(u64::MAX)), event: event(row)? })
        })
    }

    fn versions(
        &self,
        kind: StreamKind,
        after: &str,
        limit: u32,
    ) -> Result<Vec<(String, Version)>, ReadError> {
        let sql =
            "SELECT stream, version FROM streams WHERE stream > ?1 AND stream < ?2 ORDER BY stream LIMIT ?3";
        let (after, end) = range(kind, after);
        let skip = id_begins(kind);
        self.all(sql, (after, end, limit), |row| {
            let stream = row.get_ref(0)?.as_str()?;
            Ok((stream.get(skip..).unwrap_or_default().to_owned(), version(row, 1)?))
        })
    }

    fn views(&self, kind: StreamKind, after: &str, limit: u32) -> Result<Vec<StoredView>, ReadError> {
        let (table, id, number) = match kind {
            StreamKind::Order => ("orders", "order_id", "coalesce(number, 0)"),
            StreamKind::Product => ("products", "product_id", "0"),
            StreamKind::Price => ("prices", "variant_id", "0"),
            StreamKind::Category => ("categories", "category_id", "0"),
            StreamKind::Collection => ("collections", "collection_id", "0"),
            StreamKind::Location => ("locations", "location_id", "0"),
            StreamKind::Reservation => ("reservations", "reservation_id", "0"),
            StreamKind::Customer => ("customers", "customer_id", "0"),
            StreamKind::Key => ("api_keys", "key_id", "0"),
            _ => return Ok(Vec::new()),
        };
        let sql = format!(
            "SELECT {id}, version, {number}, body FROM {table} WHERE {id} > ?1 ORDER BY {id} LIMIT ?2"
        );
        self.all(&sql, (after, limit), |row| {
            // A body that is no text any more is shown as far as it is one.
            let body = String::from_utf8_lossy(row.get_ref(3)?.as_bytes()?).into_owned();
            Ok(StoredView { id: row.get(0)?, version: version(row, 1)?, number: row.get(2)?, body })
        })
    }

    fn levels(&self, after: Option<&StockKey>, limit: u32) -> Result<Vec<StoredLevel>, ReadError> {
        let sql = "SELECT variant_id, location_id, on_hand, reserved, safety_stock, reorder_point, signal FROM stock
                   WHERE (variant_id, location_id) > (?1, ?2) ORDER BY variant_id, location_id LIMIT ?3";
        let last = after.map_or(("", ""), |at| (at.variant_id.as_str(), at.location_id.as_str()));
        self.all(sql, (last.0, last.1, limit), |row| {
            Ok(StoredLevel { at: stock::at(row, 0)?, level: stock::counters(row, 2)?, signal: row.get(6)? })
        })
    }
}

/// A row of the log. Its position is its key, so it can be read whatever the rest of the row says.
fn event(row: &rusqlite::Row<'_>) -> Result<Row<Recorded>> {
    let position = row.get(POSITION)?;
    Ok(feed::recorded(row).map_err(|error| damaged(position, &error)))
}

fn damaged(at: u64, error: &rusqlite::Error) -> Damaged {
    Damaged { at, reason: error.to_string() }
}

/// Streams of a kind after an id lie between these two: `:` is followed by `;`.
fn range(kind: StreamKind, after: &str) -> (String, String) {
    (format!("{}:{after}", kind.as_str()), format!("{};", kind.as_str()))
}

/// Where the id begins in the name of a stream.
fn id_begins(kind: StreamKind) -> usize {
    kind.as_str().len().saturating_add(1)
}

/// A version below 0 is one that no stream can have.
fn version(row: &rusqlite::Row<'_>, column: usize) -> Result<Version> {
    let version: i64 = row.get(column)?;
    Ok(Version(u64::try_from(version).unwrap_or(u64::MAX)))
}

fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

//! All that is stored, for whoever checks it: one transaction that sees one moment, while the nodes go on writing.

use std::sync::Arc;

use async_trait::async_trait;
use sutler_app::commit::StockKey;
use sutler_app::event::Recorded;
use sutler_app::ports::ReadError;
use sutler_app::ports::audit::{
    Audit, Damaged, Event, JournalRow, LogEnd, Moment, Row, StoredLevel, StoredView, Visit,
};
use sutler_app::stream::StreamKind;
use sutler_domain::{Position, Version};
use tokio::runtime::Handle;

use super::error::OpenError;
use super::readers::Readers;
use super::session::{self, Param, Session, get, int, number, p};
use super::target::{CONNECT_TIMEOUT, Target};
use super::trouble::{Fault, Result, read_error};
use super::{Postgres, feed, schema, stock};
use crate::listing::stock::ENTRY;

/// A database that is only read, beside the nodes that have it open.
pub struct Reading {
    readers: Readers,
}

impl Reading {
    /// Open an existing database of this version for reading; nothing of it is changed.
    pub async fn open(url: &str) -> std::result::Result<Self, OpenError> {
        let target = Target::parse(url)?;
        let seen = Seen::at(&target).await?;
        if seen.applied < seen.known {
            return Err(OpenError::Pending { place: seen.place, count: seen.known - seen.applied });
        }
        let readers = Readers::new(&target, &Arc::default(), 1, CONNECT_TIMEOUT);
        Ok(Self { readers: readers.map_err(|fault| OpenError::of(&target, &fault))? })
    }
}

/// A server and a database on it, as whoever looks finds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Host, port and database.
    pub place: String,
    /// The server's version.
    pub version: String,
    /// Migrations in the database; 0 in an empty one.
    pub applied: i64,
    /// Migrations that this binary knows.
    pub known: i64,
}

impl Seen {
    /// Look; nothing is changed. Refuses what [`Postgres::open`] refuses.
    pub async fn look(url: &str) -> std::result::Result<Self, OpenError> {
        Self::at(&Target::parse(url)?).await
    }

    async fn at(target: &Target) -> std::result::Result<Self, OpenError> {
        let failed = |fault: Fault| OpenError::of(target, &fault);
        let session = target.connect(&Arc::default()).await.map_err(failed)?;
        schema::check_server(&session, target).await?;
        let applied = schema::found(&session, target).await?;
        let version = session.simple("SELECT current_setting('server_version')").await.map_err(failed)?;
        let version = version.into_iter().flatten().next().unwrap_or_default();
        Ok(Self { place: target.place().to_owned(), version, applied, known: schema::known() })
    }
}

#[async_trait]
impl Audit for Postgres {
    async fn visit(&self, visit: Visit) -> std::result::Result<(), ReadError> {
        show(&self.readers, visit).await
    }
}

#[async_trait]
impl Audit for Reading {
    async fn visit(&self, visit: Visit) -> std::result::Result<(), ReadError> {
        show(&self.readers, visit).await
    }
}

/// The visitor blocks, so it has a thread of its own, and a connection that does not come back: a visit that ends in the
/// middle leaves no transaction to anybody else.
async fn show(readers: &Readers, visit: Visit) -> std::result::Result<(), ReadError> {
    let begun = async {
        let session = readers.lend().await?.taken();
        session.simple("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?;
        Ok(session)
    };
    let session = begun.await.map_err(|fault: Fault| read_error(&fault))?;
    let runtime = Handle::current();
    let seen = tokio::task::spawn_blocking(move || visit(&Snapshot { session, runtime })).await;
    seen.map_err(|error| ReadError::Unavailable(error.to_string()))
}

/// A session within its transaction.
struct Snapshot {
    session: Session,
    runtime: Handle,
}

impl Snapshot {
    fn all<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        read: impl FnMut(&tokio_postgres::Row) -> Result<T>,
    ) -> std::result::Result<Vec<T>, ReadError> {
        self.runtime.block_on(self.session.all(sql, params, read)).map_err(|fault| read_error(&fault))
    }
}

impl Moment for Snapshot {
    fn end(&self) -> std::result::Result<LogEnd, ReadError> {
        let sql = "SELECT first_epoch, position, hash, recorded_at, next_number FROM head";
        let mut ends = self.all(sql, &[], |row| {
            Ok(LogEnd {
                first_epoch: get(row, 0)?,
                position: Position(number(row, 1)?),
                hash: session::hash(row, 2)?,
                recorded_at: session::time(row, 3)?,
                next_number: number(row, 4)?,
            })
        })?;
        let missing =
            || ReadError::Corrupt("the end of the log is missing: the table head is empty".to_owned());
        ends.pop().ok_or_else(missing)
    }

    fn log(&self, after: Position, limit: u32) -> std::result::Result<Vec<Row<Recorded>>, ReadError> {
        let columns = feed::COLUMNS;
        let sql = format!("SELECT {columns} FROM events WHERE position > $1 ORDER BY position LIMIT $2");
        self.all(&sql, &[p(&int(after.0)), p(&i64::from(limit))], event)
    }

    fn journal(&self, after: u64, limit: u32) -> std::result::Result<Vec<JournalRow>, ReadError> {
        let entry = ENTRY;
        let sql = format!("SELECT {entry}, row FROM journal WHERE row > $1 ORDER BY row LIMIT $2");
        self.all(&sql, &[p(&int(after)), p(&i64::from(limit))], |row| {
            let at = number(row, row.len().saturating_sub(1))?;
            Ok(JournalRow { row: at, entry: stock::entry(row).map_err(|fault| damaged(at, &fault)) })
        })
    }

    fn histories(
        &self,
        kind: StreamKind,
        (id, last): (&str, Version),
        limit: u32,
    ) -> std::result::Result<Vec<Event>, ReadError> {
        let columns = feed::COLUMNS;
        let sql = format!(
            "SELECT {columns} FROM events WHERE (stream, version) > ($1, $2) AND stream < $3
             ORDER BY stream, version LIMIT $4"
        );
        let (after, end) = range(kind, id);
        let (last, limit) = (int(last.0), i64::from(limit));
        self.all(&sql, &[p(&after), p(&last), p(&end), p(&limit)], |row| {
            let id = id_of(kind, get(row, 2)?);
            Ok(Event { id, version: version(row, 3)?, event: event(row)? })
        })
    }

    fn versions(
        &self,
        kind: StreamKind,
        after: &str,
        limit: u32,
    ) -> std::result::Result<Vec<(String, Version)>, ReadError> {
        let sql =
            "SELECT stream, version FROM streams WHERE stream > $1 AND stream < $2 ORDER BY stream LIMIT $3";
        let (after, end) = range(kind, after);
        self.all(sql, &[p(&after), p(&end), p(&i64::from(limit))], |row| {
            Ok((id_of(kind, get(row, 0)?), version(row, 1)?))
        })
    }

    fn views(
        &self,
        kind: StreamKind,
        after: &str,
        limit: u32,
    ) -> std::result::Result<Vec<StoredView>, ReadError> {
        let (table, id, drawn) = match kind {
            StreamKind::Order => ("orders", "order_id", "number"),
            StreamKind::Product => ("products", "product_id", "0::bigint"),
            StreamKind::Price => ("prices", "variant_id", "0::bigint"),
            StreamKind::Category => ("categories", "category_id", "0::bigint"),
            StreamKind::Collection => ("collections", "collection_id", "0::bigint"),
            StreamKind::Location => ("locations", "location_id", "0::bigint"),
            StreamKind::Reservation => ("reservations", "reservation_id", "0::bigint"),
            StreamKind::Customer => ("customers", "customer_id", "0::bigint"),
            StreamKind::Key => ("api_keys", "key_id", "0::bigint"),
            _ => return Ok(Vec::new()),
        };
        let sql = format!(
            "SELECT {id}, version, {drawn}, body FROM {table} WHERE {id} > $1 ORDER BY {id} LIMIT $2"
        );
        self.all(&sql, &[p(&after), p(&i64::from(limit))], |row| {
            Ok(StoredView {
                id: get(row, 0)?,
                version: version(row, 1)?,
                number: number(row, 2)?,
                body: get(row, 3)?,
            })
        })
    }

    fn levels(
        &self,
        after: Option<&StockKey>,
        limit: u32,
    ) -> std::result::Result<Vec<StoredLevel>, ReadError> {
        let sql = "SELECT variant_id, location_id, on_hand, reserved, safety_stock, reorder_point, signal FROM stock
                   WHERE (variant_id, location_id) > ($1, $2) ORDER BY variant_id, location_id LIMIT $3";
        let last = after.map_or(("", ""), |at| (at.variant_id.as_str(), at.location_id.as_str()));
        self.all(sql, &[p(&last.0), p(&last.1), p(&i64::from(limit))], |row| {
            Ok(StoredLevel { at: stock::at(row, 0)?, level: stock::counters(row, 2)?, signal: get(row, 6)? })
        })
    }
}

/// A row of the log. Its position is its key, so it can be read whatever the rest of the row says.
fn event(row: &tokio_postgres::Row) -> Result<Row<Recorded>> {
    let position = number(row, 0)?;
    Ok(feed::recorded(row).map_err(|fault| damaged(position, &fault)))
}

fn damaged(at: u64, fault: &Fault) -> Damaged {
    Damaged { at, reason: fault.to_string() }
}

/// Streams of a kind after an id lie between these two: `:` is followed by `;`.
fn range(kind: StreamKind, after: &str) -> (String, String) {
    (format!("{}:{after}", kind.as_str()), format!("{};", kind.as_str()))
}

/// The id in the name of a stream.
fn id_of(kind: StreamKind, stream: &str) -> String {
    stream.get(kind.as_str().len().saturating_add(1)..).unwrap_or_default().to_owned()
}

/// A version below 0 is one that no stream can have.
fn version(row: &tokio_postgres::Row, column: usize) -> Result<Version> {
    let version: i64 = get(row, column)?;
    Ok(Version(u64::try_from(version).unwrap_or(u64::MAX)))
}

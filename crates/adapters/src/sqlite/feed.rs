//! The log as a feed.

use async_trait::async_trait;
use rusqlite::types::Value;
use rusqlite::{Result, Row, params_from_iter};
use sutler_app::commit::Refused;
use sutler_app::event::Recorded;
use sutler_app::ports::{Bookmark, EventFilter, Feed, FeedCursor, ReadError};
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::{EventId, Position, Version};
use tokio::sync::watch;

use super::Sqlite;
use super::session::{self, Session};
use super::write::Taken;
use crate::work::{BookmarkMove, Work};

pub(super) const COLUMNS: &str =
    "position, event_id, stream, version, name, body, at, recorded_at, actor, causation,
                       traceparent, number, hash";

#[async_trait]
impl Feed for Sqlite {
    async fn epoch(&self) -> std::result::Result<String, ReadError> {
        Ok(self.epoch.clone())
    }

    async fn first_epoch(&self) -> std::result::Result<String, ReadError> {
        let sql = "SELECT first_epoch FROM head";
        Ok(self
            .readers
            .read(move |session| session.one(sql, [], |row| row.get(0)))
            .await?
            .unwrap_or_default())
    }

    fn head(&self) -> watch::Receiver<Position> {
        self.head.clone()
    }

    async fn after(
        &self,
        position: Position,
        filter: &EventFilter,
        limit: u32,
    ) -> std::result::Result<Vec<Recorded>, ReadError> {
        if let Some(events) = self.recent.after(position, filter, limit) {
            return Ok(events);
        }
        let filter = filter.clone();
        self.readers.read(move |session| after(session, position, &filter, limit)).await
    }

    async fn stream(
        &self,
        stream: &StreamId,
        upto: Option<Version>,
    ) -> std::result::Result<Vec<Recorded>, ReadError> {
        let (stream, upto) =
            (stream.to_string(), upto.map_or(i64::MAX, |v| i64::try_from(v.0).unwrap_or(i64::MAX)));
        let sql =
            format!("SELECT {COLUMNS} FROM events WHERE stream = ?1 AND version <= ?2 ORDER BY version");
        self.readers.look_up(move |session| session.all(&sql, (stream, upto), recorded)).await
    }

    async fn event(&self, id: &EventId) -> std::result::Result<Option<Recorded>, ReadError> {
        let id = id.clone();
        self.readers.look_up(move |session| event(session, &id)).await
    }

    async fn cursor(&self, name: &str) -> std::result::Result<Position, ReadError> {
        let (name, sql) = (name.to_owned(), "SELECT position FROM cursors WHERE name = ?1");
        let position = self.readers.read(move |session| session.one(sql, [name], |row| row.get(0))).await?;
        Ok(Position(position.unwrap_or(0)))
    }

    async fn move_cursor(&self, name: &str, position: Position) -> std::result::Result<(), Refused> {
        self.door.ask(Work::MoveCursor, (name.to_owned(), position)).await
    }

    async fn bookmark(&self, name: &str) -> std::result::Result<Bookmark, ReadError> {
        let (name, sql) = (name.to_owned(), "SELECT version, epoch, position FROM bookmarks WHERE name = ?1");
        let read = |row: &Row<'_>| {
            let at = FeedCursor { epoch: row.get(1)?, position: Position(row.get(2)?) };
            Ok(Bookmark { version: Version(row.get(0)?), at })
        };
        let found = self.readers.read(move |session| session.one(sql, [name], read)).await?;
        Ok(found.unwrap_or_default())
    }

    async fn move_bookmark(
        &self,
        name: &str,
        seen: Version,
        to: &FeedCursor,
    ) -> std::result::Result<Version, Refused> {
        let asked = BookmarkMove { name: name.to_owned(), seen, to: to.clone() };
        self.door.ask(Work::MoveBookmark, asked).await
    }
}

/// Move a bookmark on the writer's side.
pub(super) fn move_bookmark(
    session: &Session,
    BookmarkMove { name, seen, to }: &BookmarkMove,
) -> Result<std::result::Result<Version, Refused>> {
    let sql = "INSERT INTO bookmarks (name, version, epoch, position)
               SELECT ?1, ?2 + 1, ?3, ?4 WHERE ?2 = 0 OR EXISTS (SELECT 1 FROM bookmarks WHERE name = ?1)
               ON CONFLICT (name) DO UPDATE
               SET version = excluded.version, epoch = excluded.epoch, position = excluded.position
               WHERE bookmarks.version = ?2";
    let moved = session.execute(sql, (name, seen.0, &to.epoch, to.position.0))?;
    Ok(if moved == 1 { Ok(seen.plus(1)) } else { Err(Refused::LeaseLost) })
}

/// Write the bookmarks that commits moved; the door has judged them.
pub(super) fn write(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO bookmarks (name, version, epoch, position) VALUES (?1, ?2, ?3, ?4)";
    for moved in batch.iter().filter_map(|(prepared, _)| prepared.commit.bookmark.as_ref()) {
        session.execute(sql, (&moved.name, moved.seen.plus(1).0, &moved.to.epoch, moved.to.position.0))?;
    }
    Ok(())
}

/// An id begins with the millisecond in which its event was recorded, and later positions were never recorded earlier.
fn event(session: &Session, id: &EventId) -> Result<Option<Recorded>> {
    let Some(millis) = id.millis() else { return Ok(None) };
    let from = first_since(session, millis.saturating_mul(1000))?;
    let until = first_since(session, millis.saturating_add(1).saturating_mul(1000))?;
    let sql =
        format!("SELECT {COLUMNS} FROM events WHERE position >= ?1 AND position < ?2 AND event_id = ?3");
    session.one(&sql, (from, until, id.as_str()), recorded)
}

/// The first position that was recorded at this time, in microseconds, or later.
fn first_since(session: &Session, at: i64) -> Result<i64> {
    let last: Option<i64> = session.one("SELECT max(position) FROM events", [], |row| row.get(0))?.flatten();
    let (mut low, mut high) = (1, last.unwrap_or(0).saturating_add(1));
    let mut recorded_at = session.statement("SELECT recorded_at FROM events WHERE position = ?1")?;
    while low < high {
        let middle = low + (high - low) / 2;
        let time: i64 = recorded_at.one([middle], |row| row.get(0))?.unwrap_or(i64::MAX);
        if time < at { low = middle + 1 } else { high = middle }
    }
    Ok(low)
}

fn after(session: &Session, position: Position, filter: &EventFilter, limit: u32) -> Result<Vec<Recorded>> {
    let from = i64::try_from(position.0).unwrap_or(i64::MAX);
    let mut params = vec![Value::Integer(from), Value::Integer(limit.into())];
    let mut conditions = vec!["position > ?1".to_owned()];
    if let Some(names) = &filter.names {
        conditions.push(one_of("name", names.iter().map(|name| (*name).to_owned()), &mut params));
    }
    if let Some(id) = &filter.subject {
        // A stream's name is its kind and its id, so an id is looked up under every kind.
        let streams = StreamKind::ALL.map(|kind| StreamId::new(kind, id.as_str()).to_string());
        conditions.push(one_of("stream", streams, &mut params));
    }
    let conditions = conditions.join(" AND ");
    let sql = format!("SELECT {COLUMNS} FROM events WHERE {conditions} ORDER BY position LIMIT ?2");
    session.all(&sql, params_from_iter(params), recorded)
}

fn one_of(column: &str, values: impl IntoIterator<Item = String>, params: &mut Vec<Value>) -> String {
    let places = values.into_iter().map(|value| {
        params.push(Value::Text(value));
        format!("?{}", params.len())
    });
    format!("{column} IN ({})", places.collect::<Vec<_>>().join(", "))
}

pub(super) fn recorded(row: &Row<'_>) -> Result<Recorded> {
    Ok(Recorded {
        position: Position(row.get(0)?),
        event_id: EventId::trusted(row.get::<_, String>(1)?.into()),
        stream: session::parsed(row, 2, StreamId::parse)?,
        version: Version(row.get(3)?),
        name: row.get(4)?,
        body: row.get(5)?,
        at: session::time(row, 6)?,
        recorded_at: session::time(row, 7)?,
        actor: row.get(8)?,
        causation: row.get(9)?,
        traceparent: row.get(10)?,
        number: row.get(11)?,
        hash: row.get(12)?,
    })
}

//! The log as a feed.

use std::collections::{BTreeSet, HashMap};

use async_trait::async_trait;
use sutler_app::commit::{BookmarkMove as BookmarkMoved, Refused};
use sutler_app::event::Recorded;
use sutler_app::ports::{Bookmark, EventFilter, Feed, FeedCursor, ReadError};
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::{EventId, Position, Version};
use tokio::sync::watch;
use tokio_postgres::Row;

use super::Postgres;
use super::session::{self, Session, column, get, int, number, p};
use super::trouble::Result;
use super::write::Taken;
use crate::work::{BookmarkMove, Work};

pub(super) const COLUMNS: &str = "position, event_id, stream, version, name, body, at, recorded_at, actor,
    causation, traceparent, number, hash";

#[async_trait]
impl Feed for Postgres {
    /// Read each time: a restore may happen under a node that runs.
    async fn epoch(&self) -> std::result::Result<String, ReadError> {
        self.word("SELECT epoch FROM head").await
    }

    async fn first_epoch(&self) -> std::result::Result<String, ReadError> {
        self.word("SELECT first_epoch FROM head").await
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
        let (from, limit) = (int(position.0), i64::from(limit));
        let mut params = vec![p(&from), p(&limit)];
        let mut conditions = vec!["position > $1".to_owned()];
        if let Some(names) = &filter.names {
            params.push(p(names));
            conditions.push(format!("name = ANY(${})", params.len()));
        }
        // A stream's name is its kind and its id, so an id is looked up under every kind.
        let streams: Option<Vec<String>> = filter
            .subject
            .as_ref()
            .map(|id| StreamKind::ALL.map(|kind| StreamId::new(kind, id.as_str()).to_string()).into());
        if let Some(streams) = &streams {
            params.push(p(streams));
            conditions.push(format!("stream = ANY(${})", params.len()));
        }
        let conditions = conditions.join(" AND ");
        let sql = format!("SELECT {COLUMNS} FROM events WHERE {conditions} ORDER BY position LIMIT $2");
        self.readers.all(&sql, &params, recorded).await
    }

    async fn stream(
        &self,
        stream: &StreamId,
        upto: Option<Version>,
    ) -> std::result::Result<Vec<Recorded>, ReadError> {
        let upto = upto.map_or(i64::MAX, |version| int(version.0));
        let sql =
            format!("SELECT {COLUMNS} FROM events WHERE stream = $1 AND version <= $2 ORDER BY version");
        self.readers.all(&sql, &[p(&stream.to_string()), p(&upto)], recorded).await
    }

    /// An id begins with the millisecond in which its event was recorded, and later positions were never recorded
    /// earlier: a search by halves finds the first position of that millisecond, and of the next.
    async fn event(&self, id: &EventId) -> std::result::Result<Option<Recorded>, ReadError> {
        let Some(millis) = id.millis() else { return Ok(None) };
        let from = millis.saturating_mul(1000);
        let until = millis.saturating_add(1).saturating_mul(1000);
        let sql = format!(
            "WITH RECURSIVE halves (since, low, high) AS (
                 SELECT asked.since, 1::bigint, head.position + 1 FROM head, (VALUES ($1), ($2)) AS asked (since)
                 UNION ALL
                 SELECT since, CASE WHEN recorded < since THEN middle + 1 ELSE low END,
                               CASE WHEN recorded < since THEN high ELSE middle END
                 FROM (SELECT since, low, high, (low + high) / 2 AS middle,
                              (SELECT recorded_at FROM events WHERE position = (low + high) / 2) AS recorded
                       FROM halves WHERE low < high) AS step),
             found (since, position) AS (SELECT since, low FROM halves WHERE low = high)
             SELECT {COLUMNS} FROM events
             WHERE position >= (SELECT found.position FROM found WHERE since = $1)
             AND position < (SELECT found.position FROM found WHERE since = $2) AND event_id = $3"
        );
        self.readers.first(&sql, &[p(&from), p(&until), p(&id.as_str())], recorded).await
    }

    async fn cursor(&self, name: &str) -> std::result::Result<Position, ReadError> {
        let sql = "SELECT position FROM cursors WHERE name = $1";
        let position = self.readers.first(sql, &[p(&name)], |row| number(row, 0)).await?;
        Ok(Position(position.unwrap_or(0)))
    }

    async fn move_cursor(&self, name: &str, position: Position) -> std::result::Result<(), Refused> {
        self.door.ask(Work::MoveCursor, (name.to_owned(), position)).await
    }

    async fn bookmark(&self, name: &str) -> std::result::Result<Bookmark, ReadError> {
        let sql = "SELECT version, epoch, position FROM bookmarks WHERE name = $1";
        let read = |row: &Row| {
            let at = FeedCursor { epoch: get(row, 1)?, position: Position(number(row, 2)?) };
            Ok(Bookmark { version: Version(number(row, 0)?), at })
        };
        Ok(self.readers.first(sql, &[p(&name)], read).await?.unwrap_or_default())
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

/// Write the bookmarks that commits moved; the door has judged them. One that moved more than once is where it moved last.
pub(super) async fn write(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let moved = batch.iter().filter_map(|(prepared, _)| prepared.commit.bookmark.as_ref());
    let last: HashMap<&str, &BookmarkMoved> = moved.map(|moved| (moved.name.as_str(), moved)).collect();
    if last.is_empty() {
        return Ok(());
    }
    let last: Vec<&BookmarkMoved> = last.into_values().collect();
    let sql = "INSERT INTO bookmarks (name, version, epoch, position) SELECT * FROM UNNEST($1, $2, $3, $4)
               ON CONFLICT (name) DO UPDATE
               SET version = excluded.version, epoch = excluded.epoch, position = excluded.position";
    session
        .execute(
            sql,
            &[
                p(&column(&last, |moved| moved.name.as_str())),
                p(&column(&last, |moved| int(moved.seen.plus(1).0))),
                p(&column(&last, |moved| moved.to.epoch.as_str())),
                p(&column(&last, |moved| int(moved.to.position.0))),
            ],
        )
        .await
        .map(drop)
}

/// The versions of bookmarks that are to be moved.
pub(super) async fn marked(session: &Session, names: &BTreeSet<&str>) -> Result<Vec<(String, Version)>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&str> = names.iter().copied().collect();
    let sql = "SELECT name, version FROM bookmarks WHERE name = ANY($1)";
    session.all(sql, &[p(&names)], |row| Ok((get(row, 0)?, Version(number(row, 1)?)))).await
}

/// Move a bookmark on the writer's side.
pub(super) async fn move_bookmark(
    session: &Session,
    BookmarkMove { name, seen, to }: &BookmarkMove,
) -> Result<std::result::Result<Version, Refused>> {
    let sql = "INSERT INTO bookmarks (name, version, epoch, position)
               SELECT $1, $2 + 1, $3, $4 WHERE $2 = 0 OR EXISTS (SELECT 1 FROM bookmarks WHERE name = $1)
               ON CONFLICT (name) DO UPDATE
               SET version = excluded.version, epoch = excluded.epoch, position = excluded.position
               WHERE bookmarks.version = $2";
    let moved =
        session.execute(sql, &[p(name), p(&int(seen.0)), p(&to.epoch), p(&int(to.position.0))]).await?;
    Ok(if moved == 1 { Ok(seen.plus(1)) } else { Err(Refused::LeaseLost) })
}

impl Postgres {
    async fn word(&self, sql: &str) -> std::result::Result<String, ReadError> {
        let word = self.readers.first(sql, &[], |row| get(row, 0)).await?;
        word.ok_or_else(|| ReadError::Corrupt("the table head is empty".to_owned()))
    }
}

pub(super) fn recorded(row: &Row) -> Result<Recorded> {
    Ok(Recorded {
        position: Position(number(row, 0)?),
        event_id: EventId::trusted(get::<String>(row, 1)?.into()),
        stream: session::parsed(row, 2, StreamId::parse)?,
        version: Version(number(row, 3)?),
        name: get(row, 4)?,
        body: get(row, 5)?,
        at: session::time(row, 6)?,
        recorded_at: session::time(row, 7)?,
        actor: get(row, 8)?,
        causation: get(row, 9)?,
        traceparent: get(row, 10)?,
        number: get::<Option<i64>>(row, 11)?.map(i64::unsigned_abs),
        hash: session::hash(row, 12)?,
    })
}

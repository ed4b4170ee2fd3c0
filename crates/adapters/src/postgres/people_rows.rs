//! The audit log and the last uses on the writer's side, the rows of people and sessions, and the sweep of sessions.

use std::collections::HashMap;

use futures::join;
use jiff::Timestamp;
use serde_json::Value;
use sutler_app::stream::StreamKind;

use super::session::{Session, column, p};
use super::trouble::Result;
use super::views::Folded;
use super::write::{Taken, first_cause};
use crate::rows::{Row, SessionRow};

/// Write what the commits of a batch tell of deeds and uses.
pub(super) async fn write(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let (told, seen) = join!(tell(session, batch), see(session, batch));
    first_cause([told, seen])
}

async fn tell(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let rows: Vec<_> = batch.iter().flat_map(|(_, admitted)| &admitted.audit).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let names = "at, actor, action, subject, before, after, request_id";
    let sql = format!(
        "INSERT INTO audit_log ({names})
         SELECT {names} FROM UNNEST($1, $2, $3, $4, $5, $6, $7) WITH ORDINALITY AS told ({names}, place)
         ORDER BY place"
    );
    let text = |shown: &Option<Value>| shown.as_ref().map(Value::to_string);
    session
        .execute(
            &sql,
            &[
                p(&column(&rows, |entry| entry.at.as_microsecond())),
                p(&column(&rows, |entry| entry.actor.as_str())),
                p(&column(&rows, |entry| entry.action.as_str())),
                p(&column(&rows, |entry| entry.subject.as_str())),
                p(&column(&rows, |entry| text(&entry.before))),
                p(&column(&rows, |entry| text(&entry.after))),
                p(&column(&rows, |entry| entry.request_id.as_deref())),
            ],
        )
        .await
        .map(drop)
}

async fn see(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let mut last: HashMap<&str, i64> = HashMap::new();
    for seen in batch.iter().flat_map(|(prepared, _)| &prepared.commit.seen) {
        let at = seen.at.as_microsecond();
        last.entry(&seen.subject).and_modify(|known| *known = (*known).max(at)).or_insert(at);
    }
    if last.is_empty() {
        return Ok(());
    }
    let (subjects, times): (Vec<&str>, Vec<i64>) = last.into_iter().unzip();
    let sql = "INSERT INTO last_seen (subject, at) SELECT * FROM UNNEST($1, $2)
               ON CONFLICT (subject) DO UPDATE SET at = greatest(last_seen.at, excluded.at)";
    session.execute(sql, &[p(&subjects), p(&times)]).await.map(drop)
}

/// Write the people of a batch.
pub(super) async fn users(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let put = folded.standing(StreamKind::User);
    let rows: Vec<_> = put
        .into_iter()
        .filter_map(|(id, version, row)| match row {
            Row::User { email, body } => Some((id, version, email, body)),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO users (user_id, version, email, body) SELECT * FROM UNNEST($1, $2, $3, $4)
               ON CONFLICT (user_id) DO UPDATE SET version = excluded.version, email = excluded.email,
                   body = excluded.body";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |row| row.0)),
                p(&column(&rows, |row| row.1)),
                p(&column(&rows, |row| row.2.as_str())),
                p(&column(&rows, |row| row.3.as_str())),
            ],
        )
        .await
        .map(drop)
}

/// Write the sessions of a batch.
pub(super) async fn sessions(session: &Session, folded: &Folded<'_>) -> Result<()> {
    let put = folded.standing(StreamKind::Session);
    let rows: Vec<(&str, i64, &SessionRow)> = put
        .into_iter()
        .filter_map(|(id, version, row)| match row {
            Row::Session(row) => Some((id, version, row)),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO sessions (session_id, version, hash, user_id, created_at, ends_at, body)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7)
               ON CONFLICT (session_id) DO UPDATE SET version = excluded.version, ends_at = excluded.ends_at,
                   body = excluded.body";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |row| row.0)),
                p(&column(&rows, |row| row.1)),
                p(&column(&rows, |row| row.2.hash.as_str())),
                p(&column(&rows, |row| row.2.user_id.as_deref())),
                p(&column(&rows, |row| row.2.created_at)),
                p(&column(&rows, |row| row.2.ends_at)),
                p(&column(&rows, |row| row.2.body.as_str())),
            ],
        )
        .await
        .map(drop)
}

/// Forget sessions whose time is over, and what is left of those that were ended: ids are never used again.
pub(super) async fn sweep(session: &Session, now: Timestamp) -> Result<u64> {
    session.execute("DELETE FROM sessions WHERE ends_at <= $1", &[p(&now.as_microsecond())]).await?;
    let sql = "DELETE FROM last_seen WHERE subject LIKE 'ses\\_%'
               AND NOT EXISTS (SELECT 1 FROM sessions WHERE session_id = subject)";
    session.execute(sql, &[]).await?;
    let sql = "DELETE FROM streams WHERE stream LIKE 'session:%'
               AND NOT EXISTS (SELECT 1 FROM sessions WHERE session_id = substr(stream, 9))";
    session.execute(sql, &[]).await
}

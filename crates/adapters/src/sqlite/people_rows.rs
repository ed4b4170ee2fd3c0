//! The audit log and the last uses on the writer's side, and the sweep of sessions.

use jiff::Timestamp;
use rusqlite::Result;
use serde_json::Value;
use sutler_app::stream::StreamId;

use super::session::Session;
use super::write::Taken;
use crate::rows::{Row, SessionRow};

/// Write what the commits tell of deeds and uses, in order.
pub(super) fn write(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let text = |shown: &Option<Value>| shown.as_ref().map(Value::to_string);
    for entry in batch.iter().flat_map(|(_, admitted)| &admitted.audit) {
        let sql = "INSERT INTO audit_log (at, actor, action, subject, before, after, request_id)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let shown = (text(&entry.before), text(&entry.after), &entry.request_id);
        let at = entry.at.as_microsecond();
        session.execute(sql, (at, &entry.actor, &entry.action, &entry.subject, shown.0, shown.1, shown.2))?;
    }
    for seen in batch.iter().flat_map(|(prepared, _)| &prepared.commit.seen) {
        let sql = "INSERT INTO last_seen (subject, at) VALUES (?1, ?2)
                   ON CONFLICT (subject) DO UPDATE SET at = max(at, excluded.at)";
        session.execute(sql, (&seen.subject, seen.at.as_microsecond()))?;
    }
    Ok(())
}

/// Write a person or a session.
pub(super) fn put(session: &Session, stream: &StreamId, row: &Row, version: u64) -> Result<()> {
    let id = stream.id();
    match row {
        Row::User { email, body } => {
            let sql = "INSERT OR REPLACE INTO users (user_id, version, email, body) VALUES (?1, ?2, ?3, ?4)";
            session.execute(sql, (id, version, email, body)).map(drop)
        }
        Row::Session(SessionRow { hash, user_id, created_at, ends_at, body }) => {
            let sql = "INSERT OR REPLACE INTO sessions
                           (session_id, version, hash, user_id, created_at, ends_at, body)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            session.execute(sql, (id, version, hash, user_id, created_at, ends_at, body)).map(drop)
        }
        _ => Ok(()),
    }
}

/// Forget sessions whose time is over, and what is left of those that were ended: ids are never used again.
pub(super) fn sweep(session: &Session, now: Timestamp) -> Result<usize> {
    session.execute("DELETE FROM sessions WHERE ends_at <= ?1", [now.as_microsecond()])?;
    let sql = "DELETE FROM last_seen WHERE subject >= 'ses_' AND subject < 'ses`'
               AND subject NOT IN (SELECT session_id FROM sessions)";
    session.execute(sql, [])?;
    let sql = "DELETE FROM streams WHERE stream >= 'session:' AND stream < 'session;'
               AND substr(stream, 9) NOT IN (SELECT session_id FROM sessions)";
    session.execute(sql, [])
}

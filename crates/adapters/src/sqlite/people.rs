//! Reads of people, their sessions, and what they did.

use std::collections::HashMap;
use std::rc::Rc;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Result, Row};
use sutler_app::access::{AuditEntry, AuditQuery, Session, User};
use sutler_app::page::Page;
use sutler_app::ports::{PeopleReads, ReadError, Stored};
use sutler_app::saved_views::ViewShelf;
use sutler_domain::{SessionId, UserId};

use super::list::List;
use super::{Sqlite, session};
use crate::listing::audit_log;

type Read<T> = std::result::Result<T, ReadError>;

#[async_trait]
impl PeopleReads for Sqlite {
    async fn user(&self, id: &UserId) -> Read<Option<Stored<User>>> {
        let (id, sql) = (id.to_string(), "SELECT body, version FROM users WHERE user_id = ?1");
        self.readers.look_up(move |session| session.one(sql, [id], session::stored)).await
    }

    async fn users(&self) -> Read<Vec<Stored<User>>> {
        let sql = "SELECT body, version FROM users ORDER BY email";
        self.readers.read(move |session| session.all(sql, [], session::stored)).await
    }

    async fn session(&self, hash: &str) -> Read<Option<(Stored<Session>, Option<Timestamp>)>> {
        let hash = hash.to_owned();
        let sql = "SELECT body, version, (SELECT at FROM last_seen WHERE subject = session_id)
                   FROM sessions WHERE hash = ?1";
        let read = |row: &Row<'_>| {
            let seen: Option<i64> = row.get(2)?;
            Ok((session::stored(row)?, seen.map(crate::paging::time)))
        };
        self.readers.look_up(move |session| session.one(sql, [hash], read)).await
    }

    async fn sessions(&self, user: Option<&UserId>) -> Read<Vec<Stored<Session>>> {
        let (user, order) = (user.map(ToString::to_string), "ORDER BY created_at DESC, session_id DESC");
        let read = move |session: &session::Session| match user {
            Some(user) => {
                let sql = format!("SELECT body, version FROM sessions WHERE user_id = ?1 {order}");
                session.all(&sql, [user], session::stored)
            }
            None => session.all(&format!("SELECT body, version FROM sessions {order}"), [], session::stored),
        };
        self.readers.read(read).await
    }

    async fn session_by_id(&self, id: &SessionId) -> Read<Option<Stored<Session>>> {
        let (id, sql) = (id.to_string(), "SELECT body, version FROM sessions WHERE session_id = ?1");
        self.readers.read(move |session| session.one(sql, [id], session::stored)).await
    }

    async fn last_seen(&self, subjects: &[&str]) -> Read<HashMap<String, Timestamp>> {
        let subjects: Vec<String> = subjects.iter().map(|subject| (*subject).to_owned()).collect();
        let sql = "SELECT subject, at FROM last_seen WHERE subject IN rarray(?1)";
        let read = |row: &Row<'_>| Ok((row.get(0)?, session::time(row, 1)?));
        let found = self.readers.read(move |session| {
            let subjects: Rc<Vec<Value>> = Rc::new(subjects.into_iter().map(Value::from).collect());
            session.all(sql, [subjects], read)
        });
        Ok(found.await?.into_iter().collect())
    }

    async fn view_shelves(&self, owners: &[&str]) -> Read<Vec<Stored<ViewShelf>>> {
        let owners: Vec<Value> = owners.iter().map(|owner| Value::from((*owner).to_owned())).collect();
        let sql = "SELECT body, version FROM saved_views WHERE owner IN rarray(?1)";
        let read = move |session: &session::Session| session.all(sql, [Rc::new(owners)], session::stored);
        self.readers.look_up(read).await
    }

    async fn audit_log(&self, query: &AuditQuery) -> Read<Page<AuditEntry>> {
        let list: List = audit_log(query);
        list.read::<i64, i64, _>(&self.readers, &query.page, entry).await
    }
}

fn entry(row: &Row<'_>) -> Result<AuditEntry> {
    let shown = |column: usize| match row.get_ref(column)?.as_str_or_null()? {
        Some(_) => session::json(row, column).map(Some),
        None => Ok(None),
    };
    Ok(AuditEntry {
        number: row.get(0)?,
        at: session::time(row, 1)?,
        actor: row.get(2)?,
        action: row.get(3)?,
        subject: row.get(4)?,
        before: shown(5)?,
        after: shown(6)?,
        request_id: row.get(7)?,
    })
}

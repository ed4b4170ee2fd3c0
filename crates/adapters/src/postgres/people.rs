//! Reads of people, their sessions, and what they did.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::access::{AuditEntry, AuditQuery, Session, User};
use sutler_app::page::Page;
use sutler_app::ports::{PeopleReads, ReadError, Stored};
use sutler_app::saved_views::ViewShelf;
use sutler_domain::{SessionId, UserId};
use tokio_postgres::Row;

use super::Postgres;
use super::list::List;
use super::session::{self, get, number, p, stored};
use super::trouble::Result;
use crate::listing::audit_log;

type Read<T> = std::result::Result<T, ReadError>;

#[async_trait]
impl PeopleReads for Postgres {
    async fn user(&self, id: &UserId) -> Read<Option<Stored<User>>> {
        self.readers
            .first("SELECT body, version FROM users WHERE user_id = $1", &[p(&id.as_str())], stored)
            .await
    }

    async fn users(&self) -> Read<Vec<Stored<User>>> {
        self.readers.all("SELECT body, version FROM users ORDER BY email", &[], stored).await
    }

    async fn session(&self, hash: &str) -> Read<Option<(Stored<Session>, Option<Timestamp>)>> {
        let sql = "SELECT body, version, (SELECT at FROM last_seen WHERE subject = session_id)
                   FROM sessions WHERE hash = $1";
        let read = |row: &Row| {
            let seen: Option<i64> = get(row, 2)?;
            Ok((stored(row)?, seen.map(crate::paging::time)))
        };
        self.readers.first(sql, &[p(&hash)], read).await
    }

    async fn sessions(&self, user: Option<&UserId>) -> Read<Vec<Stored<Session>>> {
        let order = "ORDER BY created_at DESC, session_id DESC";
        match user {
            Some(user) => {
                let sql = format!("SELECT body, version FROM sessions WHERE user_id = $1 {order}");
                self.readers.all(&sql, &[p(&user.as_str())], stored).await
            }
            None => {
                self.readers.all(&format!("SELECT body, version FROM sessions {order}"), &[], stored).await
            }
        }
    }

    async fn session_by_id(&self, id: &SessionId) -> Read<Option<Stored<Session>>> {
        let sql = "SELECT body, version FROM sessions WHERE session_id = $1";
        self.readers.first(sql, &[p(&id.as_str())], stored).await
    }

    async fn last_seen(&self, subjects: &[&str]) -> Read<HashMap<String, Timestamp>> {
        let subjects = subjects.to_vec();
        let sql = "SELECT subject, at FROM last_seen WHERE subject = ANY($1)";
        let read = |row: &Row| Ok((get(row, 0)?, session::time(row, 1)?));
        Ok(self.readers.all(sql, &[p(&subjects)], read).await?.into_iter().collect())
    }

    async fn view_shelves(&self, owners: &[&str]) -> Read<Vec<Stored<ViewShelf>>> {
        let sql = "SELECT body, version FROM saved_views WHERE owner = ANY($1)";
        self.readers.all(sql, &[p(&owners.to_vec())], stored).await
    }

    async fn audit_log(&self, query: &AuditQuery) -> Read<Page<AuditEntry>> {
        let list: List = audit_log(query);
        list.read::<i64, i64, _>(&self.readers, &query.page, entry).await
    }
}

fn entry(row: &Row) -> Result<AuditEntry> {
    let shown = |column: usize| match get::<Option<&str>>(row, column)? {
        Some(_) => session::json(row, column).map(Some),
        None => Ok(None),
    };
    Ok(AuditEntry {
        number: number(row, 0)?,
        at: session::time(row, 1)?,
        actor: get(row, 2)?,
        action: get(row, 3)?,
        subject: get(row, 4)?,
        before: shown(5)?,
        after: shown(6)?,
        request_id: get(row, 7)?,
    })
}

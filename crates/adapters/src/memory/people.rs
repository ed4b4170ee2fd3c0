//! Reads of people, their sessions, and what they did.

use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::access::{AuditEntry, AuditQuery, Session, User};
use sutler_app::commit::Seen;
use sutler_app::page::Page;
use sutler_app::ports::{PeopleReads, ReadError, Stored};
use sutler_app::saved_views::ViewShelf;
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::{SessionId, UserId};

use super::{Memory, State, page};

#[async_trait]
impl PeopleReads for Memory {
    async fn user(&self, id: &UserId) -> Result<Option<Stored<User>>, ReadError> {
        let state = self.state.lock();
        Ok(state.users.get(id).map(|user| state.stored(&StreamId::from(id), user.clone())))
    }

    async fn users(&self) -> Result<Vec<Stored<User>>, ReadError> {
        let state = self.state.lock();
        let mut all: Vec<_> = state.users.values().collect();
        all.sort_by(|a, b| a.email.cmp(&b.email));
        Ok(all.into_iter().map(|user| state.stored(&StreamId::from(&user.user_id), user.clone())).collect())
    }

    async fn session(&self, hash: &str) -> Result<Option<(Stored<Session>, Option<Timestamp>)>, ReadError> {
        let state = self.state.lock();
        let found = state.sessions.values().find(|session| session.hash == hash);
        Ok(found.map(|session| {
            let seen = state.last_seen.get(session.session_id.as_str()).copied();
            (state.stored_session(session), seen)
        }))
    }

    async fn sessions(&self, user: Option<&UserId>) -> Result<Vec<Stored<Session>>, ReadError> {
        let state = self.state.lock();
        let theirs = |session: &&Session| user.is_none() || session.user_id.as_ref() == user;
        let mut found: Vec<_> = state.sessions.values().filter(theirs).collect();
        found.sort_by(|a, b| (b.created_at, &b.session_id).cmp(&(a.created_at, &a.session_id)));
        Ok(found.into_iter().map(|session| state.stored_session(session)).collect())
    }

    async fn session_by_id(&self, id: &SessionId) -> Result<Option<Stored<Session>>, ReadError> {
        let state = self.state.lock();
        Ok(state.sessions.get(id).map(|session| state.stored_session(session)))
    }

    async fn last_seen(&self, subjects: &[&str]) -> Result<HashMap<String, Timestamp>, ReadError> {
        let state = self.state.lock();
        let seen = subjects.iter().filter_map(|subject| state.last_seen.get_key_value(*subject));
        Ok(seen.map(|(subject, at)| (subject.clone(), *at)).collect())
    }

    async fn view_shelves(&self, owners: &[&str]) -> Result<Vec<Stored<ViewShelf>>, ReadError> {
        let state = self.state.lock();
        let shelves = owners.iter().filter_map(|owner| state.views.get(*owner));
        let stream = |shelf: &ViewShelf| StreamId::new(StreamKind::Views, &shelf.owner);
        Ok(shelves.map(|shelf| state.stored(&stream(shelf), shelf.clone())).collect())
    }

    async fn audit_log(&self, query: &AuditQuery) -> Result<Page<AuditEntry>, ReadError> {
        let state = self.state.lock();
        let is = |asked: &Option<String>, found: &str| asked.as_ref().is_none_or(|asked| asked == found);
        let found = state.audit_log.iter().filter(|entry| {
            is(&query.actor, &entry.actor)
                && is(&query.action, &entry.action)
                && is(&query.subject, &entry.subject)
        });
        let keyed = found.map(|entry| {
            let place = i64::try_from(entry.number).unwrap_or(i64::MAX);
            ((place, place), entry.clone())
        });
        page::cut(keyed.collect(), true, &query.page)
    }
}

impl State {
    fn stored_session(&self, session: &Session) -> Stored<Session> {
        self.stored(&StreamId::from(&session.session_id), session.clone())
    }

    pub(super) fn see(&mut self, seen: &[Seen]) {
        for Seen { subject, at } in seen {
            let last = self.last_seen.entry(subject.clone()).or_insert(*at);
            *last = (*last).max(*at);
        }
    }

    pub(super) fn push_audit(&mut self, entries: Vec<AuditEntry>) {
        for entry in entries {
            let number = super::count(self.audit_log.len()).saturating_add(1);
            self.audit_log.push(AuditEntry { number, ..entry });
        }
    }

    /// Take away sessions whose time is over, and what is left of those that were ended.
    pub(super) fn sweep_sessions(&mut self, now: Timestamp) -> usize {
        let before = self.heads.streams.len();
        self.sessions.retain(|_, session| session.ends_at > now);
        let Self { heads, sessions, last_seen, .. } = self;
        let stands = |id: &str| sessions.contains_key(&SessionId::trusted(id.into()));
        heads.streams.retain(|stream, _| stream.kind() != StreamKind::Session || stands(stream.id()));
        last_seen.retain(|subject, _| !subject.starts_with("ses_") || stands(subject));
        before - self.heads.streams.len()
    }
}

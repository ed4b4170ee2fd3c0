//! Who is signed in where: seen and ended by themselves and by administrators.

use std::collections::HashMap;

use jiff::Timestamp;
use sutler_domain::{SessionId, UserId};

use super::session::{Purpose, Session};
use super::sign_in::shown;
use super::{Access, SignedIn};
use crate::caller::Caller;
use crate::commit::{Change, Commit, Deed, Refused};
use crate::error::Problem;
use crate::ports::Stored;
use crate::stream::StreamId;

/// A session as it is shown.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// The session.
    pub session: Session,
    /// When it was last used.
    pub used_at: Timestamp,
}

impl Access {
    /// The sessions that are open, of a person or of everybody, newest first.
    pub async fn sessions(
        &self,
        caller: &Caller,
        user: Option<&UserId>,
    ) -> Result<Vec<SessionView>, Problem> {
        caller.may("users:read")?;
        self.open_sessions(user).await
    }

    /// One's own sessions, newest first.
    pub async fn own_sessions(&self, signed: &SignedIn) -> Result<Vec<SessionView>, Problem> {
        self.open_sessions(Some(&signed.user.user_id)).await
    }

    /// End a session.
    pub async fn end_session(&self, caller: &Caller, id: &SessionId) -> Result<(), Problem> {
        caller.may("users:write")?;
        self.end(caller, id, None).await
    }

    /// End a session of one's own; another's is not found.
    pub async fn end_own_session(
        &self,
        caller: &Caller,
        signed: &SignedIn,
        id: &SessionId,
    ) -> Result<(), Problem> {
        self.end(caller, id, Some(&signed.user.user_id)).await
    }

    async fn end(&self, caller: &Caller, id: &SessionId, of: Option<&UserId>) -> Result<(), Problem> {
        let found = self.room.ports.people.session_by_id(id).await?;
        let is_theirs = |session: &Stored<Session>| of.is_none() || session.value.user_id.as_ref() == of;
        let stored = found.filter(is_theirs).ok_or_else(|| Problem::not_found("session", id))?;
        let deed = Deed::new("session.ended", id).before(&shown(&stored.value));
        let change = Change::removed(StreamId::from(id), stored.version);
        match self.room.ports.store.commit(Commit::by(caller).deed(deed).change(change)).await {
            // Somebody ended it meanwhile.
            Ok(_) | Err(Refused::Moved { .. }) => Ok(()),
            Err(refused) => Err(refused.into()),
        }
    }

    async fn open_sessions(&self, user: Option<&UserId>) -> Result<Vec<SessionView>, Problem> {
        let (found, now) = (self.room.ports.people.sessions(user).await?, self.room.now());
        let ids: Vec<&str> = found.iter().map(|session| session.value.session_id.as_str()).collect();
        let told = self.last_used(&ids).await?;
        let views = found.iter().filter(|session| session.value.purpose == Purpose::Browser).map(|session| {
            let session = session.value.clone();
            let used_at = told.get(session.session_id.as_str()).copied().unwrap_or(session.created_at);
            SessionView { session, used_at }
        });
        let idle = self.room.settings.session_idle;
        Ok(views.filter(|view| !view.session.is_over(now, view.used_at, idle)).collect())
    }

    /// When keys or sessions were last used, as far as anybody told.
    pub async fn last_used(&self, ids: &[&str]) -> Result<HashMap<String, Timestamp>, Problem> {
        let mut told = self.room.ports.people.last_seen(ids).await?;
        for id in ids {
            if let Some(at) = self.uses.of(id) {
                let known = told.entry((*id).to_owned()).or_insert(at);
                *known = (*known).max(at);
            }
        }
        Ok(told)
    }

    /// The same commit, which also ends every session and link of a person but this one.
    pub(super) async fn without_sessions(
        &self,
        mut commit: Commit,
        id: &UserId,
        but: Option<&SessionId>,
    ) -> Result<Commit, Problem> {
        for session in self.room.ports.people.sessions(Some(id)).await? {
            if Some(&session.value.session_id) != but {
                let stream = StreamId::from(&session.value.session_id);
                commit = commit.change(Change::removed(stream, session.version));
            }
        }
        Ok(commit)
    }
}

//! Sign in, stay signed in, sign out.

use jiff::Timestamp;
use sutler_domain::{SessionId, UserId};

use super::session::{self, Purpose, Session, csrf};
use super::throttle::Guess;
use super::user::{User, lowered};
use super::users::begun;
use super::{Access, Origin, Role, SESSIONS_MAX};
use crate::admission::PERSON;
use crate::caller::Caller;
use crate::commit::{Change, Claim, ClaimKind, Commit, Deed, Refused};
use crate::error::{Kind, Problem};
use crate::ports::Stored;
use crate::retry::retry_moved;
use crate::stream::{StreamId, StreamKind};

/// A session that was begun just now.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The token, for the holder's cookie; told this once.
    pub token: String,
    /// Whose it is.
    pub user: User,
    /// When it ends, however much it is used.
    pub ends_at: Timestamp,
    /// Whether the person has yet to choose a password.
    pub needs_password: bool,
}

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub user: User,
    /// By which session.
    pub session_id: SessionId,
    /// The word that forms of this session carry.
    pub csrf: String,
    /// When the session ends, however much it is used.
    pub ends_at: Timestamp,
    /// Whether they came by a link and have no password yet.
    pub by_link: bool,
}

impl Access {
    /// Sign in with address and password.
    ///
    /// Problems: `sign_in_failed`, which does not say what was wrong; `sign_in_throttled`; `busy`.
    pub async fn sign_in(&self, email: &str, password: &str, origin: &Origin) -> Result<Begun, Problem> {
        let email = lowered(email);
        let guess = Guess::of(&email, origin.address.as_deref());
        self.throttle.take(&guess, self.room.now())?;
        let found = self.by_email(&email).await?;
        let hash = found.as_ref().and_then(|user| user.value.password.as_ref());
        let known = self.passwords()?.matches(password, hash).await?;
        let Some(user) = found.filter(|user| known && user.value.disabled_at.is_none()) else {
            tracing::warn!(address = origin.address.as_deref(), "sign_in_failed");
            return Err(failed("the e-mail address or the password is wrong"));
        };
        self.throttle.succeeded(&guess);
        self.begin(user.value, origin, None).await
    }

    /// Sign in by a link; it opens nothing any more afterwards.
    ///
    /// Problems: `sign_in_failed` when it is not known, was used, or is over.
    pub async fn redeem(&self, token: &str, origin: &Origin) -> Result<Begun, Problem> {
        let link = self.link_of(token, Purpose::Link).await?.ok_or_else(link_over)?;
        let id = link.value.user_id.clone().ok_or_else(link_over)?;
        let user = self.room.ports.people.user(&id).await?.filter(|user| link.value.is_of(&user.value));
        self.begin(user.ok_or_else(link_over)?.value, origin, Some(&link)).await
    }

    /// Who holds this token; `None` when nobody does any more.
    pub async fn signed_in(&self, token: &str) -> Result<Option<SignedIn>, Problem> {
        let Some((session, used_at)) = self.room.ports.people.session(&session::hash(token)).await? else {
            return Ok(None);
        };
        let (session, now) = (session.value, self.room.now());
        let Some(id) = session.user_id.as_ref().filter(|_| session.purpose == Purpose::Browser) else {
            return Ok(None);
        };
        let subject = session.session_id.as_str();
        let used_at = used_at.max(self.uses.of(subject)).unwrap_or(session.created_at);
        if session.is_over(now, used_at, self.room.settings.session_idle) {
            return Ok(None);
        }
        let user = self.room.ports.people.user(id).await?.map(|stored| stored.value);
        let Some(user) = user.filter(|user| session.is_of(user)) else { return Ok(None) };
        self.uses.note(subject, now);
        Ok(Some(SignedIn {
            by_link: user.password.is_none(),
            csrf: csrf(token),
            session_id: session.session_id,
            ends_at: session.ends_at,
            user,
        }))
    }

    /// Sign out: the token opens nothing any more. Gives whether it did.
    pub async fn sign_out(&self, caller: &Caller, token: &str) -> Result<bool, Problem> {
        let Some((stored, _)) = self.room.ports.people.session(&session::hash(token)).await? else {
            return Ok(false);
        };
        let change = Change::removed(StreamId::from(&stored.value.session_id), stored.version);
        let deed = Deed::new("session.ended", &stored.value.session_id).before(&shown(&stored.value));
        match self.room.ports.store.commit(Commit::by(caller).deed(deed).change(change)).await {
            Ok(_) => Ok(true),
            Err(Refused::Moved { .. }) => Ok(false),
            Err(refused) => Err(refused.into()),
        }
    }

    /// A link that can still be used.
    pub(super) async fn link_of(
        &self,
        token: &str,
        purpose: Purpose,
    ) -> Result<Option<Stored<Session>>, Problem> {
        let found = self.room.ports.people.session(&session::hash(token)).await?;
        let now = self.room.now();
        Ok(found
            .map(|(session, _)| session)
            .filter(|session| session.value.purpose == purpose && session.value.ends_at > now))
    }

    /// Begin a session of a person, in the place of the link they came by.
    pub(super) async fn begin(
        &self,
        user: User,
        origin: &Origin,
        link: Option<&Stored<Session>>,
    ) -> Result<Begun, Problem> {
        let caller = as_person(&user.user_id, user.role, &self.room.settings.shop);
        let link = link.map(|link| (StreamId::from(&link.value.session_id), link.version));
        // A session that was to make place may have ended by itself meanwhile.
        retry_moved(&caller, async |_| {
            let (session, token) = self.browser(&user, origin);
            let ends_at = session.ends_at;
            let mut commit = Commit::by(&caller)
                .deed(Deed::new("session.begun", &session.session_id).after(&shown(&session)));
            if let Some((stream, version)) = &link {
                commit = commit.change(Change::removed(stream.clone(), *version));
            }
            commit = self.make_place(commit, &user.user_id).await?;
            match self.room.ports.store.commit(commit.change(begun(session))).await {
                Ok(_) => {
                    let (user, needs_password) = (user.clone(), user.password.is_none());
                    Ok(Begun { token, user, ends_at, needs_password })
                }
                // Two at once: it was for one of them.
                Err(Refused::Moved { stream, .. })
                    if link.as_ref().is_some_and(|(own, _)| *own == stream) =>
                {
                    Err(link_over().into())
                }
                Err(refused) => Err(refused.into()),
            }
        })
        .await
    }

    pub(super) fn browser(&self, user: &User, origin: &Origin) -> (Session, String) {
        let (ids, now) = (&*self.room.ports.ids, self.room.now());
        let ttl = self.room.settings.session_ttl;
        Session::fresh(ids, Purpose::Browser, Some(user), origin, (now, ttl))
    }

    /// With as many sessions as there may be, the oldest make place.
    async fn make_place(&self, mut commit: Commit, id: &UserId) -> Result<Commit, Problem> {
        let open = self.room.ports.people.sessions(Some(id)).await?;
        let browsers = open.into_iter().filter(|session| session.value.purpose == Purpose::Browser);
        for old in browsers.skip(SESSIONS_MAX.saturating_sub(1)) {
            commit = commit.change(Change::removed(StreamId::from(&old.value.session_id), old.version));
        }
        Ok(commit)
    }

    async fn by_email(&self, email: &str) -> Result<Option<Stored<User>>, Problem> {
        let claim = Claim { kind: ClaimKind::UserEmail, value: email.to_owned() };
        let holder = self.room.ports.contacts.holder(&claim).await?;
        let id = holder.filter(|stream| stream.kind() == StreamKind::User);
        let Some(id) = id.and_then(|stream| UserId::parse(stream.id()).ok()) else { return Ok(None) };
        Ok(self.room.ports.people.user(&id).await?)
    }
}

/// A person as a caller.
pub(super) fn as_person(id: &UserId, role: Role, shop: &str) -> Caller {
    Caller { scopes: role.scopes(), shop: shop.to_owned(), ..Caller::system(format!("{PERSON}{id}")) }
}

impl SignedIn {
    /// The person as a caller, without the manners of a request.
    pub fn caller(&self, shop: &str) -> Caller {
        as_person(&self.user.user_id, self.user.role, shop)
    }
}

/// What the audit log shows of a session.
pub(super) fn shown(session: &Session) -> serde_json::Value {
    let Session { user_id, address, agent, .. } = session;
    serde_json::json!({"user_id": user_id, "address": address, "agent": agent})
}

fn link_over() -> Problem {
    failed("this link was used already, or is older than its time; ask for a new one")
}

fn failed(detail: &str) -> Problem {
    Problem::new(Kind::Unauthorized, "sign_in_failed", detail)
}

//! Make people known, change them, and take them away.

use sutler_domain::{UserId, Version};

use super::session::{Purpose, Session};
use super::user::{NewUser, USERS_MAX, User, UserChange, lowered};
use super::{Access, LINK_TTL, Origin, Role};
use crate::admission::PERSON;
use crate::caller::Caller;
use crate::commit::{Change, ClaimKind, Commit, Deed, Expect, Refused, View};
use crate::error::{Kind, Problem};
use crate::patch::Patch;
use crate::ports::Stored;
use crate::retry::{Failure, must_match, retry_moved};
use crate::stream::StreamId;

impl Access {
    /// Every person, by address.
    pub async fn users(&self, caller: &Caller) -> Result<Vec<Stored<User>>, Problem> {
        caller.may("users:read")?;
        Ok(self.room.ports.people.users().await?)
    }

    /// A person.
    pub async fn user(&self, caller: &Caller, id: &UserId) -> Result<Stored<User>, Problem> {
        caller.may("users:read")?;
        self.person(id).await
    }

    /// Make a person known. Without a password they are given a link with which they sign in once and choose one: its
    /// token is in this answer and nowhere else.
    ///
    /// Problems: `email_exists`, `too_many_users`, `owners_only`.
    pub async fn create_user(
        &self,
        caller: &Caller,
        input: &NewUser,
    ) -> Result<(Stored<User>, Option<String>), Problem> {
        caller.may("users:write")?;
        self.may_touch(caller, &[input.role]).await?;
        if self.room.ports.people.users().await?.len() >= USERS_MAX {
            let detail =
                format!("there are {USERS_MAX} people already; delete one who does not sign in any more");
            return Err(Problem::new(Kind::Conflict, "too_many_users", detail));
        }
        let user = self.fresh_user(input).await?;
        let mut commit =
            Commit::by(caller).deed(Deed::new("user.created", &user.user_id).after(&user.shown()));
        commit = registered(commit, &user);
        let token = if user.password.is_none() {
            let (change, token) = self.link(&user);
            commit = commit.change(change);
            Some(token)
        } else {
            None
        };
        self.commit_person(commit).await?;
        Ok((Stored { value: user, version: Version(1), number: 0 }, token))
    }

    /// Change a person: what is not named stays. Whose password or role changes, or who is disabled, is signed out
    /// everywhere.
    ///
    /// Problems: `email_exists`, `last_owner`, `owners_only`.
    pub async fn update_user(
        &self,
        caller: &Caller,
        id: &UserId,
        change: &UserChange,
    ) -> Result<Stored<User>, Problem> {
        caller.may("users:write")?;
        retry_moved(caller, async |_| {
            let stored = self.person(id).await?;
            must_match(caller, stored.version)?;
            let roles = [stored.value.role, change.role.unwrap_or(stored.value.role)];
            self.may_touch(caller, &roles).await?;
            let after = self.changed(&stored.value, change).await?;
            if after == stored.value {
                return Ok(stored);
            }
            let mut commit = Commit::by(caller)
                .deed(Deed::new("user.updated", id).before(&stored.value.shown()).after(&after.shown()));
            let (unowned, shut) = (ceases_to_own(&stored.value, &after), after.era != stored.value.era);
            if unowned {
                commit = commit.requires(self.other_owners(id).await?);
            }
            if shut {
                commit = self.without_sessions(commit, id, None).await?;
            }
            self.save_person(commit, stored, after).await
        })
        .await
    }

    /// Take a person away; they are signed out everywhere. What they did stays in the audit log.
    ///
    /// Problems: `last_owner`, `owners_only`.
    pub async fn delete_user(&self, caller: &Caller, id: &UserId) -> Result<(), Problem> {
        caller.may("users:write")?;
        retry_moved(caller, async |_| {
            let stored = self.person(id).await?;
            must_match(caller, stored.version)?;
            self.may_touch(caller, &[stored.value.role]).await?;
            let stream = StreamId::from(id);
            let mut commit = Commit::by(caller)
                .deed(Deed::new("user.deleted", id).before(&stored.value.shown()))
                .change(Change::removed(stream.clone(), stored.version))
                .give(ClaimKind::UserEmail, &stored.value.email, &stream);
            if owns(&stored.value) {
                commit = commit.requires(self.other_owners(id).await?);
            }
            commit = self.without_sessions(commit, id, None).await?;
            self.room.ports.store.commit(commit).await?;
            Ok(())
        })
        .await
    }

    /// A link with which a person signs in once, for whoever forgot the password; its token is told this once.
    pub async fn sign_in_link(&self, caller: &Caller, id: &UserId) -> Result<String, Problem> {
        caller.may("users:write")?;
        let stored = self.person(id).await?;
        self.may_touch(caller, &[stored.value.role]).await?;
        let (change, token) = self.link(&stored.value);
        let commit = Commit::by(caller).deed(Deed::new("user.link_made", id));
        self.room.ports.store.commit(commit.change(change)).await?;
        Ok(token)
    }

    /// Only an owner makes and changes owners. A key cannot: whoever may make keys would be an owner in two steps.
    async fn may_touch(&self, caller: &Caller, roles: &[Role]) -> Result<(), Problem> {
        if !roles.contains(&Role::Owner) || caller.is_of_the_house() {
            return Ok(());
        }
        if let Some(id) = caller.actor.strip_prefix(PERSON).and_then(|id| UserId::parse(id).ok())
            && self.room.ports.people.user(&id).await?.is_some_and(|user| owns(&user.value))
        {
            return Ok(());
        }
        let detail =
            "owners are made and changed by owners who signed in, or by 'sutler admin' on the server";
        Err(Problem::new(Kind::Unauthorized, "owners_only", detail))
    }

    /// The versions of the owners beside this one, which must stand when it ceases to be one.
    async fn other_owners(&self, id: &UserId) -> Result<Vec<(StreamId, Version)>, Failure> {
        let users = self.room.ports.people.users().await?;
        let others: Vec<_> = users
            .iter()
            .filter(|user| owns(&user.value) && user.value.user_id != *id)
            .map(|user| (StreamId::from(&user.value.user_id), user.version))
            .collect();
        if others.is_empty() {
            let detail = "this is the last owner who can sign in; make another one first";
            return Err(Problem::new(Kind::Conflict, "last_owner", detail).into());
        }
        Ok(others)
    }

    pub(super) async fn fresh_user(&self, input: &NewUser) -> Result<User, Problem> {
        let (now, email) = (self.room.now(), lowered(&input.email));
        let name = if input.name.trim().is_empty() { email.clone() } else { input.name.trim().to_owned() };
        let mut user = User {
            user_id: UserId::new(self.room.ports.ids.uuid()),
            email,
            name,
            role: input.role,
            password: None,
            disabled_at: None,
            era: 0,
            created_at: now,
            updated_at: now,
        };
        user.password = self.checked(&user, input.password.as_deref()).await?;
        Ok(user)
    }

    async fn changed(&self, user: &User, change: &UserChange) -> Result<User, Problem> {
        let now = self.room.now();
        let mut after = user.clone();
        if let Some(email) = &change.email {
            after.email = lowered(email);
        }
        if let Some(name) = &change.name {
            name.trim().clone_into(&mut after.name);
        }
        after.role = change.role.unwrap_or(user.role);
        after.disabled_at = match change.disabled {
            Some(true) => user.disabled_at.or(Some(now)),
            Some(false) => None,
            None => user.disabled_at,
        };
        let password = match &change.password {
            Patch::Set(password) => Some(password.as_str()),
            _ => None,
        };
        let hash = self.checked(&after, password).await?;
        if !change.password.is_keep() {
            after.password = hash;
        }
        if signs_out(user, &after) {
            after.era = user.era.saturating_add(1);
        }
        if after != *user {
            after.updated_at = now;
        }
        Ok(after)
    }

    pub(super) async fn save_person(
        &self,
        mut commit: Commit,
        before: Stored<User>,
        after: User,
    ) -> Result<Stored<User>, Failure> {
        let stream = StreamId::from(&after.user_id);
        if before.value.email != after.email {
            commit = commit.give(ClaimKind::UserEmail, &before.value.email, &stream).take(
                ClaimKind::UserEmail,
                &after.email,
                &stream,
            );
        }
        let view = View::User(Box::new(after.clone()));
        let change = Change::record(stream, Expect::Exactly(before.version), view);
        match self.room.ports.store.commit(commit.change(change)).await {
            Ok(_) => Ok(Stored { value: after, version: before.version.plus(1), number: 0 }),
            Err(refused @ Refused::Taken { .. }) => Err(taken(refused).into()),
            Err(refused) => Err(refused.into()),
        }
    }

    pub(super) async fn commit_person(&self, commit: Commit) -> Result<(), Problem> {
        self.room.ports.store.commit(commit).await.map(drop).map_err(taken)
    }

    pub(super) async fn person(&self, id: &UserId) -> Result<Stored<User>, Problem> {
        let found = self.room.ports.people.user(id).await?;
        found.ok_or_else(|| Problem::not_found("user", id))
    }

    fn link(&self, user: &User) -> (Change, String) {
        let (ids, now) = (&*self.room.ports.ids, self.room.now());
        let (session, token) =
            Session::fresh(ids, Purpose::Link, Some(user), &Origin::default(), (now, LINK_TTL));
        (begun(session), token)
    }
}

/// A session to be kept.
pub(super) fn begun(session: Session) -> Change {
    Change::record(StreamId::from(&session.session_id), Expect::New, View::Session(Box::new(session)))
}

/// A person to be kept, with the name that is theirs alone.
pub(super) fn registered(commit: Commit, user: &User) -> Commit {
    let stream = StreamId::from(&user.user_id);
    let view = View::User(Box::new(user.clone()));
    commit.take(ClaimKind::UserEmail, &user.email, &stream).change(Change::record(stream, Expect::New, view))
}

fn taken(refused: Refused) -> Problem {
    match refused {
        Refused::Taken { claim, .. } => {
            let detail = format!("somebody signs in as '{}' already", claim.value);
            Problem::new(Kind::Conflict, "email_exists", detail)
        }
        refused => refused.into(),
    }
}

const fn owns(user: &User) -> bool {
    matches!(user.role, Role::Owner) && user.disabled_at.is_none()
}

const fn ceases_to_own(before: &User, after: &User) -> bool {
    owns(before) && !owns(after)
}

/// Whether what somebody had open must not go on.
fn signs_out(before: &User, after: &User) -> bool {
    before.password != after.password || before.role != after.role || after.disabled_at.is_some()
}

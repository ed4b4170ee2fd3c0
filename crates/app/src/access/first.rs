//! The first administrator: by the environment, by a command, or by a link that works once.

use super::session::{Purpose, Session};
use super::users::{begun, registered};
use super::{Access, Begun, LINK_TTL, NewUser, Origin, Role, User};
use crate::caller::Caller;
use crate::commit::{Change, Commit, Deed, Refused};
use crate::error::{Kind, Problem};
use crate::stream::StreamId;

/// What the environment asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FirstAdmin {
    /// The person was made known just now, as an owner.
    Made(User),
    /// Somebody signs in by this address already; nothing was changed.
    Known,
}

/// Who the first administrator is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetUp {
    /// Their e-mail address.
    pub email: String,
    /// Their name; empty: the address.
    pub name: String,
    /// Their password.
    pub password: String,
}

impl Access {
    /// Whether anybody can sign in at all.
    pub async fn has_people(&self) -> Result<bool, Problem> {
        Ok(!self.room.ports.people.users().await?.is_empty())
    }

    /// Make the owner that the environment names, unless somebody signs in by that address.
    pub async fn ensure_admin(&self, email: &str, password: &str) -> Result<FirstAdmin, Problem> {
        let users = self.room.ports.people.users().await?;
        if users.iter().any(|user| user.value.email == super::user::lowered(email)) {
            return Ok(FirstAdmin::Known);
        }
        let (role, password) = (Role::Owner, Some(password.to_owned()));
        let input = NewUser { email: email.to_owned(), name: String::new(), role, password };
        match self.create_user(&Caller::system("environment"), &input).await {
            Ok((made, _)) => Ok(FirstAdmin::Made(made.value)),
            // Another server read the same environment at the same time.
            Err(problem) if problem.code == "email_exists" => Ok(FirstAdmin::Known),
            Err(problem) => Err(problem),
        }
    }

    /// The token of a link by which the first administrator is made; told this once.
    ///
    /// Problems: `set_up_already` when there are people.
    pub async fn setup_link(&self, caller: &Caller) -> Result<String, Problem> {
        if self.has_people().await? {
            return Err(set_up_already());
        }
        let (ids, now) = (&*self.room.ports.ids, self.room.now());
        let (session, token) = Session::fresh(ids, Purpose::Setup, None, &Origin::default(), (now, LINK_TTL));
        self.room.ports.store.commit(Commit::by(caller).change(begun(session))).await?;
        Ok(token)
    }

    /// Make the first administrator by a link, and sign them in. The link, and every other one, opens nothing afterwards.
    ///
    /// Problems: `set_up_already`, `sign_in_failed` when the link is not known or over, `validation_failed`.
    pub async fn set_up(&self, token: &str, who: &SetUp, origin: &Origin) -> Result<Begun, Problem> {
        let over = || {
            let detail =
                "this link is not known or older than 30 minutes; make a new one: sutler admin setup-link";
            Problem::new(Kind::Unauthorized, "sign_in_failed", detail)
        };
        let link = self.link_of(token, Purpose::Setup).await?.ok_or_else(over)?;
        if self.has_people().await? {
            return Err(set_up_already());
        }
        let SetUp { email, name, password } = who.clone();
        let user =
            self.fresh_user(&NewUser { email, name, role: Role::Owner, password: Some(password) }).await?;
        let (session, token) = self.browser(&user, origin);
        let caller = super::sign_in::as_person(&user.user_id, user.role, &self.room.settings.shop);
        let ends_at = session.ends_at;
        let mut commit = Commit::by(&caller)
            .deed(Deed::new("user.created", &user.user_id).after(&user.shown()))
            .deed(Deed::new("session.begun", &session.session_id).after(&super::sign_in::shown(&session)))
            .change(begun(session));
        // Each names its own link at the version it was read at, and takes all others away: of two at once, one sets up.
        let own = StreamId::from(&link.value.session_id);
        commit = commit.change(Change::removed(own.clone(), link.version));
        for other in self.room.ports.people.sessions(None).await? {
            let stream = StreamId::from(&other.value.session_id);
            if other.value.purpose == Purpose::Setup && stream != own {
                commit = commit.change(Change::removed(stream, other.version));
            }
        }
        commit = registered(commit, &user);
        match self.room.ports.store.commit(commit).await {
            Ok(_) => Ok(Begun { token, user, ends_at, needs_password: false }),
            Err(Refused::Moved { .. }) => Err(set_up_already()),
            Err(refused) => Err(refused.into()),
        }
    }
}

fn set_up_already() -> Problem {
    let detail = "there is an administrator already; sign in, or make another one: sutler admin create";
    Problem::new(Kind::Conflict, "set_up_already", detail)
}

//! Passwords: chosen, checked, and changed.

use sutler_domain::{Fault, SessionId, UserId};

use super::user::{PasswordHash, User, check_password};
use super::{Access, Session, SignedIn};
use crate::caller::Caller;
use crate::commit::{Change, Commit, Deed, Expect, View};
use crate::error::{Kind, Problem};
use crate::ports::passwords::{HashingBusy, Passwords};
use crate::retry::retry_moved;
use crate::stream::StreamId;

impl From<HashingBusy> for Problem {
    fn from(error: HashingBusy) -> Self {
        Self::new(Kind::Busy, "busy", format!("{error}; try again in a second"))
    }
}

impl Access {
    /// Whoever hashes; without one nobody signs in here.
    pub(super) fn passwords(&self) -> Result<&dyn Passwords, Problem> {
        let off = || Problem::new(Kind::Conflict, "sign_in_off", "signing in is switched off on this server");
        self.room.ports.passwords.as_deref().ok_or_else(off)
    }

    /// Check a person and a password that was chosen for them; gives its hash. Nothing is hashed that is not allowed.
    pub(super) async fn checked(
        &self,
        user: &User,
        password: Option<&str>,
    ) -> Result<Option<PasswordHash>, Problem> {
        let mut faults = user.check();
        if let Some(password) = password {
            check_password(password, &mut faults, "/password");
        }
        faults.or(()).map_err(Problem::invalid)?;
        match password {
            Some(password) => Ok(Some(self.passwords()?.hash(password).await?)),
            None => Ok(None),
        }
    }

    /// Change one's own password. Every other session of the person ends. Who signed in by a link need not know the one
    /// before: the link was in its place.
    ///
    /// Problems: `sign_in_failed` when the present one is wrong, `validation_failed`.
    pub async fn change_password(
        &self,
        caller: &Caller,
        signed: &SignedIn,
        present: Option<&str>,
        chosen: &str,
    ) -> Result<(), Problem> {
        let id: &UserId = &signed.user.user_id;
        retry_moved(caller, async |_| {
            let stored = self.person(id).await?;
            if !signed.by_link {
                self.must_know(&stored.value, present.unwrap_or_default()).await?;
            }
            let hash = self.checked(&stored.value, Some(chosen)).await?;
            let era = stored.value.era.saturating_add(1);
            let after = User { password: hash, era, updated_at: self.room.now(), ..stored.value.clone() };
            let commit = Commit::by(caller).deed(Deed::new("user.password_changed", id));
            let commit = self.without_sessions(commit, id, Some(&signed.session_id)).await?;
            let commit = self.carried_over(commit, &signed.session_id, era).await?;
            self.save_person(commit, stored, after).await.map(drop)
        })
        .await
    }

    /// The session at hand goes on in the next era.
    async fn carried_over(&self, commit: Commit, id: &SessionId, era: u32) -> Result<Commit, Problem> {
        let Some(own) = self.room.ports.people.session_by_id(id).await? else { return Ok(commit) };
        let view = View::Session(Box::new(Session { era, ..own.value }));
        Ok(commit.change(Change::record(StreamId::from(id), Expect::Exactly(own.version), view)))
    }

    async fn must_know(&self, user: &User, present: &str) -> Result<(), Problem> {
        let guess = super::throttle::Guess::of(&user.email, None);
        self.throttle.take(&guess, self.room.now())?;
        if self.passwords()?.matches(present, user.password.as_ref()).await? {
            self.throttle.succeeded(&guess);
            return Ok(());
        }
        let detail = "the present password is wrong";
        let fault = Fault::invalid("/present", detail);
        Err(Problem::new(Kind::Unauthorized, "sign_in_failed", detail).errors(vec![fault]))
    }
}

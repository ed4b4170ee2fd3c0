//! People who may sign in. They are persons: none of it is in the log.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sutler_domain::UserId;
use sutler_domain::fault::Faults;
use sutler_domain::text::{self, LINE_MAX};

use super::Role;
use crate::customers::looks_like_email;
use crate::patch::Patch;

/// Characters of a password, at least. Guessing is throttled, so length is all that is asked for: rules about digits and
/// signs make passwords worse (NIST SP 800-63B, section 3.1.1).
pub const PASSWORD_CHARS_MIN: usize = 12;

/// Characters of a password, at most: hashing a novel would keep the machine busy.
pub const PASSWORD_CHARS_MAX: usize = 256;

/// People of a shop, at most.
pub const USERS_MAX: usize = 1_000;

/// A password as it is kept: never shown, not even in a log by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// A hash in the PHC string format.
    pub fn of(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The hash, for whoever compares.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their id.
    pub user_id: UserId,
    /// Their e-mail address, by which they sign in; in lower case, and nobody else's.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they are in the shop.
    pub role: Role,
    /// Their password; without one they sign in by a link.
    pub password: Option<PasswordHash>,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// Grows whenever whoever is signed in as them must sign in again: sessions of an era before are over, also one that
    /// is begun at the very moment.
    pub era: u32,
    /// When they were made known.
    pub created_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
}

/// A person to make known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// Their e-mail address.
    pub email: String,
    /// Their name; empty: the address.
    pub name: String,
    /// What they are in the shop.
    pub role: Role,
    /// Their password, if one is chosen for them.
    pub password: Option<String>,
}

/// What changes about a person; what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// Another e-mail address.
    pub email: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Another role.
    pub role: Option<Role>,
    /// Whether they may not sign in.
    pub disabled: Option<bool>,
    /// Another password; cleared: they sign in by a link only.
    pub password: Patch<String>,
}

/// What the audit log shows of a person.
#[derive(Serialize)]
pub(super) struct Shown<'u> {
    email: &'u str,
    name: &'u str,
    role: Role,
    has_password: bool,
    disabled: bool,
}

impl User {
    pub(super) fn shown(&self) -> Shown<'_> {
        let Self { email, name, role, password, disabled_at, .. } = self;
        Shown { email, name, role: *role, has_password: password.is_some(), disabled: disabled_at.is_some() }
    }

    /// All that is wrong with it.
    pub(super) fn check(&self) -> Faults {
        let mut faults = Faults::default();
        faults.check("/email", text::line(&self.email, LINE_MAX));
        faults.require(looks_like_email(&self.email), "/email", || {
            format!("'{}' is no e-mail address: it has one @ between two parts", shortened(&self.email))
        });
        faults.check("/name", text::line(&self.name, LINE_MAX));
        faults
    }
}

/// What is wrong with a password that somebody chose.
pub(super) fn check_password(password: &str, faults: &mut Faults, pointer: &str) {
    let count = password.chars().count();
    faults.require(count >= PASSWORD_CHARS_MIN, pointer, || {
        format!("a password has {PASSWORD_CHARS_MIN} characters at least, this one has {count}; a few words make a good one")
    });
    faults.require(count <= PASSWORD_CHARS_MAX, pointer, || {
        format!("a password has {PASSWORD_CHARS_MAX} characters at most, this one has {count}")
    });
}

/// One address, however it was typed.
pub(super) fn lowered(email: &str) -> String {
    email.trim().to_lowercase()
}

fn shortened(text: &str) -> String {
    text.chars().take(80).collect()
}

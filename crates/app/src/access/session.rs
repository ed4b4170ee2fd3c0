//! Sessions: a random token that only its holder knows; the store has its hash.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sutler_domain::{SessionId, UserId};

use super::User;
use crate::digest::{Fields, sha256_hex};
use crate::ports::Ids;

/// How long a link to make the first administrator, or to sign in once, can be used.
pub const LINK_TTL: SignedDuration = SignedDuration::from_mins(30);

/// Sessions of one person, at most: the one used longest ago makes place.
pub const SESSIONS_MAX: usize = 20;

/// Characters of what a browser says of itself that are kept.
pub const AGENT_CHARS_MAX: usize = 200;

/// What a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A browser in which somebody is signed in.
    Browser,
    /// A link that signs one person in, once.
    Link,
    /// A link that makes the first administrator, once.
    Setup,
}

/// A session, or a link that becomes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id, which opens nothing.
    pub session_id: SessionId,
    /// SHA-256 of its token, in hex.
    pub hash: String,
    /// What it is for.
    pub purpose: Purpose,
    /// Whose it is; nobody's yet for a setup link.
    pub user_id: Option<UserId>,
    /// The era of the person in which it was begun.
    pub era: u32,
    /// From where it was begun.
    pub address: Option<String>,
    /// What the browser said of itself.
    pub agent: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it ends, however much it is used.
    pub ends_at: Timestamp,
}

/// From where somebody asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address of the client.
    pub address: Option<String>,
    /// What the browser says of itself.
    pub agent: Option<String>,
}

impl Session {
    /// A fresh one with its token, which is never told again.
    pub(super) fn fresh(
        ids: &dyn Ids,
        purpose: Purpose,
        user: Option<&User>,
        origin: &Origin,
        (now, ttl): (Timestamp, SignedDuration),
    ) -> (Self, String) {
        let token = hex::encode([ids.secret(), ids.secret()].concat());
        let agent = origin
            .agent
            .as_ref()
            .map(|agent| agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARS_MAX).collect::<String>());
        let session = Self {
            session_id: SessionId::new(ids.uuid()),
            hash: hash(&token),
            purpose,
            user_id: user.map(|user| user.user_id.clone()),
            era: user.map_or(0, |user| user.era),
            address: origin.address.clone(),
            agent,
            created_at: now,
            ends_at: now.checked_add(ttl).unwrap_or(now),
        };
        (session, token)
    }

    /// Whether it is of this person as they are now.
    pub(super) fn is_of(&self, user: &User) -> bool {
        self.user_id.as_ref() == Some(&user.user_id) && self.era == user.era && user.disabled_at.is_none()
    }

    /// Whether it is over: by its age, or because it was not used for so long.
    pub(super) fn is_over(&self, now: Timestamp, used_at: Timestamp, idle: SignedDuration) -> bool {
        self.ends_at <= now || used_at.checked_add(idle).is_ok_and(|end| end <= now)
    }
}

pub(super) fn hash(token: &str) -> String {
    sha256_hex(token.as_bytes())
}

/// The word that forms of this session carry, so that a page of somebody else cannot post them. Whoever knows it does not
/// know the token.
pub fn csrf(token: &str) -> String {
    sha256_hex(format!("csrf of {token}").as_bytes())
}

/// Words that whoever holds a token gave out and takes back unchanged: nobody else can make the seal.
pub fn seal(token: &str, words: &[&str]) -> String {
    let mut fields = Fields::new();
    ["seal", token].iter().chain(words).for_each(|word| fields.add(word.as_bytes()));
    hex::encode(fields.finish())
}

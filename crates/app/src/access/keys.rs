//! Make, check, revoke and roll keys. A secret is shown once, when it is made, and stored as a hash only.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sutler_domain::fault::Faults;
use sutler_domain::text::{self, LINE_MAX};
use sutler_domain::{ApiKeyId, Version};

use super::{API_KEY_NAME, Access, ApiKey, KeyEvent};
use crate::caller::{Caller, Scopes};
use crate::commit::{Change, Commit, Deed, View};
use crate::digest::sha256_hex;
use crate::error::{Kind, Problem};
use crate::event::NewEvent;
use crate::ports::reads::Stored;
use crate::retry::retry_moved;
use crate::stream::StreamId;

/// What a key may be allowed. `*` is everything; `orders:*` is both verbs.
pub const SCOPES: [&str; 33] = [
    "*",
    "orders:read",
    "orders:write",
    "orders:*",
    "payments:write",
    "payments:*",
    "notes:write",
    "refunds:write",
    "catalog:read",
    "catalog:write",
    "catalog:*",
    "inventory:read",
    "inventory:write",
    "inventory:*",
    "customers:read",
    "customers:write",
    "customers:*",
    "settings:read",
    "events:read",
    "graphql:introspect",
    "jobs:read",
    "jobs:write",
    "jobs:*",
    "keys:read",
    "keys:write",
    "keys:*",
    "users:read",
    "users:write",
    "users:*",
    "audit:read",
    "webhooks:read",
    "webhooks:write",
    "webhooks:*",
];

/// How long a key may go on beside its successor, at most.
pub const OVERLAP_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A key to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CreateKey {
    /// What to call it.
    pub name: String,
    /// What it may do; see [`SCOPES`].
    pub scopes: Vec<String>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

impl Access {
    /// Whose secret this is and what it opens; `None` when nobody knows it.
    ///
    /// Problems: `key_revoked` when the key was revoked or its time ran out.
    pub async fn authenticate(&self, secret: &str) -> Result<Option<(ApiKeyId, Scopes)>, Problem> {
        let Some(stored) = self.room.ports.access.key_by_hash(&hash(secret)).await? else { return Ok(None) };
        let key = stored.value;
        if !self.is_open(&key) {
            let detail = format!(
                "the key '{}' (…{}) no longer opens anything; ask for a new one",
                key.name, key.last4
            );
            return Err(Problem::new(Kind::Unauthorized, "key_revoked", detail));
        }
        self.uses.note(key.key_id.as_str(), self.room.now());
        Ok(Some((key.key_id, Scopes::of(key.scopes))))
    }

    /// Whether a key that was let in opens anything still, for those who stay: neither revoked nor over.
    pub async fn stands(&self, id: &ApiKeyId) -> Result<bool, Problem> {
        let found = self.room.ports.access.key(id).await?;
        Ok(found.is_some_and(|stored| self.is_open(&stored.value)))
    }

    fn is_open(&self, key: &ApiKey) -> bool {
        key.revoked_at.is_none() && key.expires_at.is_none_or(|end| end > self.room.now())
    }

    /// Make a key; gives it with its secret, which is never shown again. Nobody can give what they lack.
    pub async fn create(
        &self,
        caller: &Caller,
        input: &CreateKey,
    ) -> Result<(Stored<ApiKey>, String), Problem> {
        caller.may("keys:write")?;
        check(caller, input, self.room.now()).map_err(Problem::invalid)?;
        let (key, secret) = self.fresh(input);
        let deed = Deed::new("key.created", &key.key_id).after(&shown(&key));
        let commit = Commit::by(caller).deed(deed).change(self.made(&key));
        self.room.ports.store.commit(commit).await?;
        Ok((Stored { value: key, version: Version(1), number: 0 }, secret))
    }

    /// Every key, newest first.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<Stored<ApiKey>>, Problem> {
        caller.may("keys:read")?;
        Ok(self.room.ports.access.keys().await?)
    }

    /// A key.
    pub async fn get(&self, caller: &Caller, id: &ApiKeyId) -> Result<Stored<ApiKey>, Problem> {
        caller.may("keys:read")?;
        self.stored(id).await
    }

    /// Let a key open nothing any more, from this moment on.
    pub async fn revoke(&self, caller: &Caller, id: &ApiKeyId) -> Result<Stored<ApiKey>, Problem> {
        caller.may("keys:write")?;
        retry_moved(caller, async |_| {
            let stored = self.stored(id).await?;
            if stored.value.revoked_at.is_some() {
                return Ok(stored);
            }
            let (value, change) = self.revoked(stored.clone());
            let deed = Deed::new("key.revoked", id).before(&shown(&stored.value)).after(&shown(&value));
            self.room.ports.store.commit(Commit::by(caller).deed(deed).change(change)).await?;
            Ok(Stored { value, version: stored.version.plus(1), number: 0 })
        })
        .await
    }

    /// Put a new key with the same name and scopes in the place of one, which ends after `overlap`: so long whoever uses
    /// it has time to change. Without one it is revoked at the same moment.
    pub async fn roll(
        &self,
        caller: &Caller,
        id: &ApiKeyId,
        overlap: SignedDuration,
    ) -> Result<(Stored<ApiKey>, String), Problem> {
        caller.may("keys:write")?;
        check_overlap(overlap)?;
        retry_moved(caller, async |_| {
            let stored = self.stored(id).await?;
            if stored.value.revoked_at.is_some() {
                let detail = format!("the key '{id}' is revoked; make a new one");
                return Err(Problem::new(Kind::Conflict, "key_revoked", detail).into());
            }
            let old = &stored.value;
            let input =
                CreateKey { name: old.name.clone(), scopes: old.scopes.clone(), expires_at: old.expires_at };
            check(caller, &input, self.room.now()).map_err(Problem::invalid)?;
            let (key, secret) = self.fresh(&input);
            let before = shown(old);
            let (old, change) =
                if overlap.is_zero() { self.revoked(stored) } else { self.ending(stored, overlap) };
            let made = Deed::new("key.created", &key.key_id).after(&shown(&key));
            let ended = Deed::new("key.rolled", id).before(&before).after(&shown(&old));
            let commit = Commit::by(caller).deed(made).deed(ended);
            self.room.ports.store.commit(commit.change(self.made(&key)).change(change)).await?;
            Ok((Stored { value: key, version: Version(1), number: 0 }, secret))
        })
        .await
    }

    fn fresh(&self, input: &CreateKey) -> (ApiKey, String) {
        let mode = if self.room.settings.shop == "test" { "test" } else { "live" };
        let secret = format!("sk_{mode}_{}", hex::encode(self.room.ports.ids.secret()));
        (self.key_of(ApiKeyId::new(self.room.ports.ids.uuid()), input, &secret), secret)
    }

    pub(super) fn key_of(&self, key_id: ApiKeyId, input: &CreateKey, secret: &str) -> ApiKey {
        let from_end: String = secret.chars().rev().take(4).collect();
        ApiKey {
            key_id,
            name: input.name.clone(),
            hash: hash(secret),
            last4: from_end.chars().rev().collect(),
            scopes: input.scopes.clone(),
            expires_at: input.expires_at,
            revoked_at: None,
            created_at: self.room.now(),
        }
    }

    pub(super) fn made(&self, key: &ApiKey) -> Change {
        let event = NewEvent::of(&KeyEvent::KeyCreated(key.clone()), self.room.now());
        Change::stream(StreamId::from(&key.key_id), Version(0), vec![event], View::Key(key.clone()))
    }

    fn revoked(&self, stored: Stored<ApiKey>) -> (ApiKey, Change) {
        let now = self.room.now();
        let key = ApiKey { revoked_at: Some(now), ..stored.value };
        let event = NewEvent::of(&KeyEvent::KeyRevoked(key.clone()), now);
        let change =
            Change::stream(StreamId::from(&key.key_id), stored.version, vec![event], View::Key(key.clone()));
        (key, change)
    }

    /// A key that ends after a while, or before if it was to end before.
    fn ending(&self, stored: Stored<ApiKey>, overlap: SignedDuration) -> (ApiKey, Change) {
        let now = self.room.now();
        let end = now.checked_add(overlap).unwrap_or(now);
        let expires_at = Some(stored.value.expires_at.map_or(end, |before| before.min(end)));
        let key = ApiKey { expires_at, ..stored.value };
        let event = NewEvent::of(&KeyEvent::KeyEnding(key.clone()), now);
        let change =
            Change::stream(StreamId::from(&key.key_id), stored.version, vec![event], View::Key(key.clone()));
        (key, change)
    }

    async fn stored(&self, id: &ApiKeyId) -> Result<Stored<ApiKey>, Problem> {
        let found = self.room.ports.access.key(id).await?;
        found.ok_or_else(|| Problem::not_found("key", id))
    }
}

pub(super) fn hash(secret: &str) -> String {
    sha256_hex(secret.as_bytes())
}

/// What the audit log shows of a key.
fn shown(key: &ApiKey) -> serde_json::Value {
    let ApiKey { name, last4, scopes, expires_at, revoked_at, .. } = key;
    serde_json::json!({
        "name": name, "last4": last4, "scopes": scopes, "expires_at": expires_at, "revoked_at": revoked_at
    })
}

fn check_overlap(overlap: SignedDuration) -> Result<(), Problem> {
    let mut faults = Faults::default();
    let fits = !overlap.is_negative() && overlap <= OVERLAP_MAX;
    let days = OVERLAP_MAX.as_hours() / 24;
    faults.require(fits, "/overlap", || format!("a key goes on beside its successor for 0 to {days} days"));
    faults.or(()).map_err(Problem::invalid)
}

fn check(caller: &Caller, input: &CreateKey, now: Timestamp) -> Result<(), Vec<sutler_domain::Fault>> {
    let mut faults = Faults::default();
    let name_ok = !input.name.trim().is_empty() && input.name != API_KEY_NAME;
    faults.require(name_ok, "/name", || format!("a key needs a name other than {API_KEY_NAME}"));
    faults.check("/name", text::line(&input.name, LINE_MAX));
    faults.require(!input.scopes.is_empty(), "/scopes", || {
        format!("say at least one of: {}", SCOPES.join(", "))
    });
    for (index, scope) in input.scopes.iter().enumerate() {
        let at = format!("/scopes/{index}");
        let known = SCOPES.contains(&scope.as_str());
        faults.require(known, &at, || format!("'{scope}' is no scope; use {}", SCOPES.join(", ")));
        let held = match scope.split_once(':') {
            Some((area, "*")) => {
                caller.scopes.allow(&format!("{area}:write")) && caller.scopes.allow(&format!("{area}:read"))
            }
            _ => caller.scopes.allow(scope),
        };
        faults.require(!known || held, &at, || {
            format!("you lack the scope '{scope}' yourself, so you cannot give it")
        });
    }
    let ahead = input.expires_at.is_none_or(|end| end > now);
    faults.require(ahead, "/expires_at", || "a key cannot end in the past".into());
    faults.or(())
}

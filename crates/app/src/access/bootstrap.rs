//! The key that the operator brings along in the environment.

use sutler_domain::ApiKeyId;
use uuid::Uuid;

use super::keys::hash;
use super::{Access, ApiKey, CreateKey};
use crate::caller::Caller;
use crate::commit::{Commit, Refused};
use crate::error::{Kind, Problem};

/// Characters of a secret that the operator brings along in `API_KEY`, at least, outside of dev mode.
pub const SECRET_CHARS_MIN: usize = 24;

/// The name of the key that the operator brings along.
pub const API_KEY_NAME: &str = "API_KEY";

impl Access {
    /// Let the secret of the environment's `API_KEY` open everything. Called at each start; a secret that the
    /// operator brought along before and no longer does is revoked.
    pub async fn bootstrap(&self, secret: &str, dev: bool) -> Result<ApiKey, Problem> {
        let count = secret.chars().count();
        if !dev && count < SECRET_CHARS_MIN {
            let detail = format!(
                "API_KEY has {count} characters, at least {SECRET_CHARS_MIN} are needed; `openssl rand -hex 24` makes one"
            );
            return Err(Problem::new(Kind::Invalid, "validation_failed", detail));
        }
        let hash = hash(secret);
        let system = Caller::system("system");
        for stored in self.room.ports.access.keys().await? {
            let key = &stored.value;
            if key.name == API_KEY_NAME && key.hash != hash && key.revoked_at.is_none() {
                self.revoke(&system, &key.key_id).await?;
            }
        }
        match self.room.ports.access.key_by_hash(&hash).await? {
            Some(known) if known.value.revoked_at.is_none() => return Ok(known.value),
            Some(_) => {
                let detail = "the API_KEY of the environment was revoked; bring along another one".to_owned();
                return Err(Problem::new(Kind::Unauthorized, "key_revoked", detail));
            }
            None => {}
        }
        // The id follows from the secret, so that two servers that start at once make one key.
        let bits = hash.get(..32).and_then(|head| u128::from_str_radix(head, 16).ok()).unwrap_or_default();
        let input =
            CreateKey { name: API_KEY_NAME.to_owned(), scopes: vec!["*".to_owned()], expires_at: None };
        let key = self.key_of(ApiKeyId::new(Uuid::from_u128(bits)), &input, secret);
        match self.room.ports.store.commit(Commit::by(&system).change(self.made(&key))).await {
            Ok(_) | Err(Refused::Moved { .. }) => Ok(key),
            Err(refused) => Err(refused.into()),
        }
    }
}

//! API keys, so that a request is not one more read of the store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use quick_cache::sync::Cache;
use sutler_app::access::ApiKey;
use sutler_app::ports::{AccessReads, ReadError, Stored};
use sutler_domain::ApiKeyId;

use super::Cached;

/// How long a key is believed: one that was revoked elsewhere opens nothing for longer. Revoked here, it ends at once.
pub const KEY_AGE_MAX: Duration = Duration::from_secs(1);

/// Keys that are remembered.
const KEYS_KEPT: usize = 1024;

/// The keys that are remembered, by the hash of their secret.
pub(super) struct Keys(Cache<String, Known>);

#[derive(Clone)]
struct Known {
    key: Arc<Stored<ApiKey>>,
    read_at: Instant,
}

impl Known {
    fn is_old(&self) -> bool {
        self.read_at.elapsed() >= KEY_AGE_MAX
    }
}

impl Default for Keys {
    fn default() -> Self {
        Self(Cache::new(KEYS_KEPT))
    }
}

impl Keys {
    /// A read that is under way is not kept either.
    pub(super) fn forget(&self, hash: &str) {
        self.0.remove(hash);
    }
}

#[async_trait]
impl<S: AccessReads> AccessReads for Cached<S> {
    async fn key_by_hash(&self, hash: &str) -> Result<Option<Stored<ApiKey>>, ReadError> {
        let keys = &self.kept.keys.0;
        keys.remove_if(hash, Known::is_old);
        let read = async {
            let read_at = Instant::now();
            match self.store.key_by_hash(hash).await {
                Ok(Some(key)) => Ok(Known { key: Arc::new(key), read_at }),
                Ok(None) => Err(None),
                Err(error) => Err(Some(error)),
            }
        };
        match keys.get_or_insert_async(hash, read).await {
            Ok(known) => Ok(Some((*known.key).clone())),
            // What nobody has is not remembered: a key just made is known at once.
            Err(None) => Ok(None),
            Err(Some(error)) => Err(error),
        }
    }

    async fn key(&self, id: &ApiKeyId) -> Result<Option<Stored<ApiKey>>, ReadError> {
        self.store.key(id).await
    }

    async fn keys(&self) -> Result<Vec<Stored<ApiKey>>, ReadError> {
        self.store.keys().await
    }
}

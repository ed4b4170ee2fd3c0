//! Reads of API keys.

use async_trait::async_trait;
use sutler_app::access::ApiKey;
use sutler_app::ports::{AccessReads, ReadError, Stored};
use sutler_app::stream::StreamId;
use sutler_domain::ApiKeyId;

use super::{Memory, State};

#[async_trait]
impl AccessReads for Memory {
    async fn key_by_hash(&self, hash: &str) -> Result<Option<Stored<ApiKey>>, ReadError> {
        let state = self.state.lock();
        Ok(state.keys.values().find(|key| key.hash == hash).map(|key| state.stored_key(key)))
    }

    async fn key(&self, id: &ApiKeyId) -> Result<Option<Stored<ApiKey>>, ReadError> {
        let state = self.state.lock();
        Ok(state.keys.get(id).map(|key| state.stored_key(key)))
    }

    async fn keys(&self) -> Result<Vec<Stored<ApiKey>>, ReadError> {
        let state = self.state.lock();
        let mut keys: Vec<_> = state.keys.values().collect();
        keys.sort_by(|a, b| (b.created_at, &b.key_id).cmp(&(a.created_at, &a.key_id)));
        Ok(keys.into_iter().map(|key| state.stored_key(key)).collect())
    }
}

impl State {
    fn stored_key(&self, key: &ApiKey) -> Stored<ApiKey> {
        self.stored(&StreamId::from(&key.key_id), key.clone())
    }
}

//! Reads of API keys.

use async_trait::async_trait;
use sutler_app::access::ApiKey;
use sutler_app::ports::{AccessReads, ReadError, Stored};
use sutler_domain::ApiKeyId;

use super::Postgres;
use super::session::{p, stored};

#[async_trait]
impl AccessReads for Postgres {
    async fn key_by_hash(&self, hash: &str) -> Result<Option<Stored<ApiKey>>, ReadError> {
        self.readers.first("SELECT body, version FROM api_keys WHERE hash = $1", &[p(&hash)], stored).await
    }

    async fn key(&self, id: &ApiKeyId) -> Result<Option<Stored<ApiKey>>, ReadError> {
        let sql = "SELECT body, version FROM api_keys WHERE key_id = $1";
        self.readers.first(sql, &[p(&id.as_str())], stored).await
    }

    async fn keys(&self) -> Result<Vec<Stored<ApiKey>>, ReadError> {
        let sql = "SELECT body, version FROM api_keys ORDER BY created_at DESC, key_id DESC";
        self.readers.all(sql, &[], stored).await
    }
}

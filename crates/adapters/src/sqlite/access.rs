//! Reads of API keys.

use async_trait::async_trait;
use sutler_app::access::ApiKey;
use sutler_app::ports::{AccessReads, ReadError, Stored};
use sutler_domain::ApiKeyId;

use super::{Sqlite, session};

#[async_trait]
impl AccessReads for Sqlite {
    async fn key_by_hash(&self, hash: &str) -> Result<Option<Stored<ApiKey>>, ReadError> {
        let (hash, sql) = (hash.to_owned(), "SELECT body, version FROM api_keys WHERE hash = ?1");
        self.readers.read(move |session| session.one(sql, [hash], session::stored)).await
    }

    async fn key(&self, id: &ApiKeyId) -> Result<Option<Stored<ApiKey>>, ReadError> {
        let (id, sql) = (id.to_string(), "SELECT body, version FROM api_keys WHERE key_id = ?1");
        self.readers.read(move |session| session.one(sql, [id], session::stored)).await
    }

    async fn keys(&self) -> Result<Vec<Stored<ApiKey>>, ReadError> {
        let sql = "SELECT body, version FROM api_keys ORDER BY created_at DESC, key_id DESC";
        self.readers.read(move |session| session.all(sql, [], session::stored)).await
    }
}

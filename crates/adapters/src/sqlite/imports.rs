//! Reads of imports.

use async_trait::async_trait;
use sutler_app::ports::{ImportReads, ReadError, Stored};
use sutler_app::transfer::ImportRecord;
use sutler_domain::ImportId;

use super::{Sqlite, session};
use crate::listing::newest_imports;

#[async_trait]
impl ImportReads for Sqlite {
    async fn import(&self, id: &ImportId) -> Result<Option<Stored<ImportRecord>>, ReadError> {
        let (id, sql) = (id.to_string(), "SELECT body, version FROM imports WHERE import_id = ?1");
        self.readers.read(move |session| session.one(sql, [id], session::stored)).await
    }

    async fn imports(&self, limit: u32) -> Result<Vec<Stored<ImportRecord>>, ReadError> {
        let sql = "SELECT body, version FROM imports";
        let rows = self.readers.read(move |session| session.all(sql, [], session::stored)).await?;
        Ok(newest_imports(rows, limit))
    }
}

//! Reads of imports.

use async_trait::async_trait;
use sutler_app::ports::{ImportReads, ReadError, Stored};
use sutler_app::transfer::ImportRecord;
use sutler_domain::ImportId;

use super::Postgres;
use super::session::{p, stored};
use crate::listing::newest_imports;

#[async_trait]
impl ImportReads for Postgres {
    async fn import(&self, id: &ImportId) -> Result<Option<Stored<ImportRecord>>, ReadError> {
        let sql = "SELECT body, version FROM imports WHERE import_id = $1";
        self.readers.first(sql, &[p(&id.as_str())], stored).await
    }

    async fn imports(&self, limit: u32) -> Result<Vec<Stored<ImportRecord>>, ReadError> {
        let rows = self.readers.all("SELECT body, version FROM imports", &[], stored).await?;
        Ok(newest_imports(rows, limit))
    }
}

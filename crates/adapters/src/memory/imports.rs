//! Reads of imports.

use async_trait::async_trait;
use sutler_app::ports::{ImportReads, ReadError, Stored};
use sutler_app::stream::StreamId;
use sutler_app::transfer::ImportRecord;
use sutler_domain::ImportId;

use super::Memory;

#[async_trait]
impl ImportReads for Memory {
    async fn import(&self, id: &ImportId) -> Result<Option<Stored<ImportRecord>>, ReadError> {
        let state = self.state.lock();
        Ok(state.imports.get(id).map(|one| state.stored(&StreamId::from(id), one.clone())))
    }

    async fn imports(&self, limit: u32) -> Result<Vec<Stored<ImportRecord>>, ReadError> {
        let state = self.state.lock();
        let stored = |one: &ImportRecord| state.stored(&StreamId::from(&one.import_id), one.clone());
        let rows = state.imports.values().map(stored).collect();
        Ok(crate::listing::newest_imports(rows, limit))
    }
}

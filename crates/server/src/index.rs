//! The search index of this server: where it lies, if there is one.

use std::sync::Arc;

use sutler_adapters::search::CatalogIndex;
use sutler_app::ports::Search;

use crate::config::{Config, Database};

/// The index of the catalog, where this server answers requests; beside a store that forgets it forgets, too. It is opened
/// later, by whoever keeps it, so that no start waits for it.
pub(crate) fn of(config: &Config) -> Option<Arc<dyn Search>> {
    if !config.search.enabled || !config.role.answers() {
        return None;
    }
    let index = match config.database {
        Database::Memory => CatalogIndex::in_memory(),
        _ => CatalogIndex::in_folder(config.data_dir.join("search")),
    };
    Some(Arc::new(index))
}

//! The index of the catalog is what its port means: in memory, in a folder, opened again at every step, and after a death.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod folders;

use std::sync::Arc;

use sutler_adapters::search::CatalogIndex;
use sutler_app::ports::Search;
use sutler_testkit::contract::search::{self, SearchRig};
use sutler_testkit::linear::LinearIndex;

#[tokio::test]
async fn a_look_at_everything_is_an_index() {
    search::run(async || SearchRig::new(Arc::new(LinearIndex::default()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_in_memory_is_one() {
    search::run(async || SearchRig::new(Arc::new(CatalogIndex::in_memory()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_in_a_folder_stays_one() {
    search::run(async || {
        let root = tempfile::tempdir().unwrap().keep();
        let open = move || -> Arc<dyn Search> { Arc::new(CatalogIndex::in_folder(root.clone())) };
        SearchRig::reopening(open(), Box::new(open))
    })
    .await;
}

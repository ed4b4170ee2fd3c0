//! The index of the catalog, on tantivy: a cache in a folder of its own, or in memory (ADR 0030).
//!
//! An index is built beside the one that answers and takes its place when it is whole; a file says which one that is. Each
//! commit of an index carries its place in the log, so that the two are of one moment, whatever dies when.

mod built;
mod collect;
mod count;
mod folder;
mod narrow;
mod query;
mod schema;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;
use sutler_app::ports::search::{DocumentChange, Found, SearchFailure, SearchQuery, Served, Side};
use sutler_app::ports::{FeedCursor, Search};

use built::Built;
pub use built::{BUILDER_BYTES, WRITER_BYTES};
use folder::Folder;

/// What a document is made of, and how text is cut. A change of either builds every index anew; one whose fields are the
/// same answers until that is done.
const INDEX_VERSION: u32 = 1;

/// The index of the catalog.
#[derive(Clone)]
pub struct CatalogIndex {
    root: Option<PathBuf>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    is_open: bool,
    folder: Option<Folder>,
    served: Option<Kept>,
    next: Option<Kept>,
}

/// An index and where it lies.
#[derive(Clone)]
struct Kept {
    built: Arc<Built>,
    path: Option<PathBuf>,
    is_current: bool,
}

impl CatalogIndex {
    /// In this folder. Nothing is read or written before it is opened.
    pub fn in_folder(root: PathBuf) -> Self {
        Self { root: Some(root), state: Arc::default() }
    }

    /// In memory, as long as the process lives.
    pub fn in_memory() -> Self {
        Self { root: None, state: Arc::default() }
    }

    fn kept(&self, side: Side) -> Result<Kept, SearchFailure> {
        let state = self.state.lock();
        let kept = match side {
            Side::Served => &state.served,
            Side::Next => &state.next,
        };
        kept.clone().ok_or(SearchFailure::NoIndex)
    }

    /// Do what waits for the disk, away from the threads that answer.
    async fn apart<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, SearchFailure> + Send + 'static,
    ) -> Result<T, SearchFailure> {
        let index = self.clone();
        let done = tokio::task::spawn_blocking(move || work(&index)).await;
        done.unwrap_or_else(|error| Err(SearchFailure::Broken(error.to_string())))
    }

    fn take_up(&self) -> Result<(), SearchFailure> {
        let mut state = self.state.lock();
        if state.is_open {
            return Ok(());
        }
        if let Some(root) = &self.root {
            let folder = Folder::take(root).map_err(SearchFailure::Broken)?;
            if let Some(current) = folder.current() {
                match Built::open(&current.path) {
                    Ok(built) => {
                        let is_current = current.version == INDEX_VERSION;
                        let (built, path) = (Arc::new(built), Some(current.path));
                        state.served = Some(Kept { built, path, is_current });
                    }
                    Err(error) => tracing::info!(%error, "search_index_cannot_be_read"),
                }
            }
            folder.tidy(&paths([&state.served]));
            state.folder = Some(folder);
        }
        state.is_open = true;
        Ok(())
    }

    fn begin_next(&self) -> Result<(), SearchFailure> {
        let mut state = self.state.lock();
        state.next = None;
        let path = match &state.folder {
            Some(folder) => {
                folder.tidy(&paths([&state.served]));
                Some(folder.fresh().map_err(unwritable)?)
            }
            None => None,
        };
        let built = Arc::new(Built::create(path.as_deref())?);
        state.next = Some(Kept { built, path, is_current: true });
        Ok(())
    }

    fn exchange(&self) -> Result<(), SearchFailure> {
        let next = self.kept(Side::Next)?;
        next.built.finish()?;
        // It is opened again by whoever follows the log: with one thread, and little memory.
        let built = match &next.path {
            Some(path) => Arc::new(Built::open(path)?),
            None => next.built,
        };
        let mut state = self.state.lock();
        if let (Some(folder), Some(path)) = (&state.folder, &next.path) {
            folder.point_to(path, INDEX_VERSION).map_err(unwritable)?;
        }
        state.next = None;
        state.served = Some(Kept { built, ..next });
        if let Some(folder) = &state.folder {
            folder.tidy(&paths([&state.served]));
        }
        Ok(())
    }

    fn give_up(&self) -> Result<(), SearchFailure> {
        let mut state = self.state.lock();
        (state.served, state.next) = (None, None);
        if let Some(folder) = &state.folder {
            folder.point_nowhere().map_err(unwritable)?;
            folder.tidy(&[]);
        }
        Ok(())
    }
}

fn paths<'k>(kept: impl IntoIterator<Item = &'k Option<Kept>>) -> Vec<&'k Path> {
    kept.into_iter().flatten().filter_map(|kept| kept.path.as_deref()).collect()
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn unwritable(error: std::io::Error) -> SearchFailure {
    SearchFailure::Broken(error.to_string())
}

#[async_trait]
impl Search for CatalogIndex {
    async fn open(&self) -> Result<(), SearchFailure> {
        self.apart(Self::take_up).await
    }

    fn served(&self) -> Option<Served> {
        let kept = self.kept(Side::Served).ok()?;
        Some(Served { at: kept.built.at(), is_current: kept.is_current })
    }

    async fn begin(&self) -> Result<(), SearchFailure> {
        self.apart(Self::begin_next).await
    }

    async fn write(&self, side: Side, changes: Vec<DocumentChange>) -> Result<(), SearchFailure> {
        self.apart(move |index| index.kept(side)?.built.write(&changes)).await
    }

    async fn commit(&self, side: Side, at: &FeedCursor) -> Result<(), SearchFailure> {
        let at = at.clone();
        self.apart(move |index| index.kept(side)?.built.commit(&at)).await
    }

    async fn serve_next(&self) -> Result<(), SearchFailure> {
        // Putting the parts of a large index together takes a while. A server that ends does not wait for a thread of its
        // own: the index was not yet served, and is begun again.
        let (tell, told) = tokio::sync::oneshot::channel();
        let index = self.clone();
        let begun = std::thread::Builder::new().name("search-merge".to_owned()).spawn(move || {
            let done = index.exchange();
            // Whoever hears of it may open the folder anew.
            drop(index);
            _ = tell.send(done);
        });
        begun.map_err(unwritable)?;
        told.await.unwrap_or_else(|error| Err(SearchFailure::Broken(error.to_string())))
    }

    async fn discard(&self) -> Result<(), SearchFailure> {
        self.apart(Self::give_up).await
    }

    async fn find(&self, query: &SearchQuery) -> Result<Found, SearchFailure> {
        let query = query.clone();
        self.apart(move |index| query::find(&index.kept(Side::Served)?.built, query)).await
    }
}

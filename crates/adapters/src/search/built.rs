//! One index: its documents, who writes them, and what of the log is in it.

use std::path::Path;

use parking_lot::{Mutex, MutexGuard};
use sutler_app::ports::FeedCursor;
use sutler_app::ports::search::{DocumentChange, SearchFailure};
use sutler_domain::Position;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, TantivyError, Term};

use super::schema::{Fields, schema};

/// Memory for documents that are not yet written out, of an index that follows the log.
pub const WRITER_BYTES: usize = 20 * 1024 * 1024;
/// The same of an index that is being built, over its threads.
pub const BUILDER_BYTES: usize = 256 * 1024 * 1024;
/// Threads that build an index.
const BUILDER_THREADS: usize = 2;
/// Threads among which a search shares out the parts of a large index.
const SEARCH_THREADS: usize = 2;

/// An index.
pub(super) struct Built {
    index: Index,
    reader: IndexReader,
    pub(super) fields: Fields,
    writer: Mutex<Option<IndexWriter>>,
    at: Mutex<FeedCursor>,
    is_new: bool,
}

impl Built {
    /// An empty one, to be filled.
    pub(super) fn create(folder: Option<&Path>) -> Result<Self, SearchFailure> {
        let index = match folder {
            Some(folder) => Index::create_in_dir(folder, schema()).map_err(broken)?,
            None => Index::create_in_ram(schema()),
        };
        Self::over(index, true)
    }

    /// One that was built before.
    pub(super) fn open(folder: &Path) -> Result<Self, SearchFailure> {
        let built = Self::over(Index::open_in_dir(folder).map_err(broken)?, false)?;
        let payload = built.index.load_metas().map_err(broken)?.payload;
        let at = payload.as_deref().and_then(place);
        *built.at.lock() =
            at.ok_or_else(|| SearchFailure::Broken("it does not say what is in it".to_owned()))?;
        Ok(built)
    }

    fn over(mut index: Index, is_new: bool) -> Result<Self, SearchFailure> {
        index.set_multithread_executor(SEARCH_THREADS).map_err(broken)?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual);
        let reader = reader.try_into().map_err(broken)?;
        // Another schema lacks a field, or cannot be searched in this way.
        let fields = Fields::of(&index.schema()).map_err(broken)?;
        if index.schema() != schema() {
            return Err(SearchFailure::Broken("its fields are those of another version".to_owned()));
        }
        let (writer, at) = (Mutex::new(None), Mutex::new(FeedCursor::default()));
        Ok(Self { index, reader, fields, writer, at, is_new })
    }

    /// What of the log is in it.
    pub(super) fn at(&self) -> FeedCursor {
        self.at.lock().clone()
    }

    /// What it held at its last commit.
    pub(super) fn searcher(&self) -> tantivy::Searcher {
        self.reader.searcher()
    }

    /// Change documents.
    pub(super) fn write(&self, changes: &[DocumentChange]) -> Result<(), SearchFailure> {
        self.with_writer(|writer| {
            for change in changes {
                if let Some(id) = match change {
                    DocumentChange::Put(document) => Some(&document.product_id),
                    DocumentChange::Remove(id) => Some(id),
                    DocumentChange::Add(_) => None,
                } {
                    writer.delete_term(Term::from_field_text(self.fields.id, id.as_str()));
                }
                if let DocumentChange::Put(document) | DocumentChange::Add(document) = change {
                    writer.add_document(self.fields.document(document))?;
                }
            }
            Ok(())
        })
    }

    /// Keep what was written, with its place in the log.
    pub(super) fn commit(&self, at: &FeedCursor) -> Result<(), SearchFailure> {
        self.with_writer(|writer| {
            let mut commit = writer.prepare_commit()?;
            commit.set_payload(&payload(at));
            commit.commit()?;
            Ok(())
        })?;
        self.reader.reload().map_err(broken)?;
        *self.at.lock() = at.clone();
        Ok(())
    }

    /// End the threads that built it, after they have put together what they wrote in parts.
    pub(super) fn finish(&self) -> Result<(), SearchFailure> {
        if let Some(writer) = self.writer.lock().take() {
            writer.wait_merging_threads().map_err(broken)?;
        }
        self.reader.reload().map_err(broken)
    }

    /// A writer that failed is dropped with what it had not committed; the next one begins at the last commit.
    fn with_writer(
        &self,
        work: impl FnOnce(&mut IndexWriter) -> Result<(), TantivyError>,
    ) -> Result<(), SearchFailure> {
        let mut slot = self.writer.lock();
        let done = self.writer_in(&mut slot).and_then(work);
        if done.is_err() {
            *slot = None;
        }
        done.map_err(broken)
    }

    fn writer_in<'w>(
        &self,
        slot: &'w mut MutexGuard<'_, Option<IndexWriter>>,
    ) -> Result<&'w mut IndexWriter, TantivyError> {
        let (threads, bytes) = if self.is_new { (BUILDER_THREADS, BUILDER_BYTES) } else { (1, WRITER_BYTES) };
        if slot.is_none() {
            **slot = Some(self.index.writer_with_num_threads::<TantivyDocument>(threads, bytes)?);
        }
        slot.as_mut().ok_or_else(|| TantivyError::SystemError("the index has no writer".to_owned()))
    }
}

/// What a commit says of its place in the log.
fn payload(at: &FeedCursor) -> String {
    format!("{} {}", at.position.0, at.epoch)
}

fn place(payload: &str) -> Option<FeedCursor> {
    let (position, epoch) = payload.split_once(' ')?;
    Some(FeedCursor { position: Position(position.parse().ok()?), epoch: epoch.to_owned() })
}

/// The words of the engine beneath.
#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
pub(super) fn broken(error: TantivyError) -> SearchFailure {
    SearchFailure::Broken(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_says_where_it_stands() {
        let at = FeedCursor { position: Position(42), epoch: "an epoch".to_owned() };
        assert_eq!(place(&payload(&at)), Some(at));
        assert_eq!(place("x y"), None);
        assert_eq!(place(""), None);
    }
}

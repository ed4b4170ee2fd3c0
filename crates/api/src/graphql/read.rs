//! Documents that were read. A program sends the same text each time with other variables; there is no need to read it
//! again.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::ExecutableDocument;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sutler_app::{Kind, Problem};

use super::error::Refused;
use super::text;

/// Bytes of text of the documents that are kept as they were read; those asked for least make room.
pub const READ_BYTES_MAX: u64 = 1024 * 1024;

/// Bytes of one text that is kept; a longer one is read each time.
pub const READ_ONE_BYTES_MAX: usize = 16 * 1024;

/// What an entry weighs beside its text.
const ENTRY_BYTES: u64 = 128;

/// A document that was read.
#[derive(Debug)]
pub(super) struct Read {
    /// What it says.
    pub(super) document: ExecutableDocument,
    /// Whether it ran without an error once, so that nothing is wrong with it but, maybe, its variables.
    pub(super) is_right: AtomicBool,
}

/// The documents that are kept, by their text.
pub(crate) struct Documents(Cache<String, Arc<Read>, Weight>);

#[derive(Clone)]
struct Weight;

impl Weighter<String, Arc<Read>> for Weight {
    fn weight(&self, text: &String, _: &Arc<Read>) -> u64 {
        u64::try_from(text.len()).unwrap_or(u64::MAX).saturating_add(ENTRY_BYTES)
    }
}

impl Default for Documents {
    fn default() -> Self {
        let about = usize::try_from(READ_BYTES_MAX / 1024).unwrap_or(1);
        Self(Cache::with_weighter(about, READ_BYTES_MAX, Weight))
    }
}

impl Documents {
    /// Read a text; what cannot be read is not kept.
    pub(super) fn read(&self, query: &str) -> Result<Arc<Read>, Refused> {
        if let Some(known) = self.0.get(query) {
            return Ok(known);
        }
        text::must_be_short(query)?;
        let document = parse_query(query).map_err(|error| {
            let at = error.positions().next();
            let problem = Problem::new(Kind::Invalid, "validation_failed", error.to_string());
            Refused { problem, at }
        })?;
        let read = Arc::new(Read { document, is_right: AtomicBool::new(false) });
        if query.len() <= READ_ONE_BYTES_MAX {
            self.0.insert(query.to_owned(), Arc::clone(&read));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_once_unless_it_is_long_or_wrong() {
        let kept = Documents::default();
        let first = kept.read("{ whoami { actor } }").unwrap();
        assert!(Arc::ptr_eq(&first, &kept.read("{ whoami { actor } }").unwrap()));
        let long = format!("{{ whoami {{ actor }} }} #{}", "x".repeat(READ_ONE_BYTES_MAX));
        assert!(!Arc::ptr_eq(&kept.read(&long).unwrap(), &kept.read(&long).unwrap()));
        for _ in 0..2 {
            assert_eq!(kept.read("{ whoami {").unwrap_err().problem.code, "validation_failed");
            assert_eq!(kept.read(&"{a".repeat(100)).unwrap_err().problem.code, "query_too_complex");
        }
    }

    #[test]
    fn what_is_kept_has_a_bound() {
        let kept = Documents::default();
        for n in 0..2_000 {
            kept.read(&format!("{{ a{n} }} #{}", "x".repeat(4_000))).unwrap();
        }
        assert!(kept.0.weight() <= READ_BYTES_MAX, "{}", kept.0.weight());
    }
}

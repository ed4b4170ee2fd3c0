//! Products by what they are called: full text with typos and prefixes, narrowed down and counted by facets.
//!
//! The index ([`crate::ports::Search`]) says which products answer, in which order; what is shown of them is read from the
//! catalog, so an answer never shows an old price. Each node has an index of its own, which one task keeps (`run`).

mod document;
mod find;
mod highlight;
mod keeper;
mod plain;
mod synonyms;
mod wanted;
mod words;

pub use document::{Document, TITLE_KEY_BYTES, WORDS_MAX, relevance, tie};
pub use find::{
    CHOSEN_MAX, QUERY_CHARS_MAX, QUERY_WORDS_MAX, SUGGESTIONS_DEFAULT, SUGGESTIONS_MAX, SearchHit,
    SearchPage, SearchRequest, Suggestion,
};
pub use highlight::SNIPPET_CHARS;
pub use keeper::Trouble;
pub use synonyms::{SYNONYM_GROUPS_MAX, Synonyms};
pub use wanted::{POINTS_MAX, Place, Quality, TYPO_CHARS_MIN, TYPOS_CHARS_MIN, Wanted, points, wanted};
pub use words::{WORD_CHARS_MAX, Word, folded_text, words};

use std::sync::Arc;

use crate::Room;
use keeper::Standing;

/// Values of one facet that an answer shows, the most frequent ones.
pub const FACET_VALUES_MAX: usize = 100;
/// Options whose values an answer shows, those that most products have.
pub const FACET_OPTIONS_MAX: usize = 20;

/// The search of the catalog.
#[derive(Clone)]
pub struct Search {
    room: Room,
    standing: Arc<Standing>,
}

impl Search {
    pub(crate) fn new(room: Room) -> Self {
        Self { room, standing: Arc::default() }
    }
}

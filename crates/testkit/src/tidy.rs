//! The house rules, as tests.
//!
//! A rule is a function from the [`Tree`] (every file of the repository, as text) to the [`Breach`]es it finds, so
//! that each can be shown to bite on a tree of a few lines. To add one: a function here or in a file below, a row
//! in [`RULES`], a planted offence in `tests/tidy.rs`, and the rule with its reason in `docs/style.md`.

mod adapters;
mod crates;
mod documents;
mod lengths;
mod source;
mod tree;
mod words;

use std::fmt;

pub use tree::Tree;

/// A name for the rule, and the function that finds what breaks it.
pub type Rule = (&'static str, fn(&Tree) -> Vec<Breach>);

/// Every house rule that a machine keeps.
pub const RULES: &[Rule] = &[
    ("dependency rule", crates::edges),
    ("pure domain", crates::pure_domain),
    ("one technology a folder", adapters::rooms),
    ("features in one place", adapters::features),
    ("twins", adapters::twins),
    ("file length", lengths::files),
    ("function length", lengths::functions),
    ("ratchet rows", lengths::rows),
    ("paths in documents", documents::paths),
    ("the README's two commands", documents::readme),
    ("file names", words::file_names),
    ("leftovers", words::leftovers),
    ("no path of one machine", words::machine_paths),
];

/// One place that breaks a rule, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Path from the root of the repository, with a line where one is known.
    pub place: String,
    /// What was found there, and which rule it breaks.
    pub offence: String,
    /// The next step.
    pub mend: String,
}

impl Breach {
    fn new(place: impl Into<String>, offence: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { place: place.into(), offence: offence.into(), mend: mend.into() }
    }
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}\n    mend: {}", self.place, self.offence, self.mend)
    }
}

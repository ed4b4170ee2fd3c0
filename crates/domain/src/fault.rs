//! One thing wrong with what was asked, named so that a form can show it beside its field.

use crate::text::{self, Metadata};

/// A fault in a request: where, what, and the facts a program needs to react.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// RFC 6901 pointer into the request, such as `/items/0/quantity`.
    pub pointer: String,
    /// A stable code, such as `out_of_stock`.
    pub code: &'static str,
    /// One sentence for people.
    pub detail: String,
    /// Facts beside the sentence, such as `available`.
    pub facts: Vec<(&'static str, Fact)>,
}

/// A fact of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A name or a word.
    Text(String),
    /// A count or an amount in minor units.
    Count(i64),
    /// Several words.
    List(Vec<String>),
}

impl Fault {
    /// A fault without further facts.
    pub fn new(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code, detail: detail.into(), facts: Vec::new() }
    }

    /// A plain validation fault.
    pub fn invalid(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(pointer, "validation_failed", detail)
    }

    /// Add a word.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((name, Fact::Text(value.into())));
        self
    }

    /// Add a count.
    #[must_use]
    pub fn count(mut self, name: &'static str, value: i64) -> Self {
        self.facts.push((name, Fact::Count(value)));
        self
    }
}

/// Collects faults, so that all of them are told together.
#[derive(Debug, Default)]
pub struct Faults(pub Vec<Fault>);

impl Faults {
    /// Note a validation fault at `pointer` when `result` is an error.
    pub fn check<E: ToString>(&mut self, pointer: &str, result: Result<(), E>) {
        if let Err(error) = result {
            self.0.push(Fault::invalid(pointer, error.to_string()));
        }
    }

    /// Note a fault when `holds` is false.
    pub fn require(&mut self, holds: bool, pointer: &str, detail: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Fault::invalid(pointer, detail()));
        }
    }

    /// Note what is wrong with metadata, at the pair (RFC 6901 escapes) or, when there are too many, at the whole.
    pub fn metadata(&mut self, pointer: &str, pairs: &Metadata) {
        if let Err((key, error)) = text::metadata(pairs) {
            let pair = if pairs.contains_key(&key) {
                format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"))
            } else {
                pointer.to_owned()
            };
            self.check(&pair, Err(error));
        }
    }

    /// The value when there was no fault.
    pub fn or<T>(self, value: T) -> Result<T, Vec<Fault>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }
}

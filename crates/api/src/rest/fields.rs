//! Takes a JSON object apart, member by member, and tells everything that is wrong with it at once.
//!
//! ```text
//! let mut f = Fields::of(&document);
//! f.need("items");
//! let items = f.list("items", |f| { f.need("quantity"); f.whole("quantity") });
//! let reference = f.text("reference");
//! f.done()?;                                   // every fault, with its RFC 6901 pointer
//! ```
//!
//! A member that is `null` counts as absent, except where [`Fields::patch`] is asked. A member that nobody asked
//! for is an unknown field: a typo must not pass silently.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sutler_app::Problem;
use sutler_app::patch::Patch;
use sutler_domain::id::{Id, Kind};
use sutler_domain::{Fault, Metadata};

/// The most faults told at once; a request that is nothing but faults is not worth a longer answer.
pub const FAULTS_MAX: usize = 100;

/// Reads the members of one object and collects what is wrong with them.
#[derive(Debug)]
pub struct Fields<'v> {
    at: String,
    members: Option<&'v Map<String, Value>>,
    asked: Vec<&'static str>,
    faults: Vec<Fault>,
}

impl<'v> Fields<'v> {
    /// The members of a whole request.
    pub fn of(value: &'v Value) -> Self {
        Self::at(String::new(), value)
    }

    fn at(at: String, value: &'v Value) -> Self {
        let mut fields = Self { at, members: value.as_object(), asked: Vec::new(), faults: Vec::new() };
        if fields.members.is_none() {
            let detail = format!("is {}; an object is needed", told(value));
            fields.faults.push(Fault::invalid(fields.at.clone(), detail));
        }
        fields
    }

    /// The pointer of a member.
    pub fn pointer(&self, name: &str) -> String {
        format!("{}/{}", self.at, name.replace('~', "~0").replace('/', "~1"))
    }

    /// The member as it was sent; `null` is absent. Everything that reads a member goes through here.
    pub fn value(&mut self, name: &'static str) -> Option<&'v Value> {
        self.raw(name).filter(|value| !value.is_null())
    }

    fn raw(&mut self, name: &'static str) -> Option<&'v Value> {
        if !self.asked.contains(&name) {
            self.asked.push(name);
        }
        self.members?.get(name)
    }

    /// Note a fault of a member.
    pub fn fault(&mut self, name: &str, code: &'static str, detail: impl Into<String>) {
        let pointer = self.pointer(name);
        self.note(Fault::new(pointer, code, detail));
    }

    /// Note a fault that is complete.
    pub fn note(&mut self, fault: Fault) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(fault);
        }
    }

    /// Note a plain fault of a member.
    pub fn invalid(&mut self, name: &str, detail: impl Into<String>) {
        self.fault(name, "validation_failed", detail);
    }

    /// The member must be there.
    pub fn need(&mut self, name: &'static str) {
        if self.value(name).is_none() && self.members.is_some() {
            self.invalid(name, format!("'{name}' is missing"));
        }
    }

    fn read<T>(
        &mut self,
        name: &'static str,
        wanted: &str,
        take: impl FnOnce(&'v Value) -> Option<T>,
    ) -> Option<T> {
        let value = self.value(name)?;
        let taken = take(value);
        if taken.is_none() {
            self.invalid(name, format!("'{name}' is {}; {wanted} is needed", told(value)));
        }
        taken
    }

    /// A text.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.read(name, "a text", |value| value.as_str().map(str::to_owned))
    }

    /// `true` or `false`.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, "true or false", Value::as_bool)
    }

    /// A whole number.
    pub fn whole(&mut self, name: &'static str) -> Option<i64> {
        self.read(name, "a whole number", Value::as_i64)
    }

    /// A whole number within a range.
    pub fn whole_in(&mut self, name: &'static str, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
        let number = self.whole(name)?;
        if range.contains(&number) {
            return Some(number);
        }
        self.invalid(name, format!("'{name}' is {number}; {} to {} is allowed", range.start(), range.end()));
        None
    }

    /// An id of one kind.
    pub fn id<K: Kind>(&mut self, name: &'static str) -> Option<Id<K>> {
        let text = self.text(name)?;
        Id::parse(&text).map_err(|error| self.invalid(name, error.to_string())).ok()
    }

    /// One word of a list.
    pub fn word<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let detail = format!("'{}' is not one of {}", shortened(&text), allowed.join(", "));
            let mut fault = Fault::invalid(self.pointer(name), detail);
            let allowed = allowed.into_iter().map(str::to_owned).collect();
            fault.facts.push(("allowed", sutler_domain::Fact::List(allowed)));
            self.note(fault);
        }
        found
    }

    /// A list of texts.
    pub fn texts(&mut self, name: &'static str) -> Option<Vec<String>> {
        let list = self.array(name)?;
        let mut texts = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            match value.as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self.invalid_at(name, &index, format!("is {}; a text is needed", told(value))),
            }
        }
        Some(texts)
    }

    /// Pairs of texts; empty when absent.
    pub fn metadata(&mut self, name: &'static str) -> Metadata {
        let pairs = self.pairs(name);
        let mut metadata = Metadata::new();
        for (key, value) in pairs.unwrap_or_default() {
            match value {
                Some(value) => drop(metadata.insert(key, value)),
                None => self.invalid_at(name, &key, "is null; a text is needed"),
            }
        }
        metadata
    }

    /// Pairs to merge: `null` deletes a key (RFC 7396).
    pub fn pairs(&mut self, name: &'static str) -> Option<BTreeMap<String, Option<String>>> {
        let object = self.read(name, "an object", Value::as_object)?;
        let mut pairs = BTreeMap::new();
        for (key, value) in object {
            match value {
                Value::String(text) => drop(pairs.insert(key.clone(), Some(text.clone()))),
                Value::Null => drop(pairs.insert(key.clone(), None)),
                other => self.invalid_at(name, key, format!("is {}; a text is needed", told(other))),
            }
        }
        Some(pairs)
    }

    /// An object of its own.
    pub fn object<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Fields<'v>) -> T) -> Option<T> {
        let value = self.value(name)?;
        let mut inner = Fields::at(self.pointer(name), value);
        let taken = read(&mut inner);
        self.adopt(inner);
        Some(taken)
    }

    /// A list of objects.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&mut Fields<'v>) -> T,
    ) -> Option<Vec<T>> {
        let list = self.array(name)?;
        let at = self.pointer(name);
        let mut taken = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let mut inner = Fields::at(format!("{at}/{index}"), value);
            taken.push(read(&mut inner));
            self.adopt(inner);
        }
        Some(taken)
    }

    /// A member of a PATCH: absent is kept, `null` clears (RFC 7396).
    pub fn patch<T>(&mut self, name: &'static str, read: impl FnOnce(&mut Self) -> Option<T>) -> Patch<T> {
        if self.raw(name).is_none() { Patch::Keep } else { read(self).map_or(Patch::Clear, Patch::Set) }
    }

    fn array(&mut self, name: &'static str) -> Option<&'v Vec<Value>> {
        self.read(name, "a list", Value::as_array)
    }

    fn invalid_at(&mut self, name: &str, inner: &dyn ToString, detail: impl Into<String>) {
        let inner = inner.to_string().replace('~', "~0").replace('/', "~1");
        let pointer = format!("{}/{inner}", self.pointer(name));
        self.note(Fault::invalid(pointer, detail));
    }

    fn adopt(&mut self, inner: Fields<'_>) {
        for fault in inner.into_faults() {
            self.note(fault);
        }
    }

    fn into_faults(mut self) -> Vec<Fault> {
        let unknown: Vec<&String> = self
            .members
            .into_iter()
            .flat_map(Map::keys)
            .filter(|k| !self.asked.contains(&k.as_str()))
            .collect();
        for name in unknown.into_iter().take(FAULTS_MAX) {
            let mut fault =
                Fault::new(self.pointer(name), "unknown_field", unknown_detail(name, &self.asked));
            if let Some(meant) = suggestion(name, &self.asked) {
                fault = fault.text("did_you_mean", meant);
            }
            self.note(fault);
        }
        self.faults
    }

    /// The end of the request: nothing, or every fault.
    pub fn done(self) -> Result<(), Problem> {
        let faults = self.into_faults();
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
    }
}

fn unknown_detail(name: &str, known: &[&'static str]) -> String {
    let name_told = shortened(name);
    match suggestion(name, known) {
        Some(meant) => format!("'{name_told}' is not a field here; did you mean '{meant}'?"),
        None if known.is_empty() => format!("'{name_told}' is not a field here; none are expected"),
        None => format!("'{name_told}' is not a field here; the fields are {}", known.join(", ")),
    }
}

/// The known name that a misspelled one most likely stood for.
pub(crate) fn suggestion<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let name = shortened(name);
    let distance = |candidate: &str| strsim::damerau_levenshtein(&name, candidate);
    let nearest = known.iter().min_by_key(|candidate| distance(candidate))?;
    (distance(nearest) <= 1 + nearest.len() / 4).then_some(nearest)
}

/// Errors repeat what was given, but not a megabyte of it.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(64).collect()
}

/// A value as an error names it.
pub(crate) fn told(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("the text '{}'", shortened(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sutler_domain::ProductId;

    use super::*;

    /// Read an object of every kind of member; `pointer code` of each fault.
    fn faults(value: &Value) -> Vec<String> {
        let mut f = Fields::of(value);
        f.need("title");
        f.text("title");
        f.flag("active");
        f.whole_in("rank", 1..=9);
        f.id::<sutler_domain::id::kind::Product>("product_id");
        f.word("mode", &[("fast", 1), ("slow", 2)]);
        f.texts("tags");
        f.metadata("metadata");
        f.list("items", |f| {
            f.need("quantity");
            f.whole("quantity")
        });
        f.object("owner", |f| f.text("name"));
        match f.done() {
            Ok(()) => Vec::new(),
            Err(problem) => problem.errors.iter().map(|f| format!("{} {}", f.pointer, f.code)).collect(),
        }
    }

    #[test]
    fn every_fault_is_told_with_its_pointer() {
        let cases = [
            (json!({"title": "T"}), vec![]),
            (json!({"title": "T", "active": null, "items": null}), vec![]),
            (json!([]), vec![" validation_failed"]),
            (json!({}), vec!["/title validation_failed"]),
            (json!({"title": 1}), vec!["/title validation_failed"]),
            (json!({"title": "T", "active": "yes"}), vec!["/active validation_failed"]),
            (json!({"title": "T", "rank": 10}), vec!["/rank validation_failed"]),
            (json!({"title": "T", "rank": 1.0}), vec!["/rank validation_failed"]),
            (json!({"title": "T", "product_id": "a:b"}), vec!["/product_id validation_failed"]),
            (json!({"title": "T", "mode": "fats"}), vec!["/mode validation_failed"]),
            (json!({"title": "T", "tags": ["a", 1]}), vec!["/tags/1 validation_failed"]),
            (json!({"title": "T", "metadata": {"a/b": 1}}), vec!["/metadata/a~1b validation_failed"]),
            (json!({"title": "T", "metadata": {"a": null}}), vec!["/metadata/a validation_failed"]),
            (
                json!({"title": "T", "items": [{"quantity": 1}, {}, {"quantity": 1e18, "x": 1}, 7]}),
                vec![
                    "/items/1/quantity validation_failed",
                    "/items/2/quantity validation_failed",
                    "/items/2/x unknown_field",
                    "/items/3 validation_failed",
                ],
            ),
            (json!({"title": "T", "owner": {"nmae": "N"}}), vec!["/owner/nmae unknown_field"]),
        ];
        for (value, expected) in cases {
            assert_eq!(faults(&value), expected, "{value}");
        }
    }

    #[test]
    fn a_typo_is_told_with_what_was_meant() {
        let value = json!({"titel": "T"});
        let mut f = Fields::of(&value);
        f.text("title");
        let problem = f.done().unwrap_err();
        assert_eq!(problem.code, "unknown_field");
        assert_eq!(problem.detail, "'titel' is not a field here; did you mean 'title'?");
        assert_eq!(suggestion("colour_of_the_sky", &["title"]), None);
    }

    #[test]
    fn a_patch_knows_absent_from_null() {
        let value = json!({"a": null, "b": "x"});
        let mut f = Fields::of(&value);
        assert_eq!(f.patch("a", |f| f.text("a")), Patch::Clear);
        assert_eq!(f.patch("b", |f| f.text("b")), Patch::Set("x".to_owned()));
        assert_eq!(f.patch("c", |f| f.text("c")), Patch::Keep);
        f.done().unwrap();
    }

    #[test]
    fn a_request_of_faults_alone_gets_a_short_answer() {
        let members: Map<String, Value> = (0..100_000).map(|i| (format!("k{i}"), Value::Null)).collect();
        let value = Value::Object(members);
        assert_eq!(Fields::of(&value).done().unwrap_err().errors.len(), FAULTS_MAX);
    }

    #[test]
    fn an_id_keeps_what_was_chosen() {
        let value = json!({"product_id": "P1"});
        let mut f = Fields::of(&value);
        assert_eq!(f.id("product_id"), Some(ProductId::trusted("P1".into())));
    }
}

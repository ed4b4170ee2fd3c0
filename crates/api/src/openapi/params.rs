//! Parameters of queries, with their limits.

use serde_json::{Value, json};
use sutler_app::page::{PAGE_DEFAULT, PAGE_MAX};

/// A parameter of a query.
#[derive(Clone)]
pub(super) struct Param {
    /// Its name.
    pub(super) name: String,
    /// What it does.
    pub(super) about: String,
    /// What it holds.
    pub(super) schema: Value,
    /// How a list or pairs are written.
    style: Option<(&'static str, bool)>,
    /// The paths that `expand` takes.
    expandable: Option<Vec<&'static str>>,
}

fn param(name: &str, about: &str, schema: Value) -> Param {
    Param { name: name.to_owned(), about: about.to_owned(), schema, style: None, expandable: None }
}

impl Param {
    /// As the document has it.
    pub(super) fn json(&self) -> Value {
        let mut shown = json!({
            "name": self.name, "in": "query", "required": false, "description": self.about, "schema": self.schema,
        });
        if let (Some((style, explode)), Some(map)) = (self.style, shown.as_object_mut()) {
            map.insert("style".to_owned(), json!(style));
            map.insert("explode".to_owned(), json!(explode));
        }
        if let (Some(paths), Some(map)) = (&self.expandable, shown.as_object_mut()) {
            map.insert("x-expandable".to_owned(), json!(paths));
        }
        shown
    }
}

/// A text.
pub(super) fn text(name: &str, about: &str) -> Param {
    param(name, about, json!({"type": "string"}))
}

/// A text of a certain form.
pub(super) fn form(name: &str, about: &str, pattern: &str) -> Param {
    param(name, about, json!({"type": "string", "pattern": pattern}))
}

/// `true` or `false`.
pub(super) fn flag(name: &str, about: &str) -> Param {
    param(name, about, json!({"type": "boolean"}))
}

/// A whole number, not negative.
pub(super) fn whole(name: &str, about: &str) -> Param {
    param(name, about, json!({"type": "integer", "format": "int64", "minimum": 0}))
}

/// A time, or a date.
pub(super) fn time(name: &str, about: &str) -> Param {
    let about = format!("{about} RFC 3339, or a date, which stands for its first instant in UTC.");
    param(
        name,
        &about,
        json!({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]}),
    )
}

/// One word of a list.
pub(super) fn word(name: &str, about: &str, words: &[&str]) -> Param {
    param(name, about, json!({"type": "string", "enum": words}))
}

/// Words of a list, separated by commas.
pub(super) fn words(name: &str, about: &str, words: impl IntoIterator<Item = &'static str>) -> Param {
    let words: Vec<&str> = words.into_iter().collect();
    let schema = json!({"type": "array", "minItems": 1, "items": {"type": "string", "enum": words}});
    Param {
        style: Some(("form", false)),
        ..param(name, &format!("{about} Any of them, separated by commas."), schema)
    }
}

/// Texts, of which a request may name several.
pub(super) fn texts(name: &str, about: &str) -> Param {
    let about = format!(
        "{about} Several by repeating it, or separated by commas; a comma within one stands behind a backslash."
    );
    let schema = json!({"type": "array", "minItems": 1, "items": {"type": "string"}});
    Param { style: Some(("form", true)), ..param(name, &about, schema) }
}

/// `option[Color]=blue`.
pub(super) fn options() -> Param {
    let schema = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let about = "Values of an option, such as `option[Color]=blue,red`; any of them.";
    Param { style: Some(("deepObject", true)), ..param("option", about, schema) }
}

/// A day.
pub(super) fn day(name: &str, about: &str) -> Param {
    param(name, about, json!({"type": "string", "format": "date"}))
}

/// An id of one kind, which the shop may not choose.
pub(super) fn id(name: &str, prefix: &str, about: &str) -> Param {
    form(name, about, &made_pattern(prefix))
}

/// An id that the shop may have chosen.
pub(super) fn chosen_id(name: &str, prefix: &str, about: &str) -> Param {
    form(name, about, &chosen_pattern(prefix))
}

/// How ids look that are made.
pub(super) fn made_pattern(prefix: &str) -> String {
    format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$")
}

/// How ids look that may be chosen. That a chosen one begins with no prefix of ours is not said by it.
pub(super) fn chosen_pattern(prefix: &str) -> String {
    format!("^({prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}|[A-Za-z0-9.-]{{1,64}})$")
}

/// `metadata[channel]=web`.
pub(super) fn metadata() -> Param {
    let schema = json!({"type": "object", "additionalProperties": {"type": "string"}});
    let about = "Pairs that `metadata` must hold, such as `metadata[channel]=web`; all of them.";
    Param { style: Some(("deepObject", true)), ..param("metadata", about, schema) }
}

/// Four bounds of a time.
pub(super) fn span(name: &'static str, about: &'static str) -> impl Iterator<Item = Param> {
    [("gte", "at or after it"), ("gt", "after it"), ("lt", "before it"), ("lte", "at or before it")]
        .into_iter()
        .map(move |(bound, words)| time(&format!("{name}[{bound}]"), &format!("{about} {words}.")))
}

/// `sort=-placed_at`.
pub(super) fn sort(keys: impl IntoIterator<Item = &'static str>) -> Param {
    let both = keys.into_iter().flat_map(|key| [key.to_owned(), format!("-{key}")]);
    let schema = json!({"type": "string", "enum": both.collect::<Vec<_>>()});
    param("sort", "The order of the list; with `-` the largest first.", schema)
}

/// `expand=customer,payments`.
pub(super) fn expand(paths: &[&'static str]) -> Param {
    let about = "Related things to show in full instead of their ids, separated by commas.";
    let schema =
        json!({"type": "array", "minItems": 1, "maxItems": 10, "items": {"type": "string", "enum": paths}});
    Param { style: Some(("form", false)), expandable: Some(paths.to_vec()), ..param("expand", about, schema) }
}

/// A number of rows, from 1.
pub(super) fn count(name: &str, about: &str, usual: u32, most: u32) -> Param {
    param(name, about, json!({"type": "integer", "minimum": 1, "maximum": most, "default": usual}))
}

/// `limit`.
pub(super) fn limit() -> Param {
    count("limit", "How many rows at most.", PAGE_DEFAULT, PAGE_MAX)
}

/// `limit`, `after`, `before`, `count`.
pub(super) fn page() -> Vec<Param> {
    // A cursor is opaque; that not every text is one is not for a schema to say.
    vec![
        limit(),
        text("after", "Rows behind this cursor: `page.next` of an answer."),
        text("before", "Rows before this cursor: `page.prev` of an answer. Not together with `after`."),
        word("count", "Add `page.total`.", &["exact", "estimate"]),
    ]
}

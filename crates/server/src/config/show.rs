//! The configuration as people and editors read it: `sutler.toml` with every default, `config show`, `config schema`.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::keys::{KEYS, Key, Kind};
use super::sources::{Layer, is_secret};
use super::units;

/// A value in the notation of `sutler.toml`.
pub(crate) fn toml(key: &Key, text: &str) -> String {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    match key.kind {
        Kind::Switch | Kind::Count(..) => text.to_owned(),
        Kind::CountOrNothing(..) if !text.is_empty() => text.to_owned(),
        Kind::Words => {
            format!("[{}]", units::words(text).iter().map(|w| quoted(w)).collect::<Vec<_>>().join(", "))
        }
        Kind::Decimals => {
            let pairs = units::words(text);
            let pairs = pairs.iter().filter_map(|pair| pair.split_once('='));
            let pairs: Vec<String> =
                pairs.map(|(name, rate)| format!("{} = {}", quoted(name), quoted(rate))).collect();
            if pairs.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", pairs.join(", ")) }
        }
        _ => quoted(text),
    }
}

/// `sutler.toml` with every key and its default, each commented out and explained.
pub(crate) fn template() -> String {
    let mut text =
        "# sutler.toml: every key with its default. Remove the # in front of what you change.\n".to_owned();
    let mut section = "";
    for key in KEYS {
        let (head, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if head != section {
            section = head;
            _ = writeln!(text, "\n[{section}]");
        }
        let line = format!("# {name} = {}", toml(key, key.default));
        _ = writeln!(text, "{line:<44} # {}", key.doc);
    }
    text
}

/// `.env.example`: what other programs know as well, and our secrets.
pub(crate) fn env_template() -> String {
    let mut text = "# Copy to .env and remove the # in front of what you change.\n".to_owned();
    for key in KEYS {
        if let Some(name) = key.conventional {
            _ = writeln!(text, "# {name}={}\n#   {}", key.default, key.doc);
        }
    }
    text
}

/// One row of `config show`: path, value for people, origin.
pub(crate) fn rows(values: &Layer) -> Vec<(&'static str, String, String)> {
    KEYS.iter()
        .filter_map(|key| {
            let found = values.get(key.path)?;
            let value = match key.kind {
                Kind::Secret if found.text.is_empty() => "\"\"".to_owned(),
                Kind::Secret => format!("•••• ({} bytes)", found.text.len()),
                _ if is_secret(key) => toml(key, &units::masked(&found.text)),
                _ => toml(key, &found.text),
            };
            Some((key.path, value, found.origin.to_string()))
        })
        .collect()
}

/// The configuration's JSON Schema (draft 2020-12), for editors.
pub(crate) fn schema() -> Value {
    let mut root = Map::new();
    for key in KEYS {
        place(&mut root, key.path, property(key));
        if key.kind == Kind::Secret {
            let doc = format!("a file that holds {}", key.path);
            place(&mut root, &format!("{}_file", key.path), json!({"type": "string", "description": doc}));
        }
    }
    let mut schema = closed(&root);
    if let Some(members) = schema.as_object_mut() {
        members.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        members.insert("title".to_owned(), json!("sutler.toml"));
    }
    schema
}

/// Put a key where its path says, section in section.
fn place(properties: &mut Map<String, Value>, path: &str, shape: Value) {
    let Some((section, rest)) = path.split_once('.') else {
        properties.insert(path.to_owned(), shape);
        return;
    };
    let section = properties.entry(section).or_insert_with(|| closed(&Map::new()));
    if let Some(inner) = section.get_mut("properties").and_then(Value::as_object_mut) {
        place(inner, rest, shape);
    }
}

fn closed(properties: &Map<String, Value>) -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn property(key: &Key) -> Value {
    let mut shape = match key.kind {
        Kind::Switch => json!({"type": "boolean", "default": key.default == "true"}),
        Kind::Count(least, most) => {
            json!({"type": "integer", "minimum": least, "maximum": most, "default": key.default.parse::<u64>().ok()})
        }
        Kind::CountOrNothing(least, most) => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Choice(words) => json!({"enum": words, "default": key.default}),
        Kind::Words => {
            let words: Vec<&str> = key.default.split(',').filter(|word| !word.is_empty()).collect();
            json!({"type": "array", "items": {"type": "string"}, "default": words})
        }
        Kind::Decimals => {
            json!({"type": "object", "additionalProperties": {"type": "string"}, "default": {}})
        }
        Kind::Size => json!({"type": ["string", "integer"], "default": key.default}),
        _ => json!({"type": "string", "default": key.default}),
    };
    if let Some(members) = shape.as_object_mut() {
        members.insert("description".to_owned(), json!(key.doc));
    }
    shape
}

//! What the facts of an event look like: enough to write its JSON Schema (draft 2020-12), and no more.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// The shape of one value.
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Any text, ids among it.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number; amounts of money are in minor units.
    Whole,
    /// A decimal number as text, so that nothing is rounded on the way.
    Decimal,
    /// A time, RFC 3339 in UTC.
    Time,
    /// One of these words. More may come.
    Words(&'static [&'static str]),
    /// Any names, each with a text.
    Pairs,
    /// Any number of these.
    List(&'static Self),
    /// An object that stands in several places.
    Part(&'static Part),
}

/// An object with a name of its own.
#[derive(Debug)]
pub struct Part {
    /// Its name among the definitions.
    pub name: &'static str,
    /// What it is.
    pub about: &'static str,
    /// What it consists of.
    pub fields: &'static [Field],
}

/// Whether a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Always,
    Nullable,
    Maybe,
}

/// A field of an object.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    shape: Shape,
    presence: Presence,
    about: &'static str,
}

impl Field {
    /// What it is.
    pub const fn about(&self) -> &'static str {
        self.about
    }

    /// What it holds, in a few words.
    pub fn kind(&self) -> String {
        self.shape.words()
    }

    /// Whether it may be null or absent, in words; empty when it is always there.
    pub const fn presence(&self) -> &'static str {
        match self.presence {
            Presence::Always => "",
            Presence::Nullable => "may be null",
            Presence::Maybe => "may be absent",
        }
    }
}

impl Shape {
    fn words(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Whole => "whole number".to_owned(),
            Self::Decimal => "decimal number as text".to_owned(),
            Self::Time => "time".to_owned(),
            Self::Words(words) => words.join(", "),
            Self::Pairs => "names with texts".to_owned(),
            Self::List(of) => format!("list of {}", of.words()),
            Self::Part(part) => part.name.to_owned(),
        }
    }
}

/// A field that is always there and never null.
pub(super) const fn has(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, shape, presence: Presence::Always, about }
}

/// A field that is always there and may be null.
pub(super) const fn null(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, shape, presence: Presence::Nullable, about }
}

/// A field that is left out when there is nothing to say.
pub(super) const fn may(name: &'static str, shape: Shape, about: &'static str) -> Field {
    Field { name, shape, presence: Presence::Maybe, about }
}

/// The parts that schemas refer to, gathered while they are written.
#[derive(Debug)]
pub struct Parts {
    under: &'static str,
    found: BTreeMap<&'static str, Value>,
}

impl Parts {
    /// No parts yet; references to them begin with `under`, such as `#/$defs/`.
    pub const fn under(under: &'static str) -> Self {
        Self { under, found: BTreeMap::new() }
    }

    /// The schemas of all parts that were referred to, by name.
    pub fn found(self) -> Map<String, Value> {
        self.found.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
    }

    pub(super) fn refer(&mut self, part: &'static Part) -> Value {
        if !self.found.contains_key(part.name) {
            // Marked first: a part may refer to itself.
            self.found.insert(part.name, Value::Null);
            let schema = self.object(part.about, part.fields);
            self.found.insert(part.name, schema);
        }
        json!({"$ref": format!("{}{}", self.under, part.name)})
    }

    /// The schema of an object. Fields that are not named in it may come: to add one breaks nobody.
    pub(super) fn object(&mut self, about: &str, fields: &[Field]) -> Value {
        let always = fields.iter().filter(|field| field.presence != Presence::Maybe).map(|field| field.name);
        let required: Vec<&str> = always.collect();
        let properties: Map<String, Value> =
            fields.iter().map(|field| (field.name.to_owned(), self.field(field))).collect();
        let mut schema = json!({"type": "object", "properties": properties});
        if !required.is_empty() {
            set(&mut schema, "required", json!(required));
        }
        if !about.is_empty() {
            set(&mut schema, "description", json!(about));
        }
        schema
    }

    fn field(&mut self, field: &Field) -> Value {
        let mut schema = self.shape(field.shape);
        if field.presence == Presence::Nullable {
            schema = nullable(schema);
        }
        set(&mut schema, "description", json!(field.about));
        schema
    }

    fn shape(&mut self, shape: Shape) -> Value {
        match shape {
            Shape::Text => json!({"type": "string"}),
            Shape::Flag => json!({"type": "boolean"}),
            Shape::Whole => json!({"type": "integer"}),
            Shape::Decimal => json!({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}),
            Shape::Time => json!({"type": "string", "format": "date-time"}),
            // Not an `enum`: a word more must break nobody.
            Shape::Words(words) => json!({"type": "string", "examples": words}),
            Shape::Pairs => json!({"type": "object", "additionalProperties": {"type": "string"}}),
            Shape::List(of) => json!({"type": "array", "items": self.shape(*of)}),
            Shape::Part(part) => self.refer(part),
        }
    }
}

/// The same, or null.
fn nullable(mut schema: Value) -> Value {
    match schema.get("type").cloned() {
        Some(kind) => {
            set(&mut schema, "type", json!([kind, "null"]));
            schema
        }
        None => json!({"anyOf": [schema, {"type": "null"}]}),
    }
}

/// Set a keyword of a schema, which is always an object.
pub(super) fn set(schema: &mut Value, keyword: &str, value: Value) {
    if let Value::Object(schema) = schema {
        schema.insert(keyword.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COIN: Part = Part { name: "coin", about: "A coin.", fields: &[has("side", Shape::Text, "Which.")] };

    #[test]
    fn a_part_is_written_once_and_referred_to() {
        let mut parts = Parts::under("#/$defs/");
        let fields = [
            has("coins", Shape::List(&Shape::Part(&COIN)), "All."),
            null("best", Shape::Part(&COIN), "One."),
        ];
        let schema = parts.object("A purse.", &fields);
        assert_eq!(schema["properties"]["coins"]["items"], json!({"$ref": "#/$defs/coin"}));
        let best = json!({"anyOf": [{"$ref": "#/$defs/coin"}, {"type": "null"}], "description": "One."});
        assert_eq!(schema["properties"]["best"], best);
        assert_eq!(schema["required"], json!(["coins", "best"]));
        assert_eq!(parts.found().keys().collect::<Vec<_>>(), ["coin"]);
    }

    #[test]
    fn what_may_be_absent_is_not_required() {
        let schema = Parts::under("").object("", &[may("n", Shape::Whole, "How many.")]);
        assert_eq!(schema.get("required"), None);
        let nothing = Parts::under("").object("", &[null("at", Shape::Time, "When.")]);
        assert_eq!(nothing["properties"]["at"]["type"], json!(["string", "null"]));
    }
}

//! The registry of public events as others read it: schemas and examples, made from the same tables that say what is
//! shown.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sutler_domain::{Position, Version};

use super::facts::ORDER;
use super::shape::{Field, Parts, Shape, has, may, null, set};
use super::types::{EventType, TYPES};
use super::{PublicEvent, public, type_of};
use crate::admission::event_id_of;
use crate::event::Recorded;
use crate::stream::StreamId;

/// The dialect of the schemas.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// When the examples happened.
const EXAMPLE_AT: jiff::Timestamp = jiff::Timestamp::constant(1_795_352_816, 348_000_000);

/// The envelope: the attributes of `CloudEvents` 1.0, and our extensions.
const ENVELOPE: &[Field] = &[
    has("specversion", Shape::Text, "Always `1.0`: CloudEvents 1.0."),
    has(
        "id",
        Shape::Text,
        "The event's own id, the same wherever and however often it is read: drop repeats by it.",
    ),
    has("source", Shape::Text, "The shop's public address."),
    has("type", Shape::Text, "What happened."),
    has("subject", Shape::Text, "What it happened to."),
    has("time", Shape::Time, "When it happened."),
    has("datacontenttype", Shape::Text, "Always `application/json`."),
    has("dataschema", Shape::Text, "Where the schema of `data` is."),
    may("traceparent", Shape::Text, "The trace it belongs to (W3C Trace Context)."),
    has(
        "sequence",
        Shape::Text,
        "The version of its subject, a whole number as text: grows per subject and may skip numbers.",
    ),
    has("position", Shape::Text, "Its place in the one global order, a whole number as text."),
    null("causation", Shape::Text, "The request or job that caused it; null for a sweep."),
];

/// Every public type once, in the order of the list; some stand for several events of the log.
pub fn kinds() -> Vec<&'static str> {
    let mut kinds: Vec<&str> = Vec::new();
    for of in TYPES {
        if !kinds.contains(&of.name) {
            kinds.push(of.name);
        }
    }
    kinds
}

/// All that one type stands for; empty when there is no such type.
pub fn occasions(kind: &str) -> Vec<EventType> {
    TYPES.into_iter().filter(|of| of.name == kind).collect()
}

/// The JSON Schema of the `data` of a type, as its `dataschema` names it; `None` when there is no such type.
pub fn schema(kind: &str, source: &str) -> Option<Value> {
    let mut parts = Parts::under("#/$defs/");
    let mut schema = data_schema(kind, &mut parts)?;
    set(&mut schema, "$schema", json!(DIALECT));
    set(&mut schema, "$id", json!(address(kind, source)));
    set(&mut schema, "title", json!(kind));
    let found = parts.found();
    if !found.is_empty() {
        set(&mut schema, "$defs", Value::Object(found));
    }
    Some(schema)
}

/// Where the schema of a type is.
pub(super) fn address(kind: &str, source: &str) -> String {
    format!("{source}/event_types/{kind}/1.json")
}

/// The schema of the `data` of a type, whose parts are referred to.
pub fn data_schema(kind: &str, parts: &mut Parts) -> Option<Value> {
    let mut ways: Vec<Value> = Vec::new();
    for of in occasions(kind) {
        let way = way(&of, parts)?;
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    match ways.len() {
        0 => None,
        1 => ways.pop(),
        _ => Some(json!({"anyOf": ways})),
    }
}

fn way(of: &EventType, parts: &mut Parts) -> Option<Value> {
    let facts = of.facts()?;
    let mut object = parts.object(of.description, facts.fields);
    let word = of.name.split('.').next().unwrap_or(of.name);
    if let Some(Value::Object(properties)) = object.get_mut("properties") {
        properties.insert("object".to_owned(), json!({"const": word}));
    }
    let mut required = vec!["object"];
    required.extend(
        object.get("required").into_iter().filter_map(Value::as_array).flatten().filter_map(Value::as_str),
    );
    let required = json!(required);
    set(&mut object, "required", required);
    let mut properties = Map::from_iter([("object".to_owned(), object)]);
    let mut needed = vec!["object"];
    if facts.is_of_order {
        properties.insert("order".to_owned(), parts.refer(&ORDER));
        needed.push("order");
    }
    Some(
        json!({"type": "object", "description": of.description, "properties": properties, "required": needed}),
    )
}

/// The schema of the envelope: all of an event but its `data`.
pub fn envelope_schema(parts: &mut Parts) -> Value {
    let mut schema = parts.object("A CloudEvent 1.0 in structured JSON.", ENVELOPE);
    for (name, value) in [("specversion", "1.0"), ("datacontenttype", "application/json")] {
        if let Some(property) = schema.pointer_mut(&format!("/properties/{name}")) {
            set(property, "const", json!(value));
        }
    }
    schema
}

/// The schema of a whole event of a type, whose parts are referred to.
pub fn event_schema(kind: &str, parts: &mut Parts) -> Option<Value> {
    let data = data_schema(kind, parts)?;
    let mut schema = envelope_schema(parts);
    if let Some(property) = schema.pointer_mut("/properties/type") {
        set(property, "const", json!(kind));
    }
    if let Some(Value::Object(properties)) = schema.get_mut("properties") {
        properties.insert("data".to_owned(), data);
    }
    if let Some(Value::Array(required)) = schema.get_mut("required") {
        required.push(json!("data"));
    }
    Some(schema)
}

/// One example as it is written down: the body of an event of the log.
#[derive(Debug, Deserialize)]
struct Written {
    #[serde(rename = "type")]
    kind: String,
    stream: String,
    body: Box<RawValue>,
}

/// The examples, one for each row of the list. What cannot be read is left out, and a test misses it.
static WRITTEN: LazyLock<Vec<Written>> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// An event of the log for each row of the list, in its order.
pub fn examples() -> Vec<Recorded> {
    (1..).zip(WRITTEN.iter()).filter_map(|(n, written)| recorded(n, written)).collect()
}

fn recorded(n: u64, written: &Written) -> Option<Recorded> {
    let body = written.body.get();
    let (name, _) = serde_json::from_str::<Map<String, Value>>(body).ok()?.into_iter().next()?;
    let hash = [u8::try_from(n).unwrap_or(u8::MAX); 32];
    Some(Recorded {
        position: Position(n.saturating_add(184_400)),
        event_id: event_id_of(&hash, EXAMPLE_AT),
        stream: StreamId::parse(&written.stream)?,
        version: Version(if name == "OrderPlaced" { 1 } else { 4 }),
        number: (name == "OrderPlaced").then_some(1061),
        name,
        body: body.to_owned(),
        at: EXAMPLE_AT,
        recorded_at: EXAMPLE_AT,
        actor: "dev".to_owned(),
        causation: Some("req_01m81p1ecdf46bs8r42wfv2z13".to_owned()),
        traceparent: None,
        hash,
    })
}

/// An event of this type as it is shown, made by what shows the true ones.
pub fn example(kind: &str, source: &str) -> Option<PublicEvent> {
    let of_kind = WRITTEN.iter().position(|written| written.kind == kind)?;
    let n = u64::try_from(of_kind).ok()?.saturating_add(1);
    let recorded = recorded(n, WRITTEN.get(of_kind)?)?;
    public(&recorded, source).filter(|_| type_of(&recorded) == Some(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_says_everything() {
        for of in TYPES {
            assert!(of.facts().is_some(), "{} ({}) has no facts", of.name, of.logged);
            assert!(!of.means().is_empty(), "{} ({}) means nothing", of.name, of.logged);
            for next in of.followed_by() {
                assert!(!occasions(next).is_empty(), "{} is followed by {next}, which is no type", of.name);
            }
            assert!(schema(of.name, "https://shop.example.com").is_some());
        }
        assert_eq!(schema("order.eaten", ""), None);
    }

    #[test]
    fn every_row_has_its_example() {
        let shown: Vec<_> = examples().iter().map(|e| (type_of(e).unwrap_or("-"), e.name.clone())).collect();
        let listed: Vec<_> = TYPES.iter().map(|of| (of.name, of.logged.to_owned())).collect();
        assert_eq!(shown, listed, "examples.json has other rows, or another order, than types.rs");
        for kind in kinds() {
            let event = example(kind, "https://shop.example.com").unwrap();
            assert_eq!(event.kind, kind);
            assert_eq!(event.dataschema, address(kind, "https://shop.example.com"));
        }
    }

    /// Persons are named by `customer_id`, and by nothing else.
    #[test]
    fn no_field_is_for_a_person() {
        let mut all = String::new();
        for kind in kinds() {
            all += &schema(kind, "").unwrap_or_default().to_string();
        }
        for word in
            ["email", "phone", "contact", "first_name", "last_name", "street", "postal", "city", "token"]
        {
            assert!(!all.contains(&format!("\"{word}")), "a field begins with {word}");
        }
    }
}

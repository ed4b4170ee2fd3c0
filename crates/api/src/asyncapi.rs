//! The description of our events for programs: `AsyncAPI` 3.0, written from the registry of their types. `sutler gen-asyncapi`
//! prints it, `/asyncapi.json` serves it, and `docs/asyncapi.json` is held equal to it byte for byte.

use serde_json::{Map, Value, json};
use sutler_app::public::shape::Parts;
use sutler_app::public::{EventType, registry};

/// The shop of the examples.
const SHOP: &str = "https://shop.example.com";

/// What stands before each reference to a part of a schema.
const SCHEMAS: &str = "#/components/schemas/";

/// The schemas that every message refers to.
const ENVELOPE: &str = "envelope";
const HEADERS: &str = "nats_headers";

/// The document as it is served and committed.
pub fn text() -> String {
    // A value of our own making, with string keys, always has a JSON form.
    serde_json::to_string_pretty(&sorted(document())).unwrap_or_default() + "\n"
}

/// The document.
pub fn document() -> Value {
    let groups = groups();
    let mut parts = Parts::under(SCHEMAS);
    let messages: Map<String, Value> = registry::kinds()
        .into_iter()
        .filter_map(|kind| Some((kind.to_owned(), message(kind, &mut parts)?)))
        .collect();
    let envelope = registry::envelope_schema(&mut parts);
    let mut schemas = parts.found();
    schemas.insert(ENVELOPE.to_owned(), envelope);
    schemas.insert(HEADERS.to_owned(), headers());
    let channels: Map<String, Value> =
        groups.iter().map(|(group, kinds)| ((*group).to_owned(), channel(group, kinds))).collect();
    let operations: Map<String, Value> =
        groups.iter().map(|(group, kinds)| (format!("send.{group}"), operation(group, kinds))).collect();
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:sutler:events",
        "info": info(),
        "defaultContentType": "application/json",
        "servers": servers(),
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": messages,
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "description": "An API key with the scope `events:read`."},
                "password": {"type": "userPassword", "description": "As the NATS server asks for."},
            },
        },
    })
}

fn info() -> Value {
    json!({
        "title": "Sutler: events",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Every public event of a shop, as CloudEvents 1.0 in structured JSON. The same event, under the \
                        same id, is read page by page (`GET /events`), as a stream (`GET /events/stream`), and from NATS \
                        JetStream. At least once: drop repeats by `id`, and order by `sequence` within a `subject`.",
        "license": {"name": "MIT OR Apache-2.0"},
    })
}

fn servers() -> Value {
    json!({
        "http": {
            "host": "{host}",
            "protocol": "http",
            "description": "The shop itself: server-sent events at `GET /events/stream`. Behind TLS as `https`.",
            "variables": {"host": {"default": "127.0.0.1:8420", "description": "Where the shop is reached."}},
            "security": [{"$ref": "#/components/securitySchemes/key"}],
        },
        "nats": {
            "host": "{host}",
            "protocol": "nats",
            "description": "NATS JetStream, where the shop relays its events to one: the stream `SUTLER`.",
            "variables": {"host": {"default": "127.0.0.1:4222", "description": "Where NATS is reached."}},
            "security": [{"$ref": "#/components/securitySchemes/password"}],
        },
    })
}

/// The types by group, which is what stands before the dot.
fn groups() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for kind in registry::kinds() {
        let group = kind.split('.').next().unwrap_or(kind);
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, kinds)) => kinds.push(kind),
            None => groups.push((group, vec![kind])),
        }
    }
    groups
}

fn channel(group: &str, kinds: &[&str]) -> Value {
    let messages: Map<String, Value> = kinds
        .iter()
        .map(|kind| ((*kind).to_owned(), json!({"$ref": format!("#/components/messages/{kind}")})))
        .collect();
    json!({
        "address": format!("sutler.{group}.*"),
        "title": format!("{group}.*"),
        "description": format!(
            "The subject in NATS; what stands before the first dot is the stream's name in small letters. Over HTTP the \
             same events are `GET /events/stream?types={group}.*` and `GET /events?type={group}.*`."
        ),
        "servers": [{"$ref": "#/servers/http"}, {"$ref": "#/servers/nats"}],
        "messages": messages,
        "bindings": {"http": {}, "nats": {}},
    })
}

fn operation(group: &str, kinds: &[&str]) -> Value {
    let messages: Vec<Value> =
        kinds.iter().map(|kind| json!({"$ref": format!("#/channels/{group}/messages/{kind}")})).collect();
    let types = format!("{group}.*");
    json!({
        "action": "send",
        "channel": {"$ref": format!("#/channels/{group}")},
        "title": types,
        "summary": format!("What happens to each {group}."),
        "messages": messages,
        "bindings": {
            "http": {
                "method": "GET",
                "query": {
                    "type": "object",
                    "properties": {
                        "types": {"type": "string", "const": types, "description": "Types, separated by commas."},
                        "subject": {"type": "string", "description": "What it is about, such as `ord_…`."},
                        "after": {
                            "type": "string",
                            "description": "Behind this cursor or event; `start` for the oldest there is.",
                        },
                    },
                },
                "bindingVersion": "0.3.0",
            },
            "nats": {"bindingVersion": "0.1.0"},
        },
    })
}

fn message(kind: &str, parts: &mut Parts) -> Option<Value> {
    let occasions = registry::occasions(kind);
    let summary: Vec<&str> = occasions.iter().map(|of| of.description).collect();
    let means: Vec<&str> = occasions.iter().map(EventType::means).collect();
    let example = registry::example(kind, SHOP)?;
    Some(json!({
        "name": kind,
        "title": kind,
        "summary": summary.join(" "),
        "description": format!("For a consumer: {}.", means.join("; ")),
        "contentType": "application/json",
        "headers": {"$ref": format!("{SCHEMAS}{HEADERS}")},
        "payload": {
            "allOf": [
                {"$ref": format!("{SCHEMAS}{ENVELOPE}")},
                {
                    "type": "object",
                    "properties": {"type": {"const": kind}, "data": registry::data_schema(kind, parts)?},
                    "required": ["type", "data"],
                },
            ],
        },
        "examples": [{"name": kind, "payload": serde_json::to_value(example).unwrap_or(Value::Null)}],
    }))
}

/// What a message of NATS carries beside the event.
fn headers() -> Value {
    let text = |about: &str| json!({"type": "string", "description": about});
    json!({
        "type": "object",
        "description": "In NATS. Over HTTP the id and the type are the fields `id` and `event` of the stream.",
        "properties": {
            "Nats-Msg-Id": text("The event's `id`."),
            "Sutler-Epoch": text("The epoch of the log: another one after a backup was restored."),
            "Sutler-Log": text("The epoch that the log began with: which shop."),
            "Sutler-Position": text("The event's `position`."),
        },
    })
}

/// The same with its keys in order, however the maps of this build keep them.
pub(crate) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut pairs: Vec<(String, Value)> = map.into_iter().map(|(key, v)| (key, sorted(v))).collect();
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            Value::Object(pairs.into_iter().collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut Vec<String>) {
            match value {
                Value::Object(map) => {
                    found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    map.values().for_each(|value| references(value, found));
                }
                Value::Array(values) => values.iter().for_each(|value| references(value, found)),
                _ => {}
            }
        }
        let (document, mut found) = (document(), Vec::new());
        references(&document, &mut found);
        assert!(found.len() > 100, "{}", found.len());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
        }
    }

    #[test]
    fn there_is_one_channel_for_each_group() {
        let document = document();
        let channels = document["channels"].as_object().unwrap();
        assert!(channels.contains_key("order") && channels.contains_key("inventory"));
        assert_eq!(channels.len(), document["operations"].as_object().unwrap().len());
        let messages: usize = channels.values().map(|c| c["messages"].as_object().unwrap().len()).sum();
        assert_eq!(messages, registry::kinds().len());
    }
}

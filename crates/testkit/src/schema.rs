//! Whether an event is what its JSON Schema says, judged by a validator of others. Stricter than a consumer should be: a
//! field or a word that the schema does not name is a fault too, so that nothing is shown that is not described.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Value, json};
use sutler_app::public::shape::Parts;
use sutler_app::public::{PublicEvent, registry};

/// A validator for whole events of each type.
static VALIDATORS: LazyLock<BTreeMap<&'static str, Validator>> = LazyLock::new(|| {
    let of_kind = |kind| Some((kind, jsonschema::validator_for(&strict(kind)?).ok()?));
    registry::kinds().into_iter().filter_map(of_kind).collect()
});

/// What is wrong with an event; nothing, if it is as its schema says.
pub fn faults(event: &PublicEvent) -> Vec<String> {
    // The envelope is plain data with string keys, which always has a JSON form.
    faults_of(&event.kind, &serde_json::to_value(event).unwrap_or_default())
}

/// What is wrong with an event of which the JSON is known.
pub fn faults_of(kind: &str, event: &Value) -> Vec<String> {
    match VALIDATORS.get(kind) {
        Some(validator) => validator.iter_errors(event).map(|fault| fault.to_string()).collect(),
        None => vec![format!("'{kind}' has no schema that can be read")],
    }
}

/// The schema of whole events of a type, without room for what it does not name.
fn strict(kind: &'static str) -> Option<Value> {
    let mut parts = Parts::under("#/$defs/");
    let mut schema = registry::event_schema(kind, &mut parts)?;
    let whole = schema.as_object_mut()?;
    whole.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    whole.insert("$defs".to_owned(), Value::Object(parts.found()));
    close(&mut schema);
    Some(schema)
}

/// No further fields, and no further words.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("type") == Some(&json!("object")) && map.contains_key("properties") {
                map.insert("additionalProperties".to_owned(), json!(false));
            }
            if let Some(Value::Array(words)) = map.remove("examples") {
                let is_nullable = map.get("type").is_some_and(Value::is_array);
                let null = is_nullable.then_some(Value::Null);
                map.insert("enum".to_owned(), words.into_iter().chain(null).collect());
            }
            map.values_mut().for_each(close);
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "https://shop.example.com";

    #[test]
    fn what_is_not_described_is_a_fault() {
        let event = serde_json::to_value(registry::example("payment.failed", SHOP).unwrap()).unwrap();
        assert_eq!(faults_of("payment.failed", &event), Vec::<String>::new());
        for (pointer, name, value) in [
            ("/data/object", "email", json!("ada@example.com")),
            ("/data/object", "n", json!("1")),
            ("/data/object", "operation", json!("beg")),
            ("/data/object/failure", "iban", json!("DE02")),
            ("", "actor", json!("dev")),
            ("", "type", json!("payment.captured")),
        ] {
            let mut wrong = event.clone();
            let part = wrong.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap();
            part.insert(name.to_owned(), value);
            assert!(!faults_of("payment.failed", &wrong).is_empty(), "{pointer}/{name}");
        }
        let mut without = event;
        without["data"]["object"].as_object_mut().unwrap().remove("failure");
        assert!(!faults_of("payment.failed", &without).is_empty());
        assert!(!faults_of("order.eaten", &without).is_empty());
    }
}

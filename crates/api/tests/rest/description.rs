//! What the description of the API says of a request, held against every answer that any test gets: a status, a problem code,
//! a media type, a field or a word that it does not name is a fault. So is a request that was taken and is not as it says.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::http::{HeaderMap, Method, StatusCode};
use jsonschema::Validator;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use sutler_api::openapi;
use sutler_api::rest::{Operation, operations};

use crate::examples::blesses;

/// The document as it is committed, which is read in a fraction of the time that writing it takes; another test holds it to
/// the program. While changes are accepted it is the new one.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/openapi.json");
    let mut document = if blesses() {
        openapi::document()
    } else {
        serde_json::from_str(&std::fs::read_to_string(committed).unwrap()).unwrap()
    };
    close(&mut document["components"]["schemas"]);
    document
});

static ROWS: LazyLock<Vec<Operation>> = LazyLock::new(operations);

static VALIDATORS: LazyLock<Mutex<BTreeMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// No further fields.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("properties").is_some_and(Value::is_object)
                && map.get("type") == Some(&json!("object"))
            {
                map.entry("additionalProperties").or_insert(json!(false));
            }
            map.values_mut().for_each(close);
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}

/// The document, in which no schema has room for what it does not name.
pub(crate) fn document() -> &'static Value {
    &DOCUMENT
}

/// The parts that a schema refers to, and those that they do.
fn parts(schema: &Value, found: &mut Map<String, Value>) {
    match schema {
        Value::Object(map) => {
            let reference = map.get("$ref").and_then(Value::as_str);
            let name = reference.and_then(|reference| reference.strip_prefix("#/components/schemas/"));
            if let Some(name) = name.filter(|name| !found.contains_key(*name)) {
                let part = &DOCUMENT["components"]["schemas"][name];
                found.insert(name.to_owned(), part.clone());
                parts(part, found);
            }
            map.values().for_each(|value| parts(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| parts(value, found)),
        _ => {}
    }
}

/// What is wrong with a value, by a schema of the document.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let validator = Arc::clone(VALIDATORS.lock().entry(schema.to_string()).or_insert_with(|| {
        let mut needed = Map::new();
        parts(schema, &mut needed);
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema],
            "components": {"schemas": needed},
        });
        Arc::new(jsonschema::validator_for(&whole).unwrap())
    }));
    validator.iter_errors(value).map(|fault| format!("{}: {fault}", fault.instance_path())).collect()
}

/// The operation that a request asks for. A literal part of a path goes before a name in braces.
pub(crate) fn row(method: &Method, path: &str) -> Option<&'static Operation> {
    let asked: Vec<&str> = path.split('?').next().unwrap().split('/').collect();
    let fits = |row: &&Operation| {
        let parts: Vec<&str> = row.path.split('/').collect();
        row.method == method.as_str()
            && parts.len() == asked.len()
            && parts.iter().zip(&asked).all(|(part, given)| part.starts_with('{') || part == given)
    };
    ROWS.iter().filter(fits).min_by_key(|row| row.path.matches('{').count())
}

/// What the document says of an operation.
pub(crate) fn described(row: &Operation) -> &'static Value {
    &DOCUMENT["paths"][row.path][row.method.to_lowercase()]
}

/// Whether a body of this media type is one JSON value.
pub(crate) fn is_json(media: &str) -> bool {
    media.ends_with("/json") || media.ends_with("+json")
}

/// Insist that an answer is as the document says.
#[track_caller]
pub(crate) fn judge(method: &Method, path: &str, status: StatusCode, headers: &HeaderMap, bytes: &[u8]) {
    let Some(row) = row(method, path) else { return };
    let told = format!("{method} {path} ({}): {status}", row.id);
    let answer = &described(row)["responses"][status.as_str()];
    let body = String::from_utf8_lossy(bytes);
    assert!(answer.is_object(), "{told} is not described: {body}");
    if bytes.is_empty() {
        return;
    }
    let media = headers["content-type"].to_str().unwrap();
    let content = &answer["content"][media];
    assert!(content.is_object(), "{told} is {media}, which is not described");
    if media == "application/x-ndjson" {
        for line in body.lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            let faults = faults(&content["x-itemSchema"], &value);
            assert!(faults.is_empty(), "{told} has a line that is not as described: {faults:#?}\n{value:#}");
        }
    }
    if !is_json(media) {
        return;
    }
    let value: Value = serde_json::from_slice(bytes).unwrap();
    let faults = faults(&content["schema"], &value);
    assert!(faults.is_empty(), "{told} is not as described: {faults:#?}\n{value:#}");
    if media == "application/problem+json" {
        let codes = answer["x-problem-codes"].as_array().unwrap();
        assert!(codes.contains(&value["code"]), "{told} {} is not described: {body}", value["code"]);
    }
}

/// Insist that a request that was taken is as the document says.
#[track_caller]
pub(crate) fn judge_taken(method: &Method, path: &str, body: &[u8]) {
    let Some(row) = row(method, path) else { return };
    let content = described(row)["requestBody"]["content"].as_object();
    let Some((media, content)) = content.and_then(|content| content.iter().next()) else { return };
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    if is_json(media) {
        let faults = faults(&content["schema"], &value);
        assert!(
            faults.is_empty(),
            "{method} {path} was taken and is not as described: {faults:#?}\n{value:#}"
        );
    }
}

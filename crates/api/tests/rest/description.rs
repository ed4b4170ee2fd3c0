//! What the description of the API says of a request, held against every answer that any test gets: a status, a problem code,
//! a media type, a field or a word that it does not name is a fault. So is a request that was taken and is not as it says.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use axum::http::{HeaderMap, Method, StatusCode};
use jsonschema::Validator;
use parking_lot::Mutex;
use serde_json::{Value, json};
use sutler_api::openapi;
use sutler_api::rest::{Operation, operations};

/// The document, without room for what it does not name.
static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
    let mut document = openapi::document();
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

/// What is wrong with a value, by a schema of the document.
pub(crate) fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let validator = Arc::clone(VALIDATORS.lock().entry(schema.to_string()).or_insert_with(|| {
        let whole = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema],
            "components": {"schemas": DOCUMENT["components"]["schemas"]},
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
    let content =
        answer["content"].get(media).unwrap_or_else(|| panic!("{told} is {media}, which is not described"));
    if !media.contains("json") {
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
    if media.contains("json") {
        let faults = faults(&content["schema"], &value);
        assert!(
            faults.is_empty(),
            "{method} {path} was taken and is not as described: {faults:#?}\n{value:#}"
        );
    }
}

//! The description of the REST API for programs: OpenAPI 3.1, written from the table of operations, the types of their
//! bodies and the pages of problems. `sutler gen-openapi` prints it, `/openapi.json` serves it, `/docs` shows it, and
//! `docs/openapi.json` is held equal to it byte for byte.

mod areas;
mod entry;
mod examples;
mod headers;
mod limits;
mod operation;
mod page;
mod params;
mod problems;
mod samples;
mod schema_words;
mod schemas;

use std::sync::LazyLock;

use axum::body::Bytes;
use serde_json::{Map, Value, json};

use crate::asyncapi::sorted;
use crate::rest::operations;
use schemas::Schemas;

pub(crate) use page::PAGE;

/// The document as it is served and committed.
pub fn text() -> String {
    // A value of our own making, with string keys, always has a JSON form.
    serde_json::to_string_pretty(&sorted(document())).unwrap_or_default() + "\n"
}

/// A value with the names of its objects in order, as the document is written.
pub fn in_order(value: Value) -> Value {
    sorted(value)
}

/// The same, written once.
pub(crate) static SERVED: LazyLock<Bytes> = LazyLock::new(|| text().into());

/// Operations of which nothing is said beside their row; a test wants none.
pub fn undescribed() -> Vec<&'static str> {
    let known: Vec<&str> = areas::all().iter().flat_map(|area| &area.entries).map(|entry| entry.id).collect();
    operations().iter().map(|row| row.id).filter(|id| !known.contains(id)).collect()
}

/// The document.
pub fn document() -> Value {
    let (rows, areas) = (operations(), areas::all());
    let mut schemas = Schemas::new();
    let mut paths: Map<String, Value> = Map::new();
    let mut codes: Vec<&'static str> = Vec::new();
    for area in &areas {
        for entry in &area.entries {
            let Some(row) = rows.iter().find(|row| row.id == entry.id) else { continue };
            let of_this = problems::codes(row, entry);
            let described = operation::described(row, entry, area.name, &of_this, &mut schemas);
            let methods = paths.entry(row.path).or_insert_with(|| json!({}));
            if let Some(methods) = methods.as_object_mut() {
                methods.insert(row.method.to_ascii_lowercase(), described);
            }
            codes.extend(of_this);
        }
    }
    codes.sort_unstable();
    codes.dedup();
    let (parts, renamed) = schemas.finish();
    for request in paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        if let Some(body) = request.get_mut("requestBody") {
            renamed.apply(body);
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": info(),
        "servers": [{"url": "/", "description": "The shop that serves this document."}],
        "tags": areas.iter().map(|area| json!({"name": area.name, "description": area.about})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": parts,
            "parameters": headers::asked(),
            "headers": headers::told(),
            "examples": problems::examples(codes),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key as bearer token: `Authorization: Bearer sk_…`.",
                },
                "key_as_user": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "An API key as user name, with an empty password: `curl -u sk_…:`.",
                },
            },
        },
    })
}

fn info() -> Value {
    json!({
        "title": "Sutler",
        "version": env!("CARGO_PKG_VERSION"),
        "summary": "An order engine: orders, stock and payments.",
        "description": include_str!("about.md"),
        "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
    })
}

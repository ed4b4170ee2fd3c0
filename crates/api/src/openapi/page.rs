//! The description of the API as a page: made of the same document, with nothing to load and nothing to run.

use std::sync::LazyLock;

use askama::Template;
use axum::body::Bytes;
use serde_json::{Map, Value};

use super::samples::{self, Samples};
use super::{document, schema_words};
use crate::rest::problem::{marked, slug};

/// The page, written once.
pub(crate) static PAGE: LazyLock<Bytes> =
    LazyLock::new(|| Page::of(&document()).render().unwrap_or_default().into());

#[derive(Template)]
#[template(path = "manual.html")]
struct Page {
    version: &'static str,
    about: String,
    areas: Vec<Area>,
    schemas: Vec<Schema>,
}

struct Area {
    name: String,
    slug: String,
    about: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    about: String,
    scope: String,
    parameters: Vec<Field>,
    body: Option<Body>,
    answers: Vec<Answer>,
    samples: Samples,
}

/// A parameter, a header or a member.
struct Field {
    name: String,
    place: String,
    kind: String,
    is_required: bool,
    about: String,
}

struct Body {
    media: String,
    kind: String,
    example: String,
}

struct Answer {
    status: String,
    about: String,
    bodies: Vec<Body>,
    codes: Vec<Code>,
}

struct Code {
    code: String,
    slug: String,
}

struct Schema {
    name: String,
    about: String,
    kind: String,
    fields: Vec<Field>,
}

/// A text of a value; empty when there is none.
fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn members<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = (&'v String, &'v Value)> {
    value.get(name).and_then(Value::as_object).into_iter().flatten()
}

impl Page {
    fn of(document: &Value) -> Self {
        let areas = document.get("tags").and_then(Value::as_array).into_iter().flatten();
        Self {
            version: env!("CARGO_PKG_VERSION"),
            about: paragraphs(
                document.pointer("/info/description").and_then(Value::as_str).unwrap_or_default(),
            ),
            areas: areas.map(|tag| area(document, tag)).collect(),
            schemas: document.get("components").map(schemas).unwrap_or_default(),
        }
    }
}

/// Paragraphs of a text that knows bold words and code.
fn paragraphs(text: &str) -> String {
    let bold = |paragraph: &str| {
        let parts = marked(paragraph);
        let parts = parts.split("**").enumerate();
        parts
            .map(
                |(place, part)| {
                    if place % 2 == 1 { format!("<strong>{part}</strong>") } else { part.to_owned() }
                },
            )
            .collect::<String>()
    };
    text.split("\n\n").fold(String::new(), |html, paragraph| html + "<p>" + &bold(paragraph) + "</p>")
}

fn area(document: &Value, tag: &Value) -> Area {
    let name = text(tag, "name");
    let mut operations = Vec::new();
    for (path, methods) in members(document, "paths") {
        for (method, told) in methods.as_object().into_iter().flatten() {
            let is_of_it = told.pointer("/tags/0").and_then(Value::as_str) == Some(name);
            if is_of_it {
                operations.push(operation(document, path, method, told));
            }
        }
    }
    Area {
        name: name.to_owned(),
        slug: slug(&name.to_ascii_lowercase().replace(' ', "_")),
        about: marked(text(tag, "description")),
        operations,
    }
}

fn operation(document: &Value, path: &str, method: &str, told: &Value) -> Operation {
    let parameters = told.get("parameters").and_then(Value::as_array).into_iter().flatten();
    Operation {
        id: text(told, "operationId").to_owned(),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        summary: text(told, "summary").to_owned(),
        about: marked(text(told, "description")),
        scope: text(told, "x-scope").to_owned(),
        parameters: parameters.map(|one| parameter(resolved(document, one))).collect(),
        body: told
            .pointer("/requestBody/content")
            .and_then(Value::as_object)
            .and_then(|content| bodies(content).next()),
        answers: members(told, "responses").map(|(status, answer)| answer_of(status, answer)).collect(),
        samples: samples::of(path, method, told),
    }
}

/// What a reference leads to.
fn resolved<'v>(document: &'v Value, value: &'v Value) -> &'v Value {
    let pointer = value.get("$ref").and_then(Value::as_str).and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn parameter(told: &Value) -> Field {
    Field {
        name: text(told, "name").to_owned(),
        place: text(told, "in").to_owned(),
        kind: told.get("schema").map(schema_words::of).unwrap_or_default(),
        is_required: told.get("required") == Some(&Value::Bool(true)),
        about: marked(text(told, "description")),
    }
}

/// A body in each of its media types.
fn bodies(content: &Map<String, Value>) -> impl Iterator<Item = Body> {
    content.iter().map(|(media, told)| {
        let example = told.get("example").map(|example| match example {
            Value::String(text) => text.clone(),
            // A value with string keys always has a JSON form.
            other => serde_json::to_string_pretty(other).unwrap_or_default(),
        });
        let whole = told.get("schema").map(schema_words::of);
        let line = told.get("x-itemSchema").map(|schema| format!("lines of {}", schema_words::of(schema)));
        Body {
            media: media.clone(),
            kind: line.or(whole).unwrap_or_default(),
            example: example.unwrap_or_default(),
        }
    })
}

fn answer_of(status: &str, told: &Value) -> Answer {
    let codes =
        told.get("x-problem-codes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let codes: Vec<Code> = codes.map(|code| Code { code: code.to_owned(), slug: slug(code) }).collect();
    let is_problem = !codes.is_empty();
    let content = told.get("content").and_then(Value::as_object);
    Answer {
        status: status.to_owned(),
        about: if is_problem { String::new() } else { marked(text(told, "description")) },
        bodies: content.filter(|_| !is_problem).map(|content| bodies(content).collect()).unwrap_or_default(),
        codes,
    }
}

fn schemas(components: &Value) -> Vec<Schema> {
    members(components, "schemas")
        .map(|(name, schema)| {
            let required = schema.get("required").and_then(Value::as_array);
            let is_required = |name: &str| required.is_some_and(|all| all.iter().any(|one| one == name));
            let fields = members(schema, "properties").map(|(name, property)| Field {
                name: name.clone(),
                place: String::new(),
                kind: schema_words::of(property),
                is_required: is_required(name),
                about: marked(text(property, "description")),
            });
            let fields: Vec<Field> = fields.collect();
            Schema {
                name: name.clone(),
                about: marked(text(schema, "description")),
                kind: if fields.is_empty() { schema_words::of(schema) } else { String::new() },
                fields,
            }
        })
        .collect()
}

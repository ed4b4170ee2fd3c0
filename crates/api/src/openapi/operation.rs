//! One operation as the document has it.

use serde_json::{Map, Value, json};

use super::entry::{Entry, Gives, LINES, Takes};
use super::schemas::Schemas;
use super::{examples, headers, problems};
use crate::rest::Operation;
use crate::rest::operation::Needs;

/// What is said of an operation.
pub(super) fn described(
    row: &Operation,
    entry: &Entry,
    tag: &str,
    codes: &[&'static str],
    schemas: &mut Schemas,
) -> Value {
    let mut told = json!({
        "operationId": row.id,
        "summary": row.summary,
        "tags": [tag],
        "security": security(row.needs),
        "parameters": parameters(row, entry),
        "responses": responses(row, entry, codes, schemas),
        "x-problem-codes": codes,
    });
    let Some(map) = told.as_object_mut() else { return told };
    if !entry.about.is_empty() {
        map.insert("description".to_owned(), json!(entry.about));
    }
    if let Needs::Scope(scope) = row.needs {
        map.insert("x-scope".to_owned(), json!(scope));
    }
    if let Some(takes) = &entry.takes {
        map.insert("requestBody".to_owned(), body(row.id, takes, schemas));
    }
    told
}

fn security(needs: Needs) -> Value {
    match needs {
        Needs::Nothing => json!([]),
        Needs::Key | Needs::Scope(_) => json!([{"key": []}, {"key_as_user": []}]),
    }
}

fn parameters(row: &Operation, entry: &Entry) -> Vec<Value> {
    let mut parameters: Vec<Value> = names(row.path).map(|name| in_path(row.path, name)).collect();
    parameters.extend(entry.query.iter().map(super::params::Param::json));
    let is_guarded = row.needs != Needs::Nothing;
    if row.method == "POST" && is_guarded {
        parameters.push(headers::refer("Idempotency-Key"));
    }
    if entry.is_conditional {
        parameters.push(headers::refer("If-Match"));
    }
    if row.method == "GET" && entry.has_version {
        parameters.push(headers::refer("If-None-Match"));
    }
    if row.method != "GET" && is_guarded {
        parameters.push(headers::refer("Prefer"));
    }
    if row.id == "stream_events" {
        parameters.push(headers::refer("Last-Event-ID"));
    }
    parameters
}

/// The names in braces of a path.
fn names(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn in_path(path: &str, name: &str) -> Value {
    let of_id = |about: &'static str| if name == "id" { about } else { "" };
    let about = match path.split('/').nth(1).unwrap_or_default() {
        "orders" if name == "id" => "The order: its id, `number:1061` or `ref:web-10042`.",
        "orders" => "Which hold: `manual`, `address_check`, `fraud_review` or `payment_review`.",
        "products" => "The product: its id, `handle:blue-mug` or `sku:MUG-BLUE`.",
        "collections" if name == "id" => "The collection: its id or `handle:gifts`.",
        "collections" => "The id of the product.",
        "categories" => "The category: its id or `handle:mugs`.",
        "variants" => "The variant: its id or `sku:MUG-BLUE`.",
        "inventory" if name == "variant" => "The variant: its id or `sku:MUG-BLUE`.",
        "inventory" => "The id of the location.",
        "customers" => "The customer: the id or `email:ada@example.com`.",
        "gateways" if name == "gateway" => "The name of the gateway, such as `fake`.",
        "gateways" => "The payment.",
        "problems" => "The code of the problem, with hyphens: `out-of-stock`.",
        "event_types" => "The type of the event, such as `order.placed`.",
        "reports" => "Which report: `sales_by_day`, `best_sellers` and so on.",
        "queues" => "The name of the queue, such as `payments`.",
        _ => of_id("Its id."),
    };
    json!({
        "name": name, "in": "path", "required": true, "description": about, "schema": {"type": "string", "minLength": 1},
    })
}

fn body(id: &str, takes: &Takes, schemas: &mut Schemas) -> Value {
    let schema = takes.shape.map(|shape| schemas.asked(shape));
    let example = examples::request(id).and_then(|asked| asked.body).cloned();
    json!({"required": takes.required, "content": {takes.media: content(takes.media, schema, example)}})
}

/// What a body of a media type holds. Of lines it is the shape of each that is known, which only OpenAPI 3.2 has a word for.
fn content(media: &str, schema: Option<Value>, example: Option<Value>) -> Value {
    let text = json!({"type": "string"});
    let mut told = match schema {
        Some(schema) if media == LINES => json!({"schema": text, "x-itemSchema": schema}),
        schema => json!({"schema": schema.unwrap_or(text)}),
    };
    if let (Some(example), Some(map)) = (example, told.as_object_mut()) {
        map.insert("example".to_owned(), example);
    }
    told
}

fn responses(
    row: &Operation,
    entry: &Entry,
    codes: &[&'static str],
    schemas: &mut Schemas,
) -> Map<String, Value> {
    let mut responses = problems::responses(codes);
    for gives in &entry.gives {
        let mut told = success(row, entry, gives, schemas);
        let status = gives.status.to_string();
        // The same status may come with one of several media types.
        if let (Some(Value::Object(before)), Some(Value::Object(more))) =
            (responses.get_mut(&status).and_then(|known| known.get_mut("content")), told.get_mut("content"))
        {
            before.append(more);
            continue;
        }
        responses.insert(status, told);
    }
    if row.method == "GET" && entry.has_version {
        let told = json!({
            "description": "It is as `If-None-Match` says.",
            "headers": {"ETag": headers::refer_told("ETag"), "X-Request-Id": headers::refer_told("X-Request-Id")},
        });
        responses.insert("304".to_owned(), told);
    }
    responses
}

fn success(row: &Operation, entry: &Entry, gives: &Gives, schemas: &mut Schemas) -> Value {
    let mut told = json!({"description": gives.about, "headers": told_headers(row, entry, gives)});
    if gives.media.is_empty() {
        return told;
    }
    let schema = gives.shape.map(|shape| schemas.shown(shape));
    let example = examples::answer(row.id, gives.status, gives.media);
    if let Some(map) = told.as_object_mut() {
        map.insert("content".to_owned(), json!({gives.media: content(gives.media, schema, example)}));
    }
    told
}

fn told_headers(row: &Operation, entry: &Entry, gives: &Gives) -> Map<String, Value> {
    let is_guarded = row.needs != Needs::Nothing;
    let takes = |name: &str| entry.query.iter().any(|param| param.name == name);
    let pages = takes("limit") && takes("after");
    let told = [
        ("ETag", entry.has_version),
        ("Location", gives.status == 201),
        ("Link", pages),
        ("Idempotency-Replayed", row.method == "POST" && is_guarded),
        ("Preference-Applied", row.method != "GET" && is_guarded),
        ("Retry-After", gives.status == 503),
        ("X-Request-Id", true),
    ];
    let told = told.into_iter().filter(|(_, is_told)| *is_told);
    told.map(|(name, _)| (name.to_owned(), headers::refer_told(name))).collect()
}

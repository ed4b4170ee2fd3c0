//! Which problems an operation can answer, and how they are shown.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::entry::Entry;
use crate::rest::Operation;
use crate::rest::operation::Needs;
use crate::rest::problem::{PAGES, Page, slug};

/// What everything may answer: our fault, and too much at once.
const ALWAYS: [&str; 1] = ["internal"];

/// What every path may answer that asks for a key.
const GUARDED: [&str; 8] = [
    "unauthenticated",
    "key_revoked",
    "dev_key_refused",
    "rate_limited",
    "busy",
    "unavailable",
    "request_timeout",
    "unknown_parameter",
];

/// What may be wrong with a body of JSON.
const JSON: [&str; 5] =
    ["malformed_json", "unknown_field", "validation_failed", "payload_too_large", "unsupported_media_type"];

/// What an idempotency key may be refused for.
const REPEATED: [&str; 2] = ["idempotency_key_required", "idempotency_key_reused"];

/// Every code that an operation can answer, sorted.
pub(super) fn codes(row: &Operation, entry: &Entry) -> Vec<&'static str> {
    let mut codes: Vec<&str> = ALWAYS.to_vec();
    if row.needs != Needs::Nothing {
        codes.extend(GUARDED);
        // Headers and parameters may be wrong anywhere.
        codes.push("validation_failed");
        if row.method == "POST" {
            codes.extend(REPEATED);
        }
    }
    if let Needs::Scope(_) = row.needs {
        codes.push("insufficient_scope");
    }
    if row.path.contains('{') {
        codes.push("not_found");
    }
    if entry.takes.is_some_and(|takes| takes.is_ours) {
        codes.extend(JSON);
    }
    if entry.has_money {
        codes.extend(["money_format", "currency_mismatch"]);
    }
    codes.extend(&entry.codes);
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// An answer for each status that one of these codes has.
pub(super) fn responses(codes: &[&'static str]) -> Map<String, Value> {
    let mut of_status: BTreeMap<u16, Vec<&Page>> = BTreeMap::new();
    for page in codes.iter().filter_map(|code| PAGES.iter().find(|page| page.code == *code)) {
        of_status.entry(page.status).or_default().push(page);
    }
    of_status.into_iter().map(|(status, pages)| (status.to_string(), response(status, &pages))).collect()
}

fn response(status: u16, pages: &[&Page]) -> Value {
    let words: Vec<String> = pages.iter().map(|page| format!("`{}`: {}", page.code, page.title)).collect();
    let examples: Map<String, Value> = pages
        .iter()
        .map(|page| (page.code.to_owned(), json!({"$ref": format!("#/components/examples/{}", page.code)})))
        .collect();
    let mut headers = json!({"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}});
    if let (429 | 503, Some(map)) = (status, headers.as_object_mut()) {
        map.insert("Retry-After".to_owned(), json!({"$ref": "#/components/headers/Retry-After"}));
    }
    json!({
        "description": format!("{}.", words.join("; ")),
        "headers": headers,
        "content": {"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/ProblemBody"},
            "examples": examples,
        }},
        "x-problem-codes": pages.iter().map(|page| page.code).collect::<Vec<_>>(),
    })
}

/// A body for each code, to be referred to.
pub(super) fn examples(codes: impl IntoIterator<Item = &'static str>) -> Map<String, Value> {
    let pages = codes.into_iter().filter_map(|code| PAGES.iter().find(|page| page.code == code));
    pages.map(|page| (page.code.to_owned(), json!({"summary": page.title, "value": example(page)}))).collect()
}

fn example(page: &Page) -> Value {
    json!({
        "type": format!("https://shop.example.com/problems/{}", slug(page.code)),
        "title": page.title,
        "status": page.status,
        "code": page.code,
        "detail": page.cause,
        "error": page.cause,
        "instance": "/orders",
        "request_id": "req_01m81p1ecdf46bs8r42wfv2z13",
        "retryable": page.retryable(),
        "errors": [],
    })
}

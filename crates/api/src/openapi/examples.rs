//! Real requests with their answers, for the document: recorded in a shop of the tests, which holds them to what the door
//! says (`crates/api/tests/rest/examples.rs`).

use std::sync::LazyLock;

use serde_json::{Map, Value};

static RECORDED: LazyLock<Map<String, Value>> =
    LazyLock::new(|| serde_json::from_str(include_str!("examples.json")).unwrap_or_default());

/// What was asked for.
pub(super) struct Asked {
    /// Where.
    pub(super) path: &'static str,
    /// With which body.
    pub(super) body: Option<&'static Value>,
}

/// The request of an operation.
pub(super) fn request(id: &str) -> Option<Asked> {
    let recorded = RECORDED.get(id)?;
    Some(Asked { path: recorded.get("path")?.as_str()?, body: recorded.get("request") })
}

/// The answer of an operation with a status: JSON, or a text of a media type.
pub(super) fn answer(id: &str, status: u16, media: &str) -> Option<Value> {
    let essence = media.split(';').next().unwrap_or_default();
    let is_json = essence.ends_with("/json") || essence.ends_with("+json");
    let name = if is_json { status.to_string() } else { format!("{status} {essence}") };
    let recorded = RECORDED.get(id).and_then(|told| told.get("answers")?.get(name));
    recorded.cloned().or_else(|| written(id, essence).map(Value::from))
}

/// How a body looks that is no JSON.
fn written(id: &str, media: &str) -> Option<&'static str> {
    Some(match media {
        "text/event-stream" if id == "graphql" => {
            "event: next\ndata: {\"data\":{…}}\n\nevent: complete\ndata: \n\n"
        }
        "application/graphql" => "type Query {\n  order(id: ID, …): Order\n  …\n}\n",
        "image/svg+xml" => "<svg xmlns=\"http://www.w3.org/2000/svg\">…</svg>",
        "text/html" => "<!doctype html><html lang=\"en\">…",
        "text/event-stream" => "id: evt_01m81p1ecdf46bs8r42wfv2z13\nevent: order.placed\ndata: {…}\n\n",
        "text/plain" if id == "metrics" => "sutler_orders_placed_total{outcome=\"placed\"} 812\n",
        "text/plain" => "ok\n",
        _ => return None,
    })
}

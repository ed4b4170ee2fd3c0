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

/// The answer of an operation with a status.
pub(super) fn answer(id: &str, status: u16, media: &str) -> Option<Value> {
    let recorded = RECORDED.get(id).and_then(|told| told.get("answers")?.get(status.to_string()));
    recorded.cloned().or_else(|| written(id, media).map(Value::from))
}

/// How a body looks that is no JSON.
fn written(id: &str, media: &str) -> Option<&'static str> {
    Some(match media.split(';').next()? {
        "text/html" => "<!doctype html><html lang=\"en\">…",
        "text/event-stream" => "id: evt_01m81p1ecdf46bs8r42wfv2z13\nevent: order.placed\ndata: {…}\n\n",
        "text/plain" if id == "metrics" => "sutler_orders_placed_total{outcome=\"placed\"} 812\n",
        "text/plain" => "ok\n",
        _ => return None,
    })
}

//! The log as others may read it: `CloudEvents` 1.0, persons named by `customer_id` only.

mod facts;
mod live;
mod place;
pub(crate) mod reach;
mod read;
pub mod registry;
mod sayings;
pub mod shape;
mod types;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::Recorded;
use crate::stream::StreamKind;

pub use live::{BEHIND_MAX, KEPT_BYTES_MAX, KEPT_MAX, Live, LiveQuery, Reading, Shown, Told};
pub use place::Gap;
pub use read::{EventPage, EventQuery, Events, LatestPage, LatestQuery};
pub use types::{EventType, TYPES, type_of};
pub(crate) use types::{is_pattern, names, wanted};

/// A `CloudEvents` 1.0 envelope in structured JSON, with the extensions `sequence`, `position` and `causation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublicEvent {
    /// Always `1.0`.
    pub specversion: String,
    /// The event's own id; the same wherever and however often it is read.
    pub id: String,
    /// The shop's public address.
    pub source: String,
    /// Such as `payment.captured`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about, such as `ord_…`.
    pub subject: String,
    /// When it happened, RFC 3339 UTC with milliseconds.
    pub time: String,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// Where the schema of `data` is.
    pub dataschema: String,
    /// The trace it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The version of its subject; grows per subject and may skip numbers.
    pub sequence: String,
    /// Its place in the one global order.
    pub position: String,
    /// The request or job that caused it.
    pub causation: Option<String>,
    /// What happened.
    pub data: Value,
}

/// An event as others may read it; `None` for internal ones.
pub fn public(event: &Recorded, source: &str) -> Option<PublicEvent> {
    let kind = type_of(event)?;
    Some(PublicEvent {
        specversion: "1.0".to_owned(),
        id: event.event_id.to_string(),
        source: source.to_owned(),
        kind: kind.to_owned(),
        subject: event.stream.id().to_owned(),
        time: rfc3339(event.at),
        datacontenttype: "application/json".to_owned(),
        dataschema: registry::address(kind, source),
        traceparent: event.traceparent.clone(),
        sequence: event.version.to_string(),
        position: event.position.to_string(),
        causation: event.causation.clone(),
        data: data(event, kind),
    })
}

/// RFC 3339, UTC, with milliseconds.
pub fn rfc3339(at: jiff::Timestamp) -> String {
    format!("{at:.3}")
}

/// `{"object": the facts of the event, "order": which order, for events of one}`. Means of payment, contacts and
/// what goods cost the shop stay inside.
fn data(event: &Recorded, kind: &str) -> Value {
    let facts = match serde_json::from_str(&event.body) {
        Ok(Value::Object(map)) => map.into_iter().next().map_or(Value::Null, |(_, facts)| facts),
        _ => Value::Null,
    };
    let mut object = match facts {
        Value::Object(map) => map,
        _ => Map::new(),
    };
    object.remove("token");
    object.remove("contact");
    // A secret of one buyer's browser is for nobody who listens.
    if let Some(Value::Object(next_action)) = object.get_mut("next_action") {
        next_action.remove("client_secret");
    }
    object.remove("hash");
    // What goods cost the shop is for those who may write its catalog.
    let variants = object.get_mut("variants").and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten().filter_map(Value::as_object_mut) {
        variant.remove("cost");
    }
    let what = kind.split('.').next().unwrap_or(kind);
    object.insert("object".to_owned(), Value::from(what));
    let mut data = Map::from_iter([("object".to_owned(), Value::Object(object))]);
    if event.stream.kind() == StreamKind::Order {
        let order = serde_json::json!({
            "order_id": event.stream.id(),
            "number": event.number.map(|n| n.to_string()),
            "version": event.version.0,
        });
        data.insert("order".to_owned(), order);
    }
    Value::Object(data)
}

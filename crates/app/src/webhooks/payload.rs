//! What is sent: the event as everybody reads it, or its ids only.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::delivery::{Delivery, Form};
use super::endpoint::{Endpoint, Payload};
use super::signature;
use crate::event::Recorded;
use crate::public::{PublicEvent, public};

/// The largest body; what is larger is sent as ids.
pub const BODY_BYTES_MAX: usize = 64 * 1024;

/// What goes to a receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parcel {
    /// Where to.
    pub url: String,
    /// With these headers.
    pub headers: Vec<(String, String)>,
    /// The body, to the byte as it is signed.
    pub body: Vec<u8>,
    /// What of the event it holds.
    pub form: Form,
}

impl Parcel {
    /// The parcel of an attempt that begins now; `None` for an event that nobody is told of.
    pub(super) fn of(
        endpoint: &Endpoint,
        delivery: &Delivery,
        event: &Recorded,
        source: &str,
        now: Timestamp,
    ) -> Option<Self> {
        let (body, form) = body(event, endpoint.payload, source)?;
        let (id, timestamp_s) = (event.event_id.as_str(), now.as_second());
        let signature = signature::sign(endpoint.secrets_at(now), id, timestamp_s, &body);
        let header = |name: &str, value: String| (name.to_owned(), value);
        let headers = vec![
            header("content-type", endpoint.content_type.clone()),
            header("user-agent", format!("sutler/{}", env!("CARGO_PKG_VERSION"))),
            header("webhook-id", id.to_owned()),
            header("webhook-timestamp", timestamp_s.to_string()),
            header("webhook-signature", signature),
            header("x-sutler-attempt", delivery.attempts.saturating_add(1).to_string()),
        ];
        Some(Self { url: endpoint.url.clone(), headers, body, form })
    }
}

/// The body of an event in this form, and what of the event it holds.
pub fn body(event: &Recorded, payload: Payload, source: &str) -> Option<(Vec<u8>, Form)> {
    let shown = public(event, source)?;
    if payload == Payload::Full {
        let full = json(&shown);
        if full.len() <= BODY_BYTES_MAX {
            return Some((full, Form::Full));
        }
    }
    let form = if payload == Payload::Thin { Form::Thin } else { Form::Truncated };
    Some((json(&thin(shown, form)), form))
}

/// The envelope is plain data with string keys, which always has a JSON form.
fn json(event: &PublicEvent) -> Vec<u8> {
    serde_json::to_vec(event).unwrap_or_default()
}

/// The envelope, and of the data what names things: `object`, and whatever ends in `_id`.
fn thin(mut event: PublicEvent, form: Form) -> PublicEvent {
    let Value::Object(data) = event.data else { return event };
    let mut kept = Map::new();
    for (name, value) in data {
        let Value::Object(facts) = value else { continue };
        let names = facts.into_iter().filter(|(name, value)| {
            let is_name = name.ends_with("_id") || matches!(name.as_str(), "object" | "number" | "version");
            is_name && !value.is_object() && !value.is_array()
        });
        kept.insert(name, Value::Object(names.collect()));
    }
    if form == Form::Truncated {
        kept.insert("truncated".to_owned(), Value::Bool(true));
    }
    event.data = Value::Object(kept);
    event
}

#[cfg(test)]
mod tests {
    use sutler_domain::{EventId, OrderId, Position, Version};

    use super::*;
    use crate::stream::StreamId;

    fn event(extra: &str) -> Recorded {
        let order = OrderId::parse("ord_01h455vb4pex5vsknk084sn02q").unwrap();
        Recorded {
            position: Position(7),
            event_id: EventId::parse("evt_01h455vb4pex5vsknk084sn02q").unwrap(),
            stream: StreamId::from(&order),
            version: Version(4),
            name: "OrderCanceled".to_owned(),
            body: format!(r#"{{"OrderCanceled":{{"customer_id":"C1","reason":"{extra}"}}}}"#),
            at: "2026-11-22T13:06:56.120Z".parse().unwrap(),
            recorded_at: "2026-11-22T13:06:56.120Z".parse().unwrap(),
            actor: "system".to_owned(),
            causation: None,
            traceparent: None,
            number: None,
            hash: [0; 32],
        }
    }

    fn sent(event: &Recorded, payload: Payload) -> (Value, Form, usize) {
        let (bytes, form) = body(event, payload, "https://shop.example").unwrap();
        (serde_json::from_slice(&bytes).unwrap(), form, bytes.len())
    }

    #[test]
    fn a_thin_payload_names_and_tells_nothing() {
        let (full, form, _) = sent(&event("ordered twice"), Payload::Full);
        assert_eq!((form, &full["data"]["object"]["reason"]), (Form::Full, &Value::from("ordered twice")));
        let (thin, form, _) = sent(&event("ordered twice"), Payload::Thin);
        assert_eq!(form, Form::Thin);
        assert_eq!(thin["data"]["object"], serde_json::json!({"customer_id": "C1", "object": "order"}));
        assert_eq!(thin["data"]["order"]["order_id"], full["data"]["order"]["order_id"]);
        assert_eq!(thin["id"], full["id"]);
        assert_eq!(thin["data"]["truncated"], Value::Null);
    }

    #[test]
    fn what_is_too_large_is_sent_as_ids_and_says_so() {
        let just = BODY_BYTES_MAX - sent(&event(""), Payload::Full).2;
        let (_, form, bytes) = sent(&event(&"x".repeat(just)), Payload::Full);
        assert_eq!((form, bytes), (Form::Full, BODY_BYTES_MAX));
        let (cut, form, bytes) = sent(&event(&"x".repeat(just + 1)), Payload::Full);
        assert_eq!((form, &cut["data"]["truncated"]), (Form::Truncated, &Value::Bool(true)));
        assert!(bytes < 2000);
    }
}

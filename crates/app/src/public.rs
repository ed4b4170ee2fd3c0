//! The log as others may read it: `CloudEvents` 1.0, persons named by `customer_id` only.

mod types;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sutler_domain::{EventId, Fault, Position};

use crate::Room;
use crate::caller::Caller;
use crate::error::{Kind, Problem};
use crate::event::Recorded;
use crate::ports::{EventFilter, FeedCursor};
use crate::stream::StreamKind;

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
        dataschema: format!("{source}/event_types/{kind}/1.json"),
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

/// `{"object": the facts of the event, "order": which order, for events of one}`. Means of payment and contacts
/// stay inside.
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

/// Which events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// Exact types, `order.*` or `*`; empty: all.
    pub types: Vec<String>,
    /// About this subject.
    pub subject: Option<String>,
    /// After this place: a cursor that a page gave, the id of an event, or `now` for what comes next.
    pub after: Option<String>,
    /// At most so many.
    pub limit: u32,
}

/// A page of events, oldest first.
#[derive(Clone, Debug, PartialEq)]
pub struct EventPage {
    /// The events.
    pub events: Vec<PublicEvent>,
    /// Where to go on, also when there is nothing more yet.
    pub next: String,
    /// Whether there is more already.
    pub has_more: bool,
}

/// The log as others may read it.
#[derive(Clone)]
pub struct Events {
    room: Room,
}

impl Events {
    pub(crate) const fn new(room: Room) -> Self {
        Self { room }
    }

    /// Events after a place, oldest first, as far back as `events.retention` reaches.
    pub async fn list(&self, caller: &Caller, query: &EventQuery) -> Result<EventPage, Problem> {
        caller.may("events:read")?;
        let names = types::names_of(&query.types).map_err(|fault| Problem::invalid(vec![fault]))?;
        let filter = EventFilter { names: Some(names), subject: query.subject.clone() };
        let feed = &self.room.ports.feed;
        let epoch = feed.epoch().await?;
        let mut position = self.start(query.after.as_deref(), &epoch).await?;
        let oldest =
            self.room.now().checked_sub(self.room.settings.events_retention).unwrap_or(jiff::Timestamp::MIN);
        let fetched = feed.after(position, &filter, query.limit).await?;
        let full = u32::try_from(fetched.len()).is_ok_and(|len| len >= query.limit);
        let mut events = Vec::with_capacity(fetched.len());
        for event in &fetched {
            position = event.position;
            let shown = public(event, &self.room.settings.public_url)
                .filter(|e| types::wanted(&query.types, &e.kind));
            events.extend(shown.filter(|_| event.recorded_at >= oldest));
        }
        Ok(EventPage { events, next: format!("{epoch}:{position}"), has_more: full })
    }

    async fn start(&self, after: Option<&str>, epoch: &str) -> Result<Position, Problem> {
        let Some(after) = after else { return Ok(Position(0)) };
        if after == "now" {
            return Ok(*self.room.ports.feed.head().borrow());
        }
        if after.starts_with("evt_") {
            let found = match EventId::parse(after) {
                Ok(id) => self.room.ports.feed.event(&id).await?,
                Err(_) => None,
            };
            return found.map(|e| e.position).ok_or_else(|| Problem::not_found("event", after));
        }
        let cursor = after.split_once(':').and_then(|(epoch, position)| {
            Some(FeedCursor { epoch: epoch.to_owned(), position: Position(position.parse().ok()?) })
        });
        let bad = || {
            Problem::invalid(vec![Fault::invalid(
                "/after",
                "the cursor is not one of the event log; start without one",
            )])
        };
        let cursor = cursor.ok_or_else(bad)?;
        let head = *self.room.ports.feed.head().borrow();
        if cursor.epoch != epoch || cursor.position > head {
            let detail =
                "the log was restored since this cursor was given; read again from the oldest position";
            return Err(Problem::new(Kind::NotFound, "cursor_stale", detail)
                .fact("epoch", epoch)
                .fact("oldest_position", 1));
        }
        Ok(cursor.position)
    }

    /// One event.
    pub async fn get(&self, caller: &Caller, id: &EventId) -> Result<PublicEvent, Problem> {
        caller.may("events:read")?;
        let found = self.room.ports.feed.event(id).await?;
        let shown = found.and_then(|event| public(&event, &self.room.settings.public_url));
        shown.ok_or_else(|| Problem::not_found("event", id))
    }
}

//! Events: what happened, newest first.

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use sutler_app::Problem;
use sutler_app::public::{LatestQuery, PublicEvent};
use sutler_domain::{EventId, Position};

use super::desk::{Desk, Frame, Shown, shown};
use super::lists::{self, Choice};
use super::timeline;
use super::words::{self as w, Html};
use crate::rest::Api;

/// Events of one page.
const PAGE: usize = 50;

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/admin/events", get(list)).route("/admin/events/{id}", get(show))
}

/// An event as a row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) words: String,
    pub(crate) tone: &'static str,
    pub(crate) icon: Html,
    pub(crate) at: Html,
    pub(crate) subject: String,
    pub(crate) subject_href: Option<String>,
    pub(crate) position: String,
}

/// The row of an event.
pub(crate) fn row(event: &PublicEvent, desk: &Desk) -> Row {
    let (tone, icon) = timeline::look(&event.kind);
    let number = event.data.get("order").and_then(|order| order.get("number")?.as_str()).map(str::to_owned);
    let prefix = &desk.api.app.settings.number_prefix;
    Row {
        id: event.id.clone(),
        words: timeline::spoken(&event.kind),
        kind: event.kind.clone(),
        tone,
        icon,
        at: event.time.parse().map_or_else(|_| Html::default(), w::clock_day),
        subject: number.map_or_else(|| w::short_id(&event.subject), |number| format!("#{prefix}{number}")),
        subject_href: subject_href(&event.subject),
        position: event.position.clone(),
    }
}

/// The page of what an event is about.
pub(crate) fn subject_href(subject: &str) -> Option<String> {
    let (prefix, _) = subject.split_once('_')?;
    match prefix {
        "ord" => Some(format!("/admin/orders/{subject}")),
        "prod" => Some(format!("/admin/products/{subject}")),
        "we" | "whe" => Some(format!("/admin/webhooks/{subject}")),
        "cus" => Some(format!("/admin/customers/{subject}")),
        "ret" => Some(format!("/admin/returns/{subject}")),
        "usr" => Some(format!("/admin/users/{subject}/edit")),
        "job" => Some(format!("/admin/jobs/{subject}")),
        _ => None,
    }
}

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    frame: Frame,
    groups: Vec<Choice>,
    subject: String,
    rows: Vec<Row>,
    older: Option<String>,
    is_first: bool,
    is_filtered: bool,
}

/// The groups of types, as the filter has them.
const GROUPS: [&str; 8] =
    ["order", "payment", "refund", "fulfillment", "inventory", "product", "webhook", "job"];

async fn list(desk: Desk) -> Shown {
    let uri = &desk.uri;
    let (types, subject) = (lists::values(uri, "type"), lists::value(uri, "subject"));
    let upto = lists::value(uri, "upto").and_then(|text| text.parse().ok()).map(Position);
    let query = LatestQuery { types: types.clone(), subject: subject.clone(), upto, limit: PAGE };
    let page = desk.api.app.events.latest(desk.caller(), &query).await?;
    let groups = GROUPS.map(|group| {
        let value = format!("{group}.*");
        let chosen = types.contains(&value);
        Choice { value, words: timeline::spoken(group), chosen }
    });
    let view = EventsPage {
        frame: desk.frame("Events", "events"),
        groups: groups.to_vec(),
        rows: page.events.iter().map(|event| row(event, &desk)).collect(),
        older: page.older.map(|at| lists::with(uri, &[("upto", Some(&at.0.to_string()))])),
        is_first: upto.is_none(),
        is_filtered: !types.is_empty() || subject.is_some(),
        subject: subject.unwrap_or_default(),
    };
    Ok(shown(&view))
}

#[derive(Template)]
#[template(path = "event.html")]
struct EventPage {
    frame: Frame,
    row: Row,
    json: String,
}

async fn show(desk: Desk, Path(id): Path<String>) -> Shown {
    let event_id = EventId::parse(&id).map_err(|_| Problem::not_found("event", w::short_id(&id)))?;
    let event = desk.api.app.events.get(desk.caller(), &event_id).await?;
    let row = row(&event, &desk);
    let view = EventPage {
        frame: desk.frame(row.words.clone(), "events").under("/admin/events", "Events"),
        row,
        json: serde_json::to_string_pretty(&event).unwrap_or_default(),
    };
    Ok(shown(&view))
}

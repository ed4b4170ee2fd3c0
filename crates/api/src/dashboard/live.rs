//! What happens, as it happens: one stream a tab. It carries what changed, never a page; the page fetches itself anew.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::stream;
use serde_json::json;
use sutler_app::public::{LiveQuery, Told};

use super::desk::{Desk, Shown};
use crate::rest::Api;

/// How often a line is sent where nothing happens, so that nobody on the way takes the stream for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// When a browser comes back that lost its stream.
const RETRY: Duration = Duration::from_secs(2);

/// How long a stream goes on. Then the browser comes back, and whoever may no longer look is not let in.
const OPEN_MAX: Duration = Duration::from_mins(5);

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/admin/live", get(follow))
}

async fn follow(desk: Desk, headers: HeaderMap) -> Shown {
    let last_seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let last_seen = last_seen.filter(|id| !id.is_empty());
    let query = LiveQuery { last_seen, ..LiveQuery::default() };
    let place = desk.api.streams.take()?;
    let reading = desk.api.app.live.open(desk.caller(), &query).await?;
    let end = tokio::time::Instant::now() + OPEN_MAX;
    let told = stream::unfold((reading, place), move |(mut reading, place)| async move {
        let told = tokio::time::timeout_at(end, reading.next()).await.ok().flatten()?;
        Some((Ok::<_, Infallible>(message(&told)), (reading, place)))
    });
    let mut response: Response =
        Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

fn message(told: &Told) -> Event {
    match told {
        Told::Event(shown) => {
            let data = json!({"type": shown.kind, "subject": shown.subject});
            Event::default().id(&shown.id).event("change").data(data.to_string())
        }
        Told::Open { cursor } => Event::default().id(cursor).event("open").retry(RETRY).data("{}"),
        Told::Gap { cursor, .. } => Event::default().id(cursor).event("gap").retry(RETRY).data("{}"),
        Told::Slow { .. } => Event::default().event("slow").data("{}"),
    }
}

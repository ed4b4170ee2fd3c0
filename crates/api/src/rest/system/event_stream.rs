//! The log as it grows, as server-sent events: `id`, `event` and `data` of each, a comment while nothing happens.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, stream};
use serde_json::{Value, json};
use sutler_app::public::{LiveQuery, Reading, Told};
use sutler_app::{Caller, Kind, Problem};
use sutler_domain::{ApiKeyId, Fault};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Interval, MissedTickBehavior, timeout};

use super::events::wanted_types;
use super::pace::{Pace, Paced};
use crate::rest::fields::shortened;
use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Api, Call, Params, Refusal, metrics};

/// How often a stream on which nothing happens says that it is there; proxies end what is silent for long.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(15);

/// What it says then, to nobody.
const COMMENT: &[u8] = b":\n\n";

/// How long a reader waits before it connects again.
const RETRY: Duration = Duration::from_secs(2);

/// How often it is looked whether the key of a reader still opens anything.
const KEY_LOOK: Duration = Duration::from_secs(15);

/// When to ask for a stream again, where all are taken.
const FULL_RETRY_S: u64 = 5;

pub(super) fn routes() -> Operations {
    operations! {
        get "/events/stream", Scope("events:read"), "stream_events", "The log as it grows" => open;
    }
}

/// Places for streams, and the pace that they share.
#[derive(Debug)]
pub(crate) struct Streams {
    places: Arc<Semaphore>,
    most: usize,
    pace: Arc<Pace>,
}

impl Streams {
    pub(crate) fn new(most: usize, events_per_s: u32) -> Self {
        let most = most.min(Semaphore::MAX_PERMITS);
        Self { places: Arc::new(Semaphore::new(most)), most, pace: Arc::new(Pace::of(events_per_s)) }
    }

    /// Take a place; it is given back when it is dropped.
    pub(crate) fn take(&self) -> Result<OwnedSemaphorePermit, Problem> {
        Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            metrics::stream_refused();
            let detail = format!(
                "{} event streams are open on this server, as many as events.max_streams allows; try again in \
                 {FULL_RETRY_S} s, or read GET /events",
                self.most
            );
            Problem::new(Kind::Busy, "busy", detail)
                .fact("retry_after", FULL_RETRY_S)
                .fact("streams_max", self.most)
        })
    }
}

/// Somebody who stays, and has a place for it.
pub(crate) struct Guest {
    api: Api,
    /// Whose it is, where it is somebody with a key.
    key_id: Option<ApiKeyId>,
    key_look: Interval,
    _place: OwnedSemaphorePermit,
}

impl Guest {
    /// Take a place.
    pub(crate) fn enter(api: &Api, caller: &Caller) -> Result<Self, Problem> {
        caller.may("events:read")?;
        let place = api.streams.take()?;
        let mut key_look = tokio::time::interval(KEY_LOOK);
        key_look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let key_id = caller.actor.strip_prefix("key:").and_then(|id| ApiKeyId::parse(id).ok());
        Ok(Self { api: api.clone(), key_id, key_look, _place: place })
    }

    /// Waits until it is time to look whether the key stands; for ever where there is none.
    pub(crate) async fn look_due(&mut self) {
        match &self.key_id {
            Some(_) => drop(self.key_look.tick().await),
            None => std::future::pending().await,
        }
    }

    /// Whether its key stands. A store that is away for a moment ends no stream.
    pub(crate) async fn may_stay(&self) -> bool {
        match &self.key_id {
            Some(key_id) => self.api.app.access.stands(key_id).await.unwrap_or(true),
            None => true,
        }
    }
}

/// Somebody who listens.
pub(crate) struct Listener {
    guest: Guest,
    reading: Reading,
    paced: Paced,
    /// Until when the other streams have their turn.
    turn: Option<Instant>,
}

/// What happens from now on, or after a place: `?types=order.*&subject=&after=`. `Last-Event-ID` says what was seen last.
async fn open(
    State(api): State<Api>,
    call: Call,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Refusal> {
    let query = LiveQuery {
        types: wanted_types(&mut params),
        subject: params.text("subject"),
        after: params.text("after"),
        last_seen: last_seen(&headers)?,
    };
    params.done()?;
    let messages = messages(Listener::open(&api, &call.caller, &query).await?);
    let mut response = Body::from_stream(messages).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold back what is short.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

/// The id that a reader saw last. A reader that saw none yet sends it empty.
fn last_seen(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
    let is_place = text.starts_with("evt_") || text.contains(':') || text.is_empty();
    if !is_place {
        let detail =
            format!("'Last-Event-ID' is '{}', which is no id that this stream gave", shortened(&text));
        return Err(Problem::invalid(vec![Fault::invalid("", detail).text("header", "last-event-id")]));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

fn messages(listener: Listener) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(listener, |mut listener| async move {
        let message = match timeout(HEARTBEAT, listener.next()).await {
            Ok(told) => message(&told?),
            Err(_) => Bytes::from_static(COMMENT),
        };
        Some((Ok(message), listener))
    })
}

impl Listener {
    /// Begin to listen.
    pub(crate) async fn open(api: &Api, caller: &Caller, query: &LiveQuery) -> Result<Self, Problem> {
        let guest = Guest::enter(api, caller)?;
        let reading = api.app.live.open(caller, query).await?;
        let paced = Paced::by(Arc::clone(&api.streams.pace));
        Ok(Self { guest, reading, paced, turn: None })
    }

    /// What is told next; nothing more once the key has ended.
    pub(crate) async fn next(&mut self) -> Option<Told> {
        let api = self.guest.api.clone();
        loop {
            tokio::select! {
                told = next_in_turn(&mut self.reading, &api, self.turn) => {
                    self.turn = self.paced.told().inspect(|_| metrics::stream_held());
                    return told;
                }
                // The look itself is no branch: whoever is told much would never come to its end.
                () = self.guest.look_due() => {
                    if !self.guest.may_stay().await {
                        return None;
                    }
                }
            }
        }
    }
}

/// What comes next, and not before its turn, unless the server ends.
async fn next_in_turn(reading: &mut Reading, api: &Api, turn: Option<Instant>) -> Option<Told> {
    if let Some(turn) = turn {
        reading.held();
        tokio::select! {
            () = tokio::time::sleep_until(turn) => {}
            () = api.app.live.closed() => {}
        }
    }
    reading.next().await
}

/// The message that tells it. Only events and where the stream begins have an id: a reader remembers the last one.
fn message(told: &Told) -> Bytes {
    match told {
        Told::Event(shown) => shown.message(|shown| {
            Bytes::from(format!("id: {}\nevent: {}\ndata: {}\n\n", shown.id, shown.kind, shown.json))
        }),
        Told::Open { cursor } => placed("stream.open", cursor, &json!({"after": cursor})),
        Told::Gap { gap, cursor, oldest } => {
            let data = json!({"reason": gap.as_str(), "oldest": oldest, "after": cursor});
            placed("stream.gap", cursor, &data)
        }
        Told::Slow { behind } => {
            let detail =
                "you are too far behind; connect again with the last id that you saw, and you miss nothing";
            let data = json!({"behind": behind, "detail": detail});
            Bytes::from(format!("event: stream.slow\ndata: {data}\n\n"))
        }
    }
}

/// A message that says where a reader is, and when it comes back if it loses the connection.
fn placed(event: &str, cursor: &str, data: &Value) -> Bytes {
    let retry_ms = RETRY.as_millis();
    Bytes::from(format!("event: {event}\nid: {cursor}\nretry: {retry_ms}\ndata: {data}\n\n"))
}

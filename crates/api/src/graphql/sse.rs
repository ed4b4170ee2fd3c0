//! What a document tells, as server-sent events: `next` for each answer, `complete` at the end. It is how a subscription is
//! read without a WebSocket.

use std::convert::Infallible;

use async_graphql::Response as Answer;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, StreamExt};

use super::error::Refused;
use super::ready::{Ready, refused};
use crate::rest::system::HEARTBEAT;

/// Whether the answer is to be told so.
pub(super) fn is_wanted(headers: &HeaderMap) -> bool {
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.any(|text| text.contains("text/event-stream"))
}

/// Tell it.
pub(super) async fn tell(ready: Result<Ready, Refused>, request_id: &str) -> Response {
    let answers = match ready {
        Ok(ready) => ready.listening().await,
        Err(problem) => stream::iter([refused(&problem, request_id)]).boxed(),
    };
    let end = stream::iter([Event::default().event("complete").data("")]);
    let told = answers.map(|answer| next(&answer)).chain(end).map(Ok::<_, Infallible>);
    let mut response = Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // nginx would hold back what is short.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

fn next(answer: &Answer) -> Event {
    // An answer is plain data with string keys, which always has a JSON form.
    let json = serde_json::to_string(answer).unwrap_or_default();
    Event::default().event("next").data(json)
}

//! What happens, as it happens: one stream a tab. It carries what changed, never a page; the page fetches itself anew. A tab that
//! comes back looks at everything anew, so that nothing has to be remembered for it.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::{StreamExt as _, stream};
use tokio::sync::broadcast::error::RecvError;

use super::desk::{Desk, Shown};
use crate::rest::Api;

/// How often a line is sent where nothing happens, so that nobody on the way takes the stream for dead.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// When a browser comes back that lost its stream.
const RETRY: Duration = Duration::from_secs(2);

/// How long a stream goes on. Then the browser comes back, and whoever may no longer look is not let in.
const OPEN_MAX: Duration = Duration::from_mins(5);

/// What somebody is told who missed something.
const ALL: &str = r#"{"all":true,"changes":[]}"#;

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/admin/live", get(follow))
}

async fn follow(desk: Desk) -> Shown {
    let place = desk.api.streams.take()?;
    let pulse = desk.api.pulse.feel(&desk.api, desk.caller()).await?;
    let end = tokio::time::Instant::now() + OPEN_MAX;
    let open = Event::default().event("open").retry(RETRY).data("{}");
    let told = stream::unfold((pulse, place), move |(mut pulse, place)| async move {
        let message = match tokio::time::timeout_at(end, pulse.recv()).await.ok()? {
            Ok(changes) => Event::default().event("changes").data(changes),
            Err(RecvError::Lagged(_)) => Event::default().event("changes").data(ALL),
            Err(RecvError::Closed) => return None,
        };
        Some((message, (pulse, place)))
    });
    let told = stream::once(async { open }).chain(told).map(Ok::<_, Infallible>);
    let mut response: Response =
        Sse::new(told).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    response
        .headers_mut()
        .insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    Ok(response)
}

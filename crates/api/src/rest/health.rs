//! Is it alive, is it ready, and what do the numbers say.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sutler_app::{Kind, Problem};
use sutler_types::Health;

use super::operation::Needs::Nothing;
use super::operation::{Operations, operations};
use super::{Api, Guest, Told, metrics};

pub(super) fn routes() -> Operations {
    operations! {
        get "/livez", Nothing, "livez", "Whether the process can answer" => async || "ok\n";
        get "/readyz", Nothing, "readyz", "Whether it can be sent requests" => ready;
        get "/healthz", Nothing, "healthz", "The same as /readyz" => ready;
        get "/metrics", Nothing, "metrics", "Numbers for Prometheus; from this machine, or with a key" => numbers;
    }
}

/// 200 only if the store can be read and nobody asked this node to stop. The detail is for loopback and for keys.
async fn ready(State(api): State<Api>, guest: Guest) -> Response {
    let storage = api.app.ports.feed.epoch().await;
    let draining = api.is_draining();
    let ready = storage.is_ok() && !draining;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let word = if draining {
        "draining"
    } else if ready {
        "ready"
    } else {
        "not_ready"
    };
    let status_word = word.to_owned();
    let body = if guest.is_trusted() {
        let storage = storage.map_or_else(|error| error.to_string(), |_| "ok".to_owned());
        let checks = Some([("storage".to_owned(), storage)].into());
        Health { status: status_word, checks, version: Some(api.options.version.to_owned()) }
    } else {
        Health { status: status_word, checks: None, version: None }
    };
    let mut response = (status, Json(body)).into_response();
    if !ready {
        response.headers_mut().insert(header::RETRY_AFTER, 1.into());
    }
    response
}

async fn numbers(State(api): State<Api>, guest: Guest) -> Told {
    if !guest.is_trusted() {
        let detail = "metrics are shown to loopback and to API keys only; send one";
        return Err(Problem::new(Kind::Unauthorized, "unauthenticated", detail).into());
    }
    let text = metrics::text(&api).await;
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

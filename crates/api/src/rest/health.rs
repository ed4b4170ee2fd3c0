//! Is it alive, is it ready, and what do the numbers say.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use sutler_app::{Kind, Problem};

use super::{Api, Guest, Told, metrics};

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/livez", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/healthz", get(ready))
        .route("/metrics", get(numbers))
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
    let body = if guest.is_trusted() {
        let storage = storage.map_or_else(|error| error.to_string(), |_| "ok".to_owned());
        json!({"status": word, "checks": {"storage": storage}, "version": api.options.version})
    } else {
        json!({"status": word})
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

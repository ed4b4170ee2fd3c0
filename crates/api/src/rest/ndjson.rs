//! Lines of JSON, in and out.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sutler_app::{Kind, Problem};

use super::body::must_be_plain;
use super::{Params, Refusal};

/// A line of the answer.
pub(super) fn write(bytes: &mut Vec<u8>, line: &impl Serialize) {
    // Our shapes are plain data with string keys, which always have a JSON form.
    _ = serde_json::to_writer(&mut *bytes, line);
    bytes.push(b'\n');
}

/// An answer of lines that come as they are known.
pub(super) fn answer(body: Body) -> Response {
    let mut response = body.into_response();
    response.headers_mut().extend([
        (header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        // nginx would hold back what is short.
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
    ]);
    response
}

/// How a file is to be done.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    /// All of its lines together, or none.
    pub(super) atomic: bool,
    /// None of them in any case.
    pub(super) dry_run: bool,
}

impl Manner {
    /// Read it off a request whose body is lines of JSON, as they are.
    pub(super) fn of(mut params: Params, headers: &HeaderMap) -> Result<Self, Refusal> {
        let atomic = params.flag("atomic").unwrap_or_default();
        let dry_run = params.flag("dry_run").unwrap_or_default();
        params.done()?;
        must_be_plain(headers)?;
        must_be_lines(headers)?;
        Ok(Self { atomic, dry_run })
    }
}

/// The body is announced as lines of JSON.
fn must_be_lines(headers: &HeaderMap) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if matches!(essence.as_str(), "application/x-ndjson" | "application/ndjson" | "application/jsonl") {
        return Ok(());
    }
    let detail = format!("Content-Type '{given}'; send lines of JSON as 'application/x-ndjson'");
    Err(Problem::new(Kind::Invalid, "unsupported_media_type", detail))
}

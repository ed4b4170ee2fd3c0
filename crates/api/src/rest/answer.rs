//! Answers that succeed: status, `Location`, `ETag`, what of the preferences was applied, and the body.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sutler_app::Problem;
use sutler_domain::Version;

use super::{Call, Refusal, metrics};

/// Room for most bodies, an order among them, so that they need not grow.
const BODY_BYTES: usize = 4096;

/// An answer on its way.
pub(crate) struct Answer<'c> {
    call: &'c Call,
    status: StatusCode,
    headers: Vec<(HeaderName, String)>,
    version: Option<Version>,
    waited: bool,
}

impl<'c> Answer<'c> {
    /// 200.
    pub(crate) fn ok(call: &'c Call) -> Self {
        Self { call, status: StatusCode::OK, headers: Vec::new(), version: None, waited: false }
    }

    /// 201, and where the new thing is.
    pub(crate) fn created(call: &'c Call, location: impl Into<String>) -> Self {
        let mut answer = Self::ok(call);
        answer.status = StatusCode::CREATED;
        answer.header(header::LOCATION, location.into())
    }

    /// 204.
    pub(crate) fn gone(call: &Call) -> Response {
        Answer::ok(call)
            .header(header::CACHE_CONTROL, "no-store".to_owned())
            .finish(StatusCode::NO_CONTENT, Body::empty())
    }

    /// The version of what is shown, as `ETag`. A reader who has it already gets 304.
    pub(crate) fn version(mut self, version: Version) -> Self {
        self.version = Some(version);
        self.unsettled(version)
    }

    /// The version of what is shown, as `ETag`, where more is shown than moves it: it is always sent.
    pub(crate) fn unsettled(self, version: Version) -> Self {
        self.header(header::ETAG, format!("\"{version}\""))
    }

    /// Whether the answer was given before.
    pub(crate) fn replayed(self, replayed: bool) -> Self {
        if self.call.caller.idempotency_key.is_some() {
            metrics::idempotency(if replayed { "replayed" } else { "new" });
        }
        let name = HeaderName::from_static("idempotency-replayed");
        if replayed { self.header(name, "true".to_owned()) } else { self }
    }

    /// `Prefer: wait` was heeded.
    pub(crate) const fn waited(mut self) -> Self {
        self.waited = true;
        self
    }

    pub(crate) fn header(mut self, name: HeaderName, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The answer with its body, unless the caller wants none.
    pub(crate) fn json(self, body: &impl Serialize) -> Response {
        self.body(|| json(body))
    }

    /// The answer with this body of JSON, unless the caller wants none or has it.
    pub(crate) fn body(mut self, body: impl FnOnce() -> Bytes) -> Response {
        let mut applied = Vec::new();
        if self.waited && self.call.caller.wait_s > 0 {
            applied.push(format!("wait={}", self.call.caller.wait_s));
        }
        if self.call.minimal {
            applied.push("return=minimal".to_owned());
        }
        if !applied.is_empty() {
            self = self.header(HeaderName::from_static("preference-applied"), applied.join(", "));
        }
        if self.version.is_some_and(|version| self.status == StatusCode::OK && self.call.has(version)) {
            return self.finish(StatusCode::NOT_MODIFIED, Body::empty());
        }
        let status = self.status;
        if self.call.minimal {
            return self.finish(status, Body::empty());
        }
        self.header(header::CONTENT_TYPE, "application/json".to_owned()).finish(status, Body::from(body()))
    }

    /// The answer to a request that changed something and still did not succeed: the problem, with the same headers.
    pub(crate) fn refused(self, problem: Problem) -> Response {
        let mut response = Refusal::from(problem).into_response();
        self.write(response.headers_mut());
        response
    }

    fn finish(self, status: StatusCode, body: Body) -> Response {
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        // What is shown depends on the key, and persons may be erased.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
        self.write(headers);
        response
    }

    fn write(self, headers: &mut HeaderMap) {
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

/// A body written down.
pub(crate) fn json(body: &impl Serialize) -> Bytes {
    let mut bytes = Vec::with_capacity(BODY_BYTES);
    // Our shapes are plain data with string keys, which always have a JSON form.
    _ = serde_json::to_writer(&mut bytes, body);
    bytes.into()
}

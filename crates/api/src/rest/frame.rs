//! What stands around every request: its id, its time, its line in the log, its numbers, and the body of its problem.

use std::any::Any;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sutler_app::{Kind, Problem};
use sutler_domain::RequestId as TypedRequestId;
use tracing::{Instrument, info, info_span};

use super::auth::Identity;
use super::extract::WAIT_MAX_S;
use super::problem::{Asked, render};
use super::{Api, Refusal, compress, metrics};

/// The longest request id taken over from a caller, in characters.
const REQUEST_ID_MAX: usize = 64;

/// How long a whole file may take to arrive and to be taken in.
const FILE_LIMIT: Duration = Duration::from_mins(15);

static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request at hand.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) String);

/// Run a request inside its frame.
pub(super) async fn frame(State(api): State<Api>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = request_id(&api, request.headers());
    request.extensions_mut().insert(RequestId(request_id.clone()));
    let method = request.method().clone();
    let uri = request.uri().clone();
    let path = uri.path();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("-", MatchedPath::as_str);
    let trace_id =
        traceparent(request.headers()).and_then(|t| t.get(3..35).map(str::to_owned)).unwrap_or_default();
    let span = info_span!("request", request_id, trace_id);

    let limit = match route {
        "/imports" | "/orders/bulk" => FILE_LIMIT,
        _ => api.options.request_timeout.saturating_add(Duration::from_secs(WAIT_MAX_S.into())),
    };
    let answered = tokio::time::timeout(limit, compress::run(request, next).instrument(span.clone())).await;
    let mut response = answered.unwrap_or_else(|_| too_late(limit).into_response());

    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let detail = format!("'{path}' does not take {method}; 'Allow' lists the methods it takes");
        let problem = Problem::new(Kind::Invalid, "method_not_allowed", detail);
        response.extensions_mut().insert(Refusal::from(problem));
    }
    let refusal = response.extensions_mut().remove::<Refusal>();
    if let Some(Refusal(problem)) = &refusal {
        metrics::problem(problem, route);
        let asked = Asked { path, request_id: &request_id, docs_url: &api.options.docs_url };
        response = render(problem, &asked, response);
    }
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(X_REQUEST_ID.clone(), value);
    }
    secure(response.headers_mut());
    let took = started.elapsed();
    metrics::request(&method, route, response.status(), took);
    let _entered = span.enter();
    info!(
        method = method.as_str(),
        route,
        path,
        status = response.status().as_u16(),
        duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        key_id = response.extensions().get::<Identity>().map_or("", |identity| identity.actor.as_str()),
        error = refusal.map_or("", |Refusal(problem)| problem.code),
        "request"
    );
    response
}

fn too_late(limit: Duration) -> Refusal {
    let detail = format!(
        "no answer within {} s; repeat it with the same Idempotency-Key to learn what became of it",
        limit.as_secs()
    );
    Problem::new(Kind::Busy, "request_timeout", detail).into()
}

/// The caller's id when it is safe to repeat, else a fresh one.
fn request_id(api: &Api, headers: &HeaderMap) -> String {
    let safe = |text: &&str| {
        (1..=REQUEST_ID_MAX).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
    };
    let given = headers.get(&X_REQUEST_ID).and_then(|value| value.to_str().ok()).filter(safe);
    given.map_or_else(|| TypedRequestId::new(api.app.ports.ids.uuid()).to_string(), str::to_owned)
}

/// The trace of a request (W3C Trace Context, version 00); anything else is ignored, as the standard asks.
pub(crate) fn traceparent(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, parent, flags] = parts.as_slice() else { return None };
    let zero = |part: &str| part.bytes().all(|b| b == b'0');
    let valid = *version == "00" && hex(trace, 32) && hex(parent, 16) && hex(flags, 2);
    (valid && !zero(trace) && !zero(parent)).then_some(text)
}

/// A handler panicked: our fault, told without its insides.
#[expect(clippy::needless_pass_by_value, reason = "the layer that catches panics hands the cause over")]
pub(super) fn broke(cause: Box<dyn Any + Send>) -> Response {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| cause.downcast_ref::<String>().cloned()).unwrap_or_default();
    Refusal::from(Problem::internal(&format!("a handler panicked: {text}"))).into_response()
}

/// Nothing is to be guessed about a body, nothing of ours runs in a frame of others, and our pages load nothing.
fn secure(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.entry(header::REFERRER_POLICY).or_insert(HeaderValue::from_static("no-referrer"));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'";
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(policy));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_our_fault_and_keeps_its_insides() {
        let response = broke(Box::new("the secret of the shop"));
        let Refusal(problem) = response.extensions().get::<Refusal>().unwrap();
        assert_eq!((response.status().as_u16(), problem.code), (500, "internal"));
        assert!(!problem.detail.contains("secret"));
    }

    #[test]
    fn only_a_whole_traceparent_is_taken() {
        let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let zero = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
        for (given, taken) in [(good, true), (zero, false), ("00-x-y-z", false), ("", false)] {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", given.parse().unwrap());
            assert_eq!(traceparent(&headers).is_some(), taken, "{given}");
        }
    }
}

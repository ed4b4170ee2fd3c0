//! Errors as answers: RFC 9457 bodies, and the pages that explain their codes. The one place where a kind of error
//! becomes a status.

mod page;
mod pages;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use sutler_app::error::fact_json;
use sutler_app::{Kind, Problem};
use sutler_domain::Fault;
use sutler_types::{FieldFault, ProblemBody};

pub(crate) use page::{document, escaped, marked, routes};
pub use pages::{PAGES, Page};

/// The problem type that RFC 9457's registry gives to a used-up quota (draft-ietf-httpapi-ratelimit-headers-10).
const QUOTA_EXCEEDED: &str = "https://iana.org/assignments/http-problem-types#quota-exceeded";

/// A handler's error. It travels as an extension of an empty response; the frame, which knows the request, writes
/// the body (`render`).
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal(pub Box<Problem>);

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = status_of(&self.0).into_response();
        if let Some(seconds) = self.0.facts.get("retry_after").and_then(Value::as_u64) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// The page of a code.
pub fn page_of(code: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.code == code)
}

/// The status of a problem: that of its code, else that of its kind.
pub fn status_of(problem: &Problem) -> StatusCode {
    let of_kind = match problem.kind {
        Kind::Invalid => 400,
        Kind::Unauthorized => 403,
        Kind::NotFound => 404,
        Kind::Conflict | Kind::Refused => 409,
        Kind::Busy => 503,
        Kind::Internal => 500,
    };
    let status = page_of(problem.code).map_or(of_kind, |page| page.status);
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What the frame knows of the request that failed.
pub(crate) struct Asked<'a> {
    /// The path.
    pub(crate) path: &'a str,
    /// The request's id.
    pub(crate) request_id: &'a str,
    /// Where the pages are served from.
    pub(crate) docs_url: &'a str,
}

/// The answer that tells a problem. The headers that the refusal was given on its way are kept.
pub(crate) fn render(problem: &Problem, asked: &Asked<'_>, mut response: Response) -> Response {
    let status = status_of(problem);
    let body = body_of(problem, asked, status);
    // A problem body is plain data with string keys, which always has a JSON form.
    *response.body_mut() = Body::from(serde_json::to_vec(&body).unwrap_or_default());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let set = |name: HeaderName, value: &'static str| (name, HeaderValue::from_static(value));
    headers.extend([
        set(header::CONTENT_TYPE, "application/problem+json"),
        set(header::CACHE_CONTROL, "no-store"),
    ]);
    headers.remove(header::CONTENT_LENGTH);
    if status == StatusCode::UNAUTHORIZED {
        headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"sutler\""));
        headers.append(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"sutler\""));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("1"));
    }
    response
}

/// The body of a problem that is told where there is no answer left to give a status to.
pub(crate) fn body_alone(problem: &Problem) -> ProblemBody {
    body_of(problem, &Asked { path: "/imports", request_id: "", docs_url: "" }, status_of(problem))
}

/// The body of a problem, in an answer of its own or as a part of another one.
pub(crate) fn body_of(problem: &Problem, asked: &Asked<'_>, status: StatusCode) -> ProblemBody {
    let page = page_of(problem.code);
    // An order that was declined is remembered with its answer, which must be equal to the byte when it is repeated.
    let remembered = problem.code == "payment_declined";
    ProblemBody {
        kind: match problem.code {
            "rate_limited" => QUOTA_EXCEEDED.to_owned(),
            code => format!("{}/problems/{}", asked.docs_url.trim_end_matches('/'), slug(code)),
        },
        title: page.map_or("Something is wrong", |page| page.title).to_owned(),
        status: status.as_u16(),
        code: problem.code.to_owned(),
        detail: problem.detail.clone(),
        error: problem.detail.clone(),
        instance: asked.path.to_owned(),
        request_id: (!remembered).then(|| asked.request_id.to_owned()),
        retryable: page.map_or(status.is_server_error(), Page::retryable),
        errors: problem.errors.iter().map(fault_body).collect(),
        facts: problem.facts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
    }
}

fn fault_body(fault: &Fault) -> FieldFault {
    let facts: Map<String, Value> =
        fault.facts.iter().map(|(name, fact)| ((*name).to_owned(), fact_json(fact))).collect();
    FieldFault {
        pointer: fault.pointer.clone(),
        code: fault.code.to_owned(),
        detail: fault.detail.clone(),
        facts,
    }
}

/// `out_of_stock` as it stands in a path: `out-of-stock`.
pub(crate) fn slug(code: &str) -> String {
    code.replace('_', "-")
}

/// This server runs jobs, and answers nothing else.
pub(crate) async fn only_a_worker() -> Refusal {
    let detail = "this server only runs jobs (role = \"worker\") and answers /livez, /readyz and /metrics; \
                  ask a server with the role api or all";
    Problem::new(Kind::NotFound, "not_found", detail).into()
}

/// There is no such path.
pub(crate) async fn no_such_path(uri: axum::http::Uri) -> Refusal {
    let path: String = uri.path().chars().take(200).collect();
    Problem::new(
        Kind::NotFound,
        "not_found",
        format!("there is nothing at '{path}'; the paths are in docs/api.md"),
    )
    .into()
}

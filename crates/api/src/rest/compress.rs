//! Answers in a form that takes less of the line, for those who say that they read it.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use tower::ServiceExt;
use tower_http::compression::Compression;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

/// Bodies below this are sent as they are: they fit into one packet anyway.
const COMPRESSED_BYTES_MIN: u64 = 1024;

/// Answer a request, compressed if it may be. What compresses is kilobytes of state, so whoever did not ask for it passes by
/// it.
pub(super) async fn run(request: Request, next: Next) -> Response {
    // What is answered line by line is read line by line: nothing may wait for a block to be full.
    let lines = NotForContentType::const_new("application/x-ndjson");
    let worth_it = SizeAbove::new(COMPRESSED_BYTES_MIN).and(NotForContentType::SSE).and(lines);
    if request.headers().contains_key(header::ACCEPT_ENCODING) {
        let compression = Compression::new(next).compress_when(worth_it);
        let Ok(response) = Box::pin(compression.oneshot(request)).await;
        return response.map(Body::new);
    }
    let mut response = next.run(request).await;
    // A cache on the way must know that others get it in another form.
    if worth_it.should_compress(&response) {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    response
}

//! A page on which to try documents: one file, which loads nothing from anywhere.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::rest::{Api, Params, Refusal};

/// The page. The word stands where the nonce of each answer goes.
const PAGE: &str = include_str!("console.html");
const NONCE: &str = "{{nonce}}";

/// Show it to a browser; a program that sends a document so is told to post it.
pub(super) async fn show(
    State(api): State<Api>,
    headers: HeaderMap,
    params: Params,
) -> Result<Response, Refusal> {
    let mut accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if !accepted.any(|text| text.contains("text/html")) {
        return Ok((StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "POST")]).into_response());
    }
    params.done()?;
    let nonce = STANDARD.encode(api.app.ports.ids.secret());
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'"
    );
    let page = PAGE.replace(NONCE, &nonce);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    Ok((headers, page).into_response())
}

//! What stands before every page: what a browser may load and run, and from where a form may come.

use axum::extract::Request;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Everything comes from here. A page that has a script of its own names it by a word that is never used again.
const POLICY: &str = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
                      form-action 'self'; img-src 'self' https: data:";

/// The word that the script of a page is named by; a handler puts it into the extensions of its answer.
#[derive(Clone)]
pub(crate) struct Nonce(pub(crate) String);

/// Refuse what another site sends in a person's name, and say what the page may do.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let is_change = !matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if is_change && origin(request.headers()) == Site::Another {
        (StatusCode::FORBIDDEN, "This form was sent from another site. Open the page here and send it again.")
            .into_response()
    } else {
        next.run(request).await
    };
    let nonce = response.extensions_mut().remove::<Nonce>();
    let policy = nonce.map(|Nonce(nonce)| format!("{POLICY}; script-src 'self' 'nonce-{nonce}'"));
    let policy = policy.and_then(|policy| HeaderValue::from_str(&policy).ok());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.unwrap_or(HeaderValue::from_static(POLICY)));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Who wrote the page that sends this, as the browser says; pages cannot change that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Site {
    /// We did.
    Ours,
    /// Somebody else did.
    Another,
    /// The browser does not say; then only a word in the form does.
    Unknown,
}

/// `Sec-Fetch-Site`, else `Origin` beside `Host`.
pub(super) fn origin(headers: &HeaderMap) -> Site {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text(HeaderName::from_static("sec-fetch-site")), text(header::ORIGIN)) {
        (Some("same-origin" | "none"), _) => Site::Ours,
        (Some(_), _) => Site::Another,
        (None, Some(origin)) => {
            let origin = origin.parse::<Uri>().ok();
            let host = origin.as_ref().and_then(Uri::authority).map(Authority::as_str);
            if host.is_some() && host == text(header::HOST) { Site::Ours } else { Site::Another }
        }
        (None, None) => Site::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_says_from_where_a_form_comes() {
        for (pairs, site) in [
            (&[("sec-fetch-site", "same-origin")][..], Site::Ours),
            (&[("sec-fetch-site", "none")], Site::Ours),
            (&[("sec-fetch-site", "same-site")], Site::Another),
            (
                &[("sec-fetch-site", "cross-site"), ("origin", "https://shop.test"), ("host", "shop.test")],
                Site::Another,
            ),
            (&[("origin", "https://shop.test"), ("host", "shop.test")], Site::Ours),
            (&[("origin", "https://shop.test:8443"), ("host", "shop.test")], Site::Another),
            (&[("origin", "null"), ("host", "shop.test")], Site::Another),
            (&[("host", "shop.test")], Site::Unknown),
        ] {
            let headers: HeaderMap = pairs
                .iter()
                .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), HeaderValue::from_static(value)))
                .collect();
            assert_eq!(origin(&headers), site, "{pairs:?}");
        }
    }
}

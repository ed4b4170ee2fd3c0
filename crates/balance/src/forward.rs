//! What a request is told on its way to a node: who asked, over what, and under which id.

use std::net::IpAddr;

use http::{HeaderName, HeaderValue};
use pingora_error::Result;
use pingora_http::RequestHeader;
use uuid::Uuid;

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
static X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
pub(crate) static X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest request id that is taken over from a client, in characters.
const REQUEST_ID_MAX: usize = 64;

/// Say it in the request. The client's address comes last in `X-Forwarded-For`: what stands before it is its word.
pub(crate) fn told(request: &mut RequestHeader, client: IpAddr, id: &HeaderValue) -> Result<()> {
    let mut chain: Vec<u8> = Vec::new();
    for given in request.headers.get_all(&X_FORWARDED_FOR) {
        chain.extend_from_slice(given.as_bytes());
        chain.extend_from_slice(b", ");
    }
    chain.extend_from_slice(client.to_canonical().to_string().as_bytes());
    request.insert_header(&X_FORWARDED_FOR, chain)?;
    if !request.headers.contains_key(&X_FORWARDED_PROTO) {
        request.insert_header(&X_FORWARDED_PROTO, "http")?;
    }
    request.insert_header(&X_REQUEST_ID, id)
}

/// The client's id when it is safe to write down, else a fresh one.
pub(crate) fn request_id(request: &RequestHeader) -> HeaderValue {
    let is_safe = |value: &&HeaderValue| {
        let text = value.as_bytes();
        (1..=REQUEST_ID_MAX).contains(&text.len())
            && text.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
    };
    request.headers.get(&X_REQUEST_ID).filter(is_safe).cloned().unwrap_or_else(fresh)
}

#[expect(clippy::disallowed_methods, reason = "the one place where ids are made; nothing is decided by them")]
fn fresh() -> HeaderValue {
    let mut text = *b"req_................................";
    if let Some(digits) = text.get_mut(4..) {
        Uuid::now_v7().simple().encode_lower(digits);
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("req_0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&'static str, &str)]) -> RequestHeader {
        let mut request = RequestHeader::build("GET", b"/", None).unwrap();
        for (name, value) in headers {
            request.append_header(*name, *value).unwrap();
        }
        request
    }

    fn all(request: &RequestHeader, name: &str) -> Vec<String> {
        request.headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn the_client_is_added_to_those_before_it() {
        let client: IpAddr = "::ffff:10.0.0.9".parse().unwrap();
        let id = HeaderValue::from_static("r1");
        let mut plain = request(&[]);
        told(&mut plain, client, &id).unwrap();
        assert_eq!(all(&plain, "x-forwarded-for"), ["10.0.0.9"]);
        assert_eq!(all(&plain, "x-forwarded-proto"), ["http"]);
        assert_eq!(all(&plain, "x-request-id"), ["r1"]);

        let given = [("x-forwarded-for", "1.1.1.1, 2.2.2.2"), ("X-Forwarded-For", "3.3.3.3")];
        let mut behind = request(&[given[0], given[1], ("x-forwarded-proto", "https")]);
        told(&mut behind, client, &id).unwrap();
        assert_eq!(all(&behind, "x-forwarded-for"), ["1.1.1.1, 2.2.2.2, 3.3.3.3, 10.0.0.9"]);
        assert_eq!(all(&behind, "x-forwarded-proto"), ["https"]);
    }

    #[test]
    fn an_id_is_kept_when_it_is_safe_and_made_otherwise() {
        assert_eq!(request_id(&request(&[("x-request-id", "web-1:a_b.c")])), "web-1:a_b.c");
        let long = "x".repeat(REQUEST_ID_MAX + 1);
        for unsafe_id in ["", "two words", "\"quoted\"", long.as_str()] {
            let made = request_id(&request(&[("x-request-id", unsafe_id)]));
            assert!(made.to_str().unwrap().starts_with("req_") && made.len() == 36, "{made:?}");
        }
        assert_ne!(request_id(&request(&[])), request_id(&request(&[])));
    }
}

//! What the balancer answers itself: bodies of RFC 9457, in the shape that the nodes give theirs.

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use pingora_error::Result;
use pingora_http::ResponseHeader;
use serde_json::json;

use crate::forward::X_REQUEST_ID;

/// Seconds after which it is worth to come back.
const RETRY_AFTER_S: u32 = 1;

/// Why the balancer answers instead of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    title: &'static str,
    detail: &'static str,
    /// Whether the same request may be sent again.
    retryable: bool,
}

/// No node is up, or none could be connected to.
pub(crate) const NO_NODE_READY: Problem = Problem {
    status: StatusCode::SERVICE_UNAVAILABLE,
    code: "no_node_ready",
    title: "No node is ready",
    detail: "no node can take the request now; nothing was done, repeat it after Retry-After",
    retryable: true,
};

/// The request was sent, and then there was no answer.
pub(crate) const ANSWER_LOST: Problem = Problem {
    status: StatusCode::BAD_GATEWAY,
    code: "answer_lost",
    title: "The answer was lost",
    detail: "a node took the request and its answer was lost, so it may have had its effect; \
             repeating it after Retry-After is safe with the same Idempotency-Key, and only with one",
    retryable: true,
};

/// The head of the request is too large.
pub(crate) const HEAD_TOO_LARGE: Problem = Problem {
    status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
    code: "head_too_large",
    title: "The head is too large",
    detail: "the line and the headers of the request are longer than the balancer's --max-head-bytes; nothing was done",
    retryable: false,
};

/// The head or the body of the request came too slowly.
pub(crate) const TOO_SLOW: Problem = Problem {
    status: StatusCode::REQUEST_TIMEOUT,
    code: "request_timeout",
    title: "The request came too slowly",
    detail: "the request did not arrive within the balancer's --head-timeout or --client-timeout; \
             repeating it is safe with the same Idempotency-Key",
    retryable: true,
};

/// It is no request as HTTP has them.
pub(crate) const MALFORMED: Problem = Problem {
    status: StatusCode::BAD_REQUEST,
    code: "malformed_request",
    title: "Not a request of HTTP",
    detail: "the request breaks the rules of HTTP/1.1, in its framing or its headers; it was not passed on as a whole",
    retryable: false,
};

/// Our own fault.
pub(crate) const INTERNAL: Problem = Problem {
    status: StatusCode::INTERNAL_SERVER_ERROR,
    code: "internal",
    title: "Our fault",
    detail: "something is wrong in the balancer; its log says what, under the id of this request",
    retryable: false,
};

impl Problem {
    /// The body, for a request with this path and id.
    fn body(&self, path: &str, id: &str) -> Bytes {
        let body = json!({
            "type": format!("/problems/{}", self.code.replace('_', "-")),
            "title": self.title,
            "status": self.status.as_u16(),
            "code": self.code,
            "detail": self.detail,
            "error": self.detail,
            "instance": path,
            "request_id": id,
            "retryable": self.retryable,
            "errors": [],
        });
        Bytes::from(body.to_string())
    }

    /// Head and body of the answer.
    pub(crate) fn answer(&self, path: &str, id: &HeaderValue) -> Result<(ResponseHeader, Bytes)> {
        let body = self.body(path, id.to_str().unwrap_or(""));
        let mut head = ResponseHeader::build(self.status, Some(6))?;
        head.insert_header(header::CONTENT_TYPE, "application/problem+json")?;
        head.insert_header(header::CONTENT_LENGTH, body.len())?;
        head.insert_header(header::CACHE_CONTROL, "no-store")?;
        head.insert_header(&X_REQUEST_ID, id)?;
        if self.retryable {
            head.insert_header(header::RETRY_AFTER, RETRY_AFTER_S)?;
        }
        Ok((head, body))
    }

    /// The whole answer as bytes, after which the connection is closed: for requests whose head was not read.
    pub(crate) fn raw(&self) -> Vec<u8> {
        let body = self.body("", "");
        let retry = if self.retryable { format!("retry-after: {RETRY_AFTER_S}\r\n") } else { String::new() };
        let mut answer = format!(
            "HTTP/1.1 {}\r\ncontent-type: application/problem+json\r\ncontent-length: {}\r\n\
             cache-control: no-store\r\n{retry}connection: close\r\n\r\n",
            self.status,
            body.len()
        )
        .into_bytes();
        answer.extend_from_slice(&body);
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_answer_says_when_it_is_safe_to_repeat() {
        let id = HeaderValue::from_static("r1");
        let (head, body) = ANSWER_LOST.answer("/orders", &id).unwrap();
        assert_eq!(head.status, 502);
        assert_eq!(head.headers["retry-after"], "1");
        assert_eq!(head.headers["x-request-id"], "r1");
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["type"], "/problems/answer-lost");
        assert_eq!((&body["instance"], &body["request_id"]), (&json!("/orders"), &json!("r1")));
        assert!(body["detail"].as_str().unwrap().contains("same Idempotency-Key"));
    }

    #[test]
    fn a_raw_answer_is_a_whole_one() {
        let text = String::from_utf8(HEAD_TOO_LARGE.raw()).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431 "), "{head}");
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert!(head.ends_with("connection: close"), "{head}");
    }
}

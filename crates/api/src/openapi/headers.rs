//! Headers of requests and of answers, each described once.

use serde_json::{Value, json};

use crate::rest::extract::{IDEMPOTENCY_KEY_MAX, WAIT_MAX_S};

/// A reference to a header of a request.
pub(super) fn refer(name: &str) -> Value {
    json!({"$ref": format!("#/components/parameters/{name}")})
}

/// A reference to a header of an answer.
pub(super) fn refer_told(name: &str) -> Value {
    json!({"$ref": format!("#/components/headers/{name}")})
}

/// The headers that a request may have.
pub(super) fn asked() -> Value {
    let header = |name: &str, about: &str, schema: Value| json!({"name": name, "in": "header", "required": false, "description": about, "schema": schema});
    let prefer = format!(
        "`wait=8` (at most {WAIT_MAX_S}) holds the answer until the payment rests; `return=minimal` leaves the body out. \
         Others are ignored (RFC 7240)."
    );
    json!({
        "Idempotency-Key": header(
            "Idempotency-Key",
            "A fresh value such as a UUID, and the same one on a repeat, which gets the first answer again.",
            json!({"type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_MAX, "pattern": "^[ -~]+$"}),
        ),
        "If-Match": header(
            "If-Match",
            "The `ETag` of what was read; a stale one is 412. Needed where the server is set so.",
            json!({"type": "string", "pattern": "^(\\*|(W/)?\"[0-9]{1,18}\")$"}),
        ),
        "If-None-Match": header(
            "If-None-Match",
            "The `ETag` of what is known already; if it is still so, the answer is 304.",
            json!({"type": "string"}),
        ),
        "Prefer": header("Prefer", &prefer, json!({"type": "string"})),
        "Last-Event-ID": header(
            "Last-Event-ID",
            "The id that was seen last; the stream goes on behind it.",
            json!({"type": "string"}),
        ),
    })
}

/// The headers that an answer may have.
pub(super) fn told() -> Value {
    let header = |about: &str, kind: &str| json!({"description": about, "schema": {"type": kind}});
    json!({
        "ETag": header("The version of what is shown, in quotes.", "string"),
        "Idempotency-Replayed": header("`true` where the answer was given before.", "string"),
        "Link": header("The pages beside this one (RFC 8288).", "string"),
        "Location": header("Where the new thing is.", "string"),
        "Preference-Applied": header("What of `Prefer` was heeded.", "string"),
        "Retry-After": header("When to ask again, in seconds.", "integer"),
        "X-Request-Id": header("The id to find the request by, in logs and in events.", "string"),
    })
}

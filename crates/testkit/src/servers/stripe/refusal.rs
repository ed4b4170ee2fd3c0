//! How the hostile Stripe says no.

use serde_json::{Value, json};

/// A refusal: its status and its error.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The member `error` of the body.
    pub error: Value,
}

/// A request that makes no sense.
pub(super) fn refused(status: u16, code: &str, message: &str) -> Refusal {
    let error = json!({"type": "invalid_request_error", "code": code, "message": message});
    Refusal { status, error }
}

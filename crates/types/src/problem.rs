//! Errors: RFC 9457, with a stable `code`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The body of every answer that is not a success.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProblemBody {
    /// The page that explains the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the code means, in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The contract: programs look at this and at nothing else.
    pub code: String,
    /// What happened here, for people.
    pub detail: String,
    /// The same sentence, for readers of `{"error": …}`.
    pub error: String,
    /// The path that was asked for.
    pub instance: String,
    /// The id to find the request by, in logs and in support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Whether to repeat the identical request soon makes sense.
    pub retryable: bool,
    /// Every fault of the request; empty when the request as such is in order.
    #[serde(default)]
    pub errors: Vec<FieldFault>,
    /// What a program needs beside the code, such as `current_version`.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FieldFault {
    /// RFC 6901 pointer into the request, such as `/items/0/quantity`; a parameter's name for a query.
    pub pointer: String,
    /// A stable code.
    pub code: String,
    /// One sentence for people.
    pub detail: String,
    /// What a program needs beside it, such as `available`.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

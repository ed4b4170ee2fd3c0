//! Events: `CloudEvents` 1.0 in structured JSON.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One event of the public log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Always `1.0`.
    pub specversion: String,
    /// The same wherever and however often it is read: deduplicate on it.
    pub id: String,
    /// The shop's public address.
    pub source: String,
    /// Such as `payment.captured`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it is about, such as `ord_…`.
    pub subject: String,
    /// When it happened.
    pub time: String,
    /// Always `application/json`.
    pub datacontenttype: String,
    /// Where the schema of `data` is.
    pub dataschema: String,
    /// The trace it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The version of its subject: order on it; numbers may be skipped.
    pub sequence: String,
    /// Its place in the one global order.
    pub position: String,
    /// The request or job that caused it.
    pub causation: Option<String>,
    /// What happened.
    pub data: Value,
}

/// A type of event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventType {
    /// Such as `order.placed`.
    pub name: String,
    /// When it happens.
    pub description: String,
    /// What it means for a consumer.
    #[serde(default)]
    pub means: String,
    /// Which types usually follow.
    #[serde(default)]
    pub followed_by: Vec<String>,
    /// Where the schema of its `data` is.
    #[serde(default)]
    pub dataschema: String,
    /// The JSON Schema of its `data`.
    #[serde(default)]
    pub schema: Value,
    /// A whole event of this type.
    #[serde(default)]
    pub example: Value,
}

//! Webhooks: endpoints, deliveries, and what became of each attempt.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An endpoint that events are delivered to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookEndpoint {
    /// Its id.
    pub webhook_endpoint_id: String,
    /// `webhook_endpoint`.
    #[schemars(extend("const" = "webhook_endpoint"))]
    pub object: String,
    /// Grows with each change.
    pub version: u64,
    /// Where to.
    pub url: String,
    /// Which events: exact types, `order.*` or `*`.
    pub types: Vec<String>,
    /// What somebody wrote beside it.
    pub description: String,
    /// `full` or `thin`.
    #[schemars(extend("enum" = ["full", "thin"]))]
    pub payload: String,
    /// The media type of what is sent.
    pub content_type: String,
    /// Whether an event waits until the one before it was delivered or given up.
    pub ordered: bool,
    /// Whether events of imported history are sent.
    pub include_imports: bool,
    /// Whether it gets anything.
    pub enabled: bool,
    /// Why not: `gone`, `failing` or `asked`.
    pub disabled_reason: Option<String>,
    /// Since when not.
    pub disabled_at: Option<String>,
    /// The secret itself: only in the answer that made it, and never again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Until when secrets from before the last rotations sign beside the new one.
    pub old_secrets_until: Vec<String>,
    /// How it fares; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<WebhookHealth>,
    /// When it was made.
    pub created_at: String,
    /// When it was changed last.
    pub updated_at: String,
}

/// How an endpoint fares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookHealth {
    /// Attempts that failed since the last one that did not.
    pub failures: u64,
    /// When the first of them was.
    pub failing_since: Option<String>,
    /// When something was delivered last.
    pub last_success_at: Option<String>,
}

/// A ping on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookTest {
    /// `webhook_test`.
    #[schemars(extend("const" = "webhook_test"))]
    pub object: String,
    /// The event, whose delivery tells how it went.
    pub event_id: String,
    /// Where to look for it.
    pub deliveries: String,
}

/// What a recovery did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookRecovery {
    /// `webhook_recovery`.
    #[schemars(extend("const" = "webhook_recovery"))]
    pub object: String,
    /// Whether nothing was queued, only counted.
    pub dry_run: bool,
    /// Events of that time that the endpoint asked for.
    pub matched: u64,
    /// Deliveries that were queued, or would have been.
    pub queued: u64,
    /// Where the next recovery goes on, when there was too much for one.
    pub next_since: Option<String>,
}

/// The delivery of one event to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookDelivery {
    /// Its id.
    pub webhook_delivery_id: String,
    /// `webhook_delivery`.
    #[schemars(extend("const" = "webhook_delivery"))]
    pub object: String,
    /// To whom.
    pub webhook_endpoint_id: String,
    /// What: `webhook-id` in every attempt.
    pub event_id: String,
    /// The type of the event.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the event is about.
    pub subject: String,
    /// The place of the event in the log.
    pub position: String,
    /// `waiting`, `delivered` or `exhausted`.
    #[schemars(extend("enum" = ["waiting", "delivered", "exhausted"]))]
    pub state: String,
    /// Attempts so far.
    pub attempt_count: u32,
    /// When the next attempt is due, while it waits.
    pub next_attempt_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// The status that the receiver answered last.
    pub last_status: Option<u16>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// Every attempt; not in lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<Vec<WebhookAttempt>>,
    /// When it was made.
    pub created_at: String,
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookAttempt {
    /// Which attempt, from 1.
    pub attempt: u32,
    /// When it began.
    pub at: String,
    /// What was sent.
    pub request: WebhookRequest,
    /// What came back.
    pub response: Option<WebhookResponse>,
    /// How long it took.
    pub timings: WebhookTimings,
    /// What went wrong, in words.
    pub error: Option<String>,
}

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookRequest {
    /// Where to.
    pub url: String,
    /// The address that was connected to.
    pub address: Option<String>,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookResponse {
    /// Its status.
    pub status: u16,
    /// Its headers, in order.
    pub headers: Vec<(String, String)>,
    /// The first 16 KB of its body.
    pub body: String,
}

/// How long the parts of an attempt took; what was not done took nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookTimings {
    /// To look the name up.
    pub dns_ms: Option<u64>,
    /// To connect.
    pub connect_ms: Option<u64>,
    /// To agree on TLS.
    pub tls_ms: Option<u64>,
    /// From the request to the first byte of the answer.
    pub first_byte_ms: Option<u64>,
    /// All of it.
    pub total_ms: u64,
}

/// An endpoint to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["url"]))]
pub struct NewWebhookEndpoint {
    /// Where to.
    pub url: String,
    /// Which events: exact types, `order.*` or `*`; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<String>>,
    /// What to write beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `full` (the default) or `thin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["full", "thin", null]))]
    pub payload: Option<String>,
    /// The media type of what is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Whether an event waits until the one before it was delivered or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered: Option<bool>,
    /// Whether events of imported history are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_imports: Option<bool>,
}

/// Members of an endpoint to change: what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct WebhookEndpointPatch {
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Which events: exact types, `order.*` or `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<String>>,
    /// What is written beside it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `full` or `thin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["full", "thin", null]))]
    pub payload: Option<String>,
    /// The media type of what is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Whether an event waits until the one before it was delivered or given up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ordered: Option<bool>,
    /// Whether events of imported history are sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_imports: Option<bool>,
    /// Whether it gets anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}

/// What to queue again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["since"]))]
pub struct RecoverWebhooks {
    /// Events from then on.
    pub since: String,
    /// Events before then; now when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Which events; those that the endpoint asks for when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub types: Option<Vec<String>>,
    /// `failed` (the default) or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["failed", "all", null]))]
    pub only: Option<String>,
    /// Whether to count only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<bool>,
}

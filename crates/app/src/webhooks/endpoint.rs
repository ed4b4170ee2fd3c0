//! An endpoint: where events are delivered to, and which.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sutler_domain::WebhookEndpointId;

use super::signature::Secret;
use crate::event::Recorded;
use crate::public;
use crate::stream::StreamKind;

/// What is sent of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payload {
    /// The whole event, as `GET /events` shows it.
    #[default]
    Full,
    /// Its envelope, and the ids of what it is about.
    Thin,
}

impl Payload {
    /// Every form, with its word.
    pub const WORDS: [(&'static str, Self); 2] = [("full", Self::Full), ("thin", Self::Thin)];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Thin => "thin",
        }
    }
}

/// Why nothing is delivered to an endpoint any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disabled {
    /// The receiver answered 410.
    Gone,
    /// Nothing was delivered for days.
    Failing,
    /// Somebody said so.
    Asked,
}

impl Disabled {
    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
            Self::Asked => "asked",
        }
    }
}

/// The secret before the last rotation, which signs beside the new one for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldSecret {
    /// The secret.
    pub secret: Secret,
    /// It signs until then.
    pub until: Timestamp,
}

/// Where events are delivered to. The secrets are nowhere but here: never in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its id.
    pub endpoint_id: WebhookEndpointId,
    /// Where to.
    pub url: String,
    /// Which events: exact types, `order.*` or `*`.
    pub types: Vec<String>,
    /// What somebody wrote beside it.
    pub description: String,
    /// What is sent of an event.
    pub payload: Payload,
    /// The media type of what is sent.
    pub content_type: String,
    /// Whether an event waits until the one before it was delivered or given up.
    pub ordered: bool,
    /// Whether events of imported history are sent.
    pub include_imports: bool,
    /// What its deliveries are signed with.
    pub secret: Secret,
    /// What they were signed with before.
    pub old_secrets: Vec<OldSecret>,
    /// Why it gets nothing, if it does not.
    pub disabled: Option<Disabled>,
    /// Since when.
    pub disabled_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl Endpoint {
    /// Whether this event is for it. A ping is for the endpoint that it is about, whatever else that one asked for.
    pub fn wants(&self, event: &Recorded) -> bool {
        let Some(kind) = public::type_of(event) else { return false };
        if kind == "webhook.ping" {
            return event.stream.id() == self.endpoint_id.as_str();
        }
        public::wanted(&self.types, kind) && (self.include_imports || !is_import(event))
    }

    /// The secrets that sign at this time, the newest first.
    pub fn secrets_at(&self, now: Timestamp) -> impl Iterator<Item = &Secret> {
        let old = self.old_secrets.iter().filter(move |old| old.until > now);
        std::iter::once(&self.secret).chain(old.map(|old| &old.secret))
    }
}

/// Whether an event tells of imported history, which is news to nobody.
pub fn is_import(event: &Recorded) -> bool {
    event.actor == "import" || event.actor.starts_with("import:")
}

/// Whether an event changes who is told of what.
pub(super) fn is_of_endpoints(event: &Recorded) -> bool {
    event.stream.kind() == StreamKind::Endpoint
}

/// What happened to an endpoint. Its secrets are not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EndpointEvent {
    /// It was made.
    WebhookEndpointCreated {
        /// Which.
        webhook_endpoint_id: WebhookEndpointId,
        /// Where to.
        url: String,
        /// Which events.
        types: Vec<String>,
    },
    /// It was changed.
    WebhookEndpointUpdated {
        /// Which.
        webhook_endpoint_id: WebhookEndpointId,
        /// Where to.
        url: String,
        /// Which events.
        types: Vec<String>,
    },
    /// It has another secret.
    WebhookSecretRotated {
        /// Which.
        webhook_endpoint_id: WebhookEndpointId,
        /// The secret before signs until then.
        old_until: Timestamp,
    },
    /// Nothing is delivered to it any more.
    WebhookEndpointDisabled {
        /// Which.
        webhook_endpoint_id: WebhookEndpointId,
        /// Where to.
        url: String,
        /// Why.
        reason: Disabled,
    },
    /// Events are delivered to it again.
    WebhookEndpointEnabled {
        /// Which.
        webhook_endpoint_id: WebhookEndpointId,
    },
    /// It was removed.
    WebhookEndpointDeleted {
        /// Which.
        webhook_endpoint_id: WebhookEndpointId,
    },
    /// Somebody wants to see whether it answers.
    WebhookPinged {
        /// Which.
        webhook_endpoint_id: WebhookEndpointId,
    },
}

impl EndpointEvent {
    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::WebhookEndpointCreated { .. } => "WebhookEndpointCreated",
            Self::WebhookEndpointUpdated { .. } => "WebhookEndpointUpdated",
            Self::WebhookSecretRotated { .. } => "WebhookSecretRotated",
            Self::WebhookEndpointDisabled { .. } => "WebhookEndpointDisabled",
            Self::WebhookEndpointEnabled { .. } => "WebhookEndpointEnabled",
            Self::WebhookEndpointDeleted { .. } => "WebhookEndpointDeleted",
            Self::WebhookPinged { .. } => "WebhookPinged",
        }
    }
}

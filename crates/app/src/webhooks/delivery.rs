//! A delivery: one event for one endpoint, and every attempt at it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sutler_domain::{EventId, Position, WebhookDeliveryId, WebhookEndpointId};

use crate::event::Recorded;
use crate::public;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// Its next attempt has a time.
    Waiting,
    /// The receiver took it.
    Delivered,
    /// Given up after the last attempt.
    Exhausted,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Waiting, Self::Delivered, Self::Exhausted];

    /// The word on the wire and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Exhausted => "exhausted",
        }
    }

    /// Read the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A delivery as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id.
    pub delivery_id: WebhookDeliveryId,
    /// To whom.
    pub endpoint_id: WebhookEndpointId,
    /// The event, by its place in the log.
    pub position: Position,
    /// The event, by its id: what the receiver knows a repeat by.
    pub event_id: EventId,
    /// The type of the event.
    pub kind: String,
    /// What the event is about.
    pub subject: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts of this round; a resend begins another.
    pub tries: u32,
    /// Attempts in all.
    pub attempts: u32,
    /// When the next attempt is due; of one that ended, when that was.
    pub due_at: Timestamp,
    /// The status that the receiver answered last.
    pub last_status: Option<u16>,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A delivery to make. One that there is already, of the same event to the same endpoint, stays as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Its fresh id.
    pub delivery_id: WebhookDeliveryId,
    /// To whom.
    pub endpoint_id: WebhookEndpointId,
    /// The event, by its place in the log.
    pub position: Position,
    /// The event, by its id.
    pub event_id: EventId,
    /// The type of the event.
    pub kind: &'static str,
    /// What the event is about.
    pub subject: String,
    /// Its first attempt is due then. When its event was recorded, for a fresh one: that never decreases along positions,
    /// so first attempts are due in the order of the log whatever the clocks of nodes say.
    pub due_at: Timestamp,
}

/// What of an event was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// All of it.
    Full,
    /// Its ids, as the endpoint wants it.
    Thin,
    /// Its ids, since all of it was too much.
    Truncated,
}

/// How long the parts of an attempt took, in milliseconds; a connection that was open already took none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timings {
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

/// An attempt: what was sent, and what came back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Which attempt of its delivery, from 1.
    pub attempt: u32,
    /// When it began.
    pub at: Timestamp,
    /// Where it was sent to.
    pub url: String,
    /// The address that was connected to.
    pub address: Option<String>,
    /// The headers that were sent.
    pub request_headers: Vec<(String, String)>,
    /// What of the event was sent.
    pub form: Form,
    /// The status of the answer.
    pub status: Option<u16>,
    /// The headers of the answer.
    pub response_headers: Vec<(String, String)>,
    /// The beginning of the body of the answer.
    pub response_body: String,
    /// How long it took.
    pub timings: Timings,
    /// What went wrong, in words.
    pub error: Option<String>,
}

/// What an attempt makes of its delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Which delivery.
    pub delivery_id: WebhookDeliveryId,
    /// The attempt.
    pub attempt: Attempt,
    /// Where the delivery stands now.
    pub state: DeliveryState,
    /// When it is tried again; of one that ended, when that was.
    pub due_at: Timestamp,
}

/// How an endpoint fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Attempts that failed since the last one that did not.
    pub failures: u64,
    /// When the first of them was.
    pub failing_since: Option<Timestamp>,
    /// When something was delivered last.
    pub last_success_at: Option<Timestamp>,
}

impl Health {
    /// Whether the last attempt failed.
    pub const fn is_failing(&self) -> bool {
        self.failing_since.is_some()
    }
}

/// What a commit says of deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryChange {
    /// To be made, unless it is there.
    Make(NewDelivery),
    /// An attempt came to its end. Of a delivery that does not wait any more, the attempt is noted and nothing else.
    End(Box<Ended>),
    /// One that ended is sent once more, with all its attempts. One that waits is due now and stays in its round.
    Again {
        /// Which.
        delivery_id: WebhookDeliveryId,
        /// From when on.
        due_at: Timestamp,
    },
    /// How an endpoint fares.
    Health {
        /// Which.
        endpoint_id: WebhookEndpointId,
        /// Its health.
        health: Health,
    },
}

impl NewDelivery {
    /// The delivery of this event to this endpoint; `None` for internal events.
    pub fn of(
        delivery_id: WebhookDeliveryId,
        endpoint_id: WebhookEndpointId,
        event: &Recorded,
    ) -> Option<Self> {
        Some(Self {
            delivery_id,
            endpoint_id,
            position: event.position,
            event_id: event.event_id.clone(),
            kind: public::type_of(event)?,
            subject: event.stream.id().to_owned(),
            due_at: event.recorded_at,
        })
    }
}

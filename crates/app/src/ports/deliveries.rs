//! Endpoints of webhooks and what became of their deliveries. All of it is written by commits.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_domain::{Position, WebhookDeliveryId, WebhookEndpointId};

use super::{ReadError, Stored};
use crate::event::Recorded;
use crate::page::{Page, PageRequest};
use crate::webhooks::{Attempt, Delivery, DeliveryState, Endpoint, Health};

/// In which order what is due is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    /// By the time it is due, then by position: whoever fails is passed by.
    ByTime,
    /// By position, due or not: nobody is passed by.
    ByPosition,
}

/// A delivery and its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// The delivery.
    pub delivery: Delivery,
    /// What it delivers.
    pub event: Recorded,
}

/// Which deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryQuery {
    /// To this endpoint.
    pub endpoint_id: Option<WebhookEndpointId>,
    /// Of this event.
    pub event_id: Option<String>,
    /// In these states; empty: any.
    pub states: Vec<DeliveryState>,
    /// Which page; newest first.
    pub page: PageRequest,
}

/// How much waits for the post.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Deliveries whose next attempt has a time.
    pub deliveries: u64,
    /// The earliest of these times.
    pub due_at: Option<Timestamp>,
}

/// Endpoints and deliveries.
#[async_trait]
pub trait DeliveryReads: Send + Sync {
    /// An endpoint.
    async fn endpoint(&self, id: &WebhookEndpointId) -> Result<Option<Stored<Endpoint>>, ReadError>;

    /// Every endpoint, newest first.
    async fn endpoints(&self) -> Result<Vec<Stored<Endpoint>>, ReadError>;

    /// How each endpoint fares that anything was sent to.
    async fn health(&self) -> Result<BTreeMap<WebhookEndpointId, Health>, ReadError>;

    /// When the next attempt at each endpoint is due that has one.
    async fn due_times(&self) -> Result<BTreeMap<WebhookEndpointId, Timestamp>, ReadError>;

    /// Up to `limit` deliveries to an endpoint that wait; by time only those that are due at `now`.
    async fn due(
        &self,
        endpoint: &WebhookEndpointId,
        queue: Queue,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Due>, ReadError>;

    /// A delivery.
    async fn delivery(&self, id: &WebhookDeliveryId) -> Result<Option<Delivery>, ReadError>;

    /// The deliveries to an endpoint of these events, by position.
    async fn of_events(
        &self,
        endpoint: &WebhookEndpointId,
        positions: &[Position],
    ) -> Result<BTreeMap<Position, Delivery>, ReadError>;

    /// Every attempt of a delivery that is kept, oldest first.
    async fn delivery_attempts(&self, id: &WebhookDeliveryId) -> Result<Vec<Attempt>, ReadError>;

    /// A page of deliveries, newest first.
    async fn deliveries(&self, query: &DeliveryQuery) -> Result<Page<Delivery>, ReadError>;

    /// How much waits.
    async fn waiting(&self) -> Result<Waiting, ReadError>;
}

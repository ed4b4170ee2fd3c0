//! Reads of webhooks on a bad day.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::page::Page;
use sutler_app::ports::deliveries::{DeliveryQuery, DeliveryReads, Due, Queue, Waiting};
use sutler_app::ports::{ReadError, Stored};
use sutler_app::webhooks::{Attempt, Delivery, Endpoint, Health};
use sutler_domain::{Position, WebhookDeliveryId, WebhookEndpointId};

use super::store::BadStore;

type Read<T> = Result<T, ReadError>;

#[async_trait]
impl DeliveryReads for BadStore {
    async fn endpoint(&self, id: &WebhookEndpointId) -> Read<Option<Stored<Endpoint>>> {
        self.look().await?;
        self.memory.endpoint(id).await
    }

    async fn endpoints(&self) -> Read<Vec<Stored<Endpoint>>> {
        self.look().await?;
        self.memory.endpoints().await
    }

    async fn health(&self) -> Read<BTreeMap<WebhookEndpointId, Health>> {
        self.look().await?;
        self.memory.health().await
    }

    async fn due_times(&self) -> Read<BTreeMap<WebhookEndpointId, Timestamp>> {
        self.look().await?;
        self.memory.due_times().await
    }

    async fn due(
        &self,
        endpoint: &WebhookEndpointId,
        queue: Queue,
        now: Timestamp,
        limit: u32,
    ) -> Read<Vec<Due>> {
        self.look().await?;
        self.memory.due(endpoint, queue, now, limit).await
    }

    async fn delivery(&self, id: &WebhookDeliveryId) -> Read<Option<Delivery>> {
        self.look().await?;
        self.memory.delivery(id).await
    }

    async fn of_events(
        &self,
        endpoint: &WebhookEndpointId,
        positions: &[Position],
    ) -> Read<BTreeMap<Position, Delivery>> {
        self.look().await?;
        self.memory.of_events(endpoint, positions).await
    }

    async fn delivery_attempts(&self, id: &WebhookDeliveryId) -> Read<Vec<Attempt>> {
        self.look().await?;
        self.memory.delivery_attempts(id).await
    }

    async fn deliveries(&self, query: &DeliveryQuery) -> Read<Page<Delivery>> {
        self.look().await?;
        self.memory.deliveries(query).await
    }

    async fn waiting(&self) -> Read<Waiting> {
        self.look().await?;
        self.memory.waiting().await
    }
}

//! Endpoints and deliveries of webhooks, for readers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::page::Page;
use sutler_app::ports::deliveries::{DeliveryQuery, DeliveryReads, Due, Queue, Waiting};
use sutler_app::ports::{ReadError, Stored};
use sutler_app::webhooks::{Attempt, Delivery, Endpoint, Health};
use sutler_domain::{Position, WebhookDeliveryId, WebhookEndpointId};
use tokio_postgres::Row;

use super::list::List;
use super::session::{self, get, int, number, p, stored};
use super::{Postgres, delivery_rows, feed, trouble};
use crate::paging;

/// Columns of an event, which come before those of its delivery.
const EVENT_COLUMNS: usize = 13;

#[async_trait]
impl DeliveryReads for Postgres {
    async fn endpoint(&self, id: &WebhookEndpointId) -> Result<Option<Stored<Endpoint>>, ReadError> {
        let sql = "SELECT body, version FROM webhook_endpoints WHERE endpoint_id = $1";
        self.readers.first(sql, &[p(&id.as_str())], stored).await
    }

    async fn endpoints(&self) -> Result<Vec<Stored<Endpoint>>, ReadError> {
        let sql = "SELECT body, version FROM webhook_endpoints ORDER BY created_at DESC, endpoint_id DESC";
        self.readers.all(sql, &[], stored).await
    }

    async fn health(&self) -> Result<BTreeMap<WebhookEndpointId, Health>, ReadError> {
        let sql = "SELECT endpoint_id, failures, failing_since, last_success_at FROM webhook_health";
        let read = |row: &Row| {
            let time = |column| Ok::<_, trouble::Fault>(get::<Option<i64>>(row, column)?.map(paging::time));
            let health =
                Health { failures: number(row, 1)?, failing_since: time(2)?, last_success_at: time(3)? };
            Ok((endpoint_id(row)?, health))
        };
        Ok(self.readers.all(sql, &[], read).await?.into_iter().collect())
    }

    async fn due_times(&self) -> Result<BTreeMap<WebhookEndpointId, Timestamp>, ReadError> {
        let sql = "SELECT endpoint_id, (SELECT min(due_at) FROM webhook_deliveries AS d
                                        WHERE d.endpoint_id = e.endpoint_id AND d.state = 'waiting')
                   FROM webhook_endpoints AS e WHERE enabled";
        let read = |row: &Row| Ok((endpoint_id(row)?, get::<Option<i64>>(row, 1)?));
        let found = self.readers.all(sql, &[], read).await?;
        Ok(found.into_iter().filter_map(|(id, due)| Some((id, paging::time(due?)))).collect())
    }

    async fn due(
        &self,
        endpoint: &WebhookEndpointId,
        queue: Queue,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Due>, ReadError> {
        let (now, limit) = (now.as_microsecond(), i64::from(limit));
        let read = |row: &Row| {
            let delivery = delivery_rows::read(row, EVENT_COLUMNS)?;
            Ok(Due { delivery, event: feed::recorded(row)? })
        };
        self.readers.all(&due_sql(queue), &[p(&endpoint.as_str()), p(&now), p(&limit)], read).await
    }

    async fn delivery(&self, id: &WebhookDeliveryId) -> Result<Option<Delivery>, ReadError> {
        let sql = format!("SELECT {} FROM webhook_deliveries WHERE delivery_id = $1", delivery_rows::COLUMNS);
        self.readers.first(&sql, &[p(&id.as_str())], |row| delivery_rows::read(row, 0)).await
    }

    async fn of_events(
        &self,
        endpoint: &WebhookEndpointId,
        positions: &[Position],
    ) -> Result<BTreeMap<Position, Delivery>, ReadError> {
        let positions: Vec<i64> = positions.iter().map(|position| int(position.0)).collect();
        let sql = format!(
            "SELECT {} FROM webhook_deliveries WHERE endpoint_id = $1 AND position = ANY($2)",
            delivery_rows::COLUMNS
        );
        let endpoint = endpoint.as_str();
        let params = [p(&endpoint), p(&positions)];
        let found = self.readers.all(&sql, &params, |row| delivery_rows::read(row, 0)).await?;
        Ok(found.into_iter().map(|delivery| (delivery.position, delivery)).collect())
    }

    async fn delivery_attempts(&self, id: &WebhookDeliveryId) -> Result<Vec<Attempt>, ReadError> {
        let sql = "SELECT body FROM webhook_attempts WHERE delivery_id = $1 ORDER BY row";
        self.readers.all(sql, &[p(&id.as_str())], |row| session::json(row, 0)).await
    }

    async fn deliveries(&self, query: &DeliveryQuery) -> Result<Page<Delivery>, ReadError> {
        let mut list = List::new(delivery_rows::COLUMNS, "webhook_deliveries", ("row", "row"), true);
        list.any_of("state", query.states.iter().map(|state| state.as_str()));
        list.equal("endpoint_id", query.endpoint_id.as_ref().map(WebhookEndpointId::as_str));
        list.equal("event_id", query.event_id.as_deref());
        list.read::<i64, i64, _>(&self.readers, &query.page, |row| delivery_rows::read(row, 0)).await
    }

    async fn waiting(&self) -> Result<Waiting, ReadError> {
        let sql = "SELECT count(*), min(due_at) FROM webhook_deliveries
                   WHERE state = 'waiting' AND endpoint_id IN (
                       SELECT endpoint_id FROM webhook_endpoints WHERE enabled)";
        let read = |row: &Row| {
            let due_at = get::<Option<i64>>(row, 1)?.map(paging::time);
            Ok(Waiting { deliveries: number(row, 0)?, due_at })
        };
        Ok(self.readers.first(sql, &[], read).await?.unwrap_or_default())
    }
}

fn endpoint_id(row: &Row) -> trouble::Result<WebhookEndpointId> {
    Ok(WebhookEndpointId::trusted(get::<String>(row, 0)?.into()))
}

fn due_sql(queue: Queue) -> String {
    let (condition, order, outer) = match queue {
        Queue::ByTime => ("due_at <= $2", "due_at, position", "due.due_at, due.position"),
        // The time is named all the same: a statement has all its parameters.
        Queue::ByPosition => ("$2 = $2", "position", "due.position"),
    };
    let event: Vec<String> =
        feed::COLUMNS.split(',').map(|column| format!("events.{}", column.trim())).collect();
    format!(
        "SELECT {event}, due.* FROM (
             SELECT {columns} FROM webhook_deliveries
             WHERE endpoint_id = $1 AND state = 'waiting' AND {condition} ORDER BY {order} LIMIT $3) AS due
         JOIN events ON events.position = due.position ORDER BY {outer}",
        event = event.join(", "),
        columns = delivery_rows::COLUMNS,
    )
}

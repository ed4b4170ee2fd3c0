//! Endpoints and deliveries of webhooks, for readers.

use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::Value;
use sutler_app::page::Page;
use sutler_app::ports::deliveries::{DeliveryQuery, DeliveryReads, Due, Queue, Waiting};
use sutler_app::ports::{ReadError, Stored};
use sutler_app::webhooks::{Attempt, Delivery, Endpoint, Health};
use sutler_domain::{Position, WebhookDeliveryId, WebhookEndpointId};

use super::list::List;
use super::{Sqlite, delivery_rows, feed, session};
use crate::paging;

/// Columns of an event, which come before those of its delivery.
const EVENT_COLUMNS: usize = 13;

#[async_trait]
impl DeliveryReads for Sqlite {
    async fn endpoint(&self, id: &WebhookEndpointId) -> Result<Option<Stored<Endpoint>>, ReadError> {
        let (id, sql) =
            (id.to_string(), "SELECT body, version FROM webhook_endpoints WHERE endpoint_id = ?1");
        self.readers.read(move |session| session.one(sql, [id], session::stored)).await
    }

    async fn endpoints(&self) -> Result<Vec<Stored<Endpoint>>, ReadError> {
        let sql = "SELECT body, version FROM webhook_endpoints ORDER BY created_at DESC, endpoint_id DESC";
        self.readers.read(move |session| session.all(sql, [], session::stored)).await
    }

    async fn health(&self) -> Result<BTreeMap<WebhookEndpointId, Health>, ReadError> {
        let sql = "SELECT endpoint_id, failures, failing_since, last_success_at FROM webhook_health";
        let read = |row: &Row<'_>| {
            let time =
                |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(paging::time));
            let health = Health { failures: row.get(1)?, failing_since: time(2)?, last_success_at: time(3)? };
            Ok((endpoint_id(row)?, health))
        };
        let found = self.readers.read(move |session| session.all(sql, [], read)).await?;
        Ok(found.into_iter().collect())
    }

    async fn due_times(&self) -> Result<BTreeMap<WebhookEndpointId, Timestamp>, ReadError> {
        let sql = "SELECT endpoint_id, (SELECT min(due_at) FROM webhook_deliveries AS d
                                        WHERE d.endpoint_id = e.endpoint_id AND d.state = 'waiting')
                   FROM webhook_endpoints AS e WHERE enabled";
        let read = |row: &Row<'_>| Ok((endpoint_id(row)?, row.get::<_, Option<i64>>(1)?));
        let found = self.readers.read(move |session| session.all(sql, [], read)).await?;
        Ok(found.into_iter().filter_map(|(id, due)| Some((id, paging::time(due?)))).collect())
    }

    async fn due(
        &self,
        endpoint: &WebhookEndpointId,
        queue: Queue,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<Due>, ReadError> {
        let id = endpoint.to_string();
        let sql = due_sql(queue);
        let read = |row: &Row<'_>| {
            let delivery = delivery_rows::read(row, EVENT_COLUMNS)?;
            Ok(Due { delivery, event: feed::recorded(row)? })
        };
        self.readers.read(move |session| session.all(&sql, (id, now.as_microsecond(), limit), read)).await
    }

    async fn delivery(&self, id: &WebhookDeliveryId) -> Result<Option<Delivery>, ReadError> {
        let id = id.to_string();
        let sql = format!("SELECT {} FROM webhook_deliveries WHERE delivery_id = ?1", delivery_rows::COLUMNS);
        let read = |row: &Row<'_>| delivery_rows::read(row, 0);
        self.readers.read(move |session| session.one(&sql, [id], read)).await
    }

    async fn of_events(
        &self,
        endpoint: &WebhookEndpointId,
        positions: &[Position],
    ) -> Result<BTreeMap<Position, Delivery>, ReadError> {
        let id = endpoint.to_string();
        let positions: Vec<i64> = positions.iter().map(|p| i64::try_from(p.0).unwrap_or(i64::MAX)).collect();
        let sql = format!(
            "SELECT {} FROM webhook_deliveries WHERE endpoint_id = ?1 AND position IN rarray(?2)",
            delivery_rows::COLUMNS
        );
        let read = |row: &Row<'_>| delivery_rows::read(row, 0);
        let found = self
            .readers
            .read(move |session| {
                let positions: Vec<Value> = positions.into_iter().map(Value::Integer).collect();
                session.all(&sql, (id, std::rc::Rc::new(positions)), read)
            })
            .await?;
        Ok(found.into_iter().map(|delivery| (delivery.position, delivery)).collect())
    }

    async fn delivery_attempts(&self, id: &WebhookDeliveryId) -> Result<Vec<Attempt>, ReadError> {
        let (id, sql) =
            (id.to_string(), "SELECT body FROM webhook_attempts WHERE delivery_id = ?1 ORDER BY row");
        self.readers.read(move |session| session.all(sql, [id], |row: &Row<'_>| session::json(row, 0))).await
    }

    async fn deliveries(&self, query: &DeliveryQuery) -> Result<Page<Delivery>, ReadError> {
        let mut list = List::new(delivery_rows::COLUMNS, "webhook_deliveries", ("row", "''"), true);
        list.any_of("state", query.states.iter().map(|state| state.as_str()));
        list.equal("endpoint_id", query.endpoint_id.as_ref().map(WebhookEndpointId::as_str));
        list.equal("event_id", query.event_id.as_deref());
        let read = |row: &Row<'_>| delivery_rows::read(row, 0);
        list.read::<i64, String, _>(&self.readers, &query.page, read).await
    }

    async fn waiting(&self) -> Result<Waiting, ReadError> {
        let sql = "SELECT count(*), min(due_at) FROM webhook_deliveries
                   WHERE state = 'waiting' AND endpoint_id IN (
                       SELECT endpoint_id FROM webhook_endpoints WHERE enabled)";
        let read = |row: &Row<'_>| {
            let due_at = row.get::<_, Option<i64>>(1)?.map(paging::time);
            Ok(Waiting { deliveries: row.get(0)?, due_at })
        };
        let found = self.readers.read(move |session| session.one(sql, [], read)).await?;
        Ok(found.unwrap_or_default())
    }
}

fn endpoint_id(row: &Row<'_>) -> rusqlite::Result<WebhookEndpointId> {
    Ok(WebhookEndpointId::trusted(row.get::<_, String>(0)?.into()))
}

fn due_sql(queue: Queue) -> String {
    let (condition, order, outer) = match queue {
        Queue::ByTime => ("due_at <= ?2", "due_at, position", "due.due_at, due.position"),
        // The time is named all the same: a statement has all its parameters.
        Queue::ByPosition => ("?2 = ?2", "position", "due.position"),
    };
    let event: Vec<String> =
        feed::COLUMNS.split(',').map(|column| format!("events.{}", column.trim())).collect();
    format!(
        "SELECT {event}, due.* FROM (
             SELECT {columns} FROM webhook_deliveries
             WHERE endpoint_id = ?1 AND state = 'waiting' AND {condition} ORDER BY {order} LIMIT ?3) AS due
         CROSS JOIN events ON events.position = due.position ORDER BY {outer}",
        event = event.join(", "),
        columns = delivery_rows::COLUMNS,
    )
}

//! Deliveries of webhooks on the writer's side: what commits say about them, and the sweep.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Result, Row};
use sutler_app::webhooks::{Delivery, DeliveryChange, DeliveryState, Ended, Health, NewDelivery};
use sutler_domain::{EventId, Position, WebhookDeliveryId, WebhookEndpointId};

use super::session::{self, Session};
use super::write::Taken;

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str = "delivery_id, endpoint_id, position, event_id, kind, subject, state, tries,
    attempts, due_at, last_status, last_error, created_at";

/// Deliveries that one sweep takes away at most, so that the door is not held for long.
const SWEPT_MAX: i64 = 20_000;

/// A delivery from its [`COLUMNS`], of which this one is the first.
pub(super) fn read(row: &Row<'_>, first: usize) -> Result<Delivery> {
    let text = |column: usize| row.get::<_, String>(first + column);
    Ok(Delivery {
        delivery_id: WebhookDeliveryId::trusted(text(0)?.into()),
        endpoint_id: WebhookEndpointId::trusted(text(1)?.into()),
        position: Position(row.get(first + 2)?),
        event_id: EventId::trusted(text(3)?.into()),
        kind: text(4)?,
        subject: text(5)?,
        state: session::parsed(row, first + 6, DeliveryState::parse)?,
        tries: row.get(first + 7)?,
        attempts: row.get(first + 8)?,
        due_at: session::time(row, first + 9)?,
        last_status: row.get(first + 10)?,
        last_error: row.get(first + 11)?,
        created_at: session::time(row, first + 12)?,
    })
}

/// Write what the commits say about deliveries, in order.
pub(super) fn write(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    for (prepared, admitted) in batch {
        let now = admitted.recorded_at;
        for (change, body) in prepared.commit.deliveries.iter().zip(&prepared.attempts) {
            match change {
                DeliveryChange::Make(new) => make(session, new, now)?,
                DeliveryChange::End(ended) => end(session, ended, body)?,
                DeliveryChange::Again { delivery_id, due_at } => again(session, delivery_id, *due_at)?,
                DeliveryChange::Health { endpoint_id, health } => fare(session, endpoint_id, health)?,
            }
        }
    }
    Ok(())
}

/// One that is there already stays as it is.
fn make(session: &Session, new: &NewDelivery, now: Timestamp) -> Result<()> {
    let sql = "INSERT INTO webhook_deliveries
                   (delivery_id, endpoint_id, position, event_id, kind, subject, state, due_at, created_at)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', ?7, ?8) ON CONFLICT (endpoint_id, position) DO NOTHING";
    let new = (
        new.delivery_id.as_str(),
        new.endpoint_id.as_str(),
        new.position.0,
        new.event_id.as_str(),
        new.kind,
        &new.subject,
        new.due_at.as_microsecond(),
        now.as_microsecond(),
    );
    session.execute(sql, new).map(drop)
}

fn end(session: &Session, ended: &Ended, body: &str) -> Result<()> {
    let Ended { delivery_id, attempt, state, due_at } = ended;
    let sql = "INSERT INTO webhook_attempts (delivery_id, body)
               SELECT delivery_id, ?2 FROM webhook_deliveries WHERE delivery_id = ?1";
    session.execute(sql, (delivery_id.as_str(), body))?;
    let sql = "UPDATE webhook_deliveries SET state = ?2, tries = tries + 1, attempts = ?3, due_at = ?4,
                                             last_status = ?5, last_error = ?6
               WHERE delivery_id = ?1 AND state = 'waiting'";
    let error = attempt.error.as_deref();
    let due_at = due_at.as_microsecond();
    let values = (delivery_id.as_str(), state.as_str(), attempt.attempt, due_at, attempt.status, error);
    session.execute(sql, values).map(drop)
}

fn again(session: &Session, id: &WebhookDeliveryId, due_at: Timestamp) -> Result<()> {
    let sql = "UPDATE webhook_deliveries
               SET tries = CASE WHEN state = 'waiting' THEN tries ELSE 0 END, state = 'waiting', due_at = ?2
               WHERE delivery_id = ?1";
    session.execute(sql, (id.as_str(), due_at.as_microsecond())).map(drop)
}

fn fare(session: &Session, id: &WebhookEndpointId, health: &Health) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO webhook_health (endpoint_id, failures, failing_since, last_success_at)
               VALUES (?1, ?2, ?3, ?4)";
    let time = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    let values = (id.as_str(), health.failures, time(health.failing_since), time(health.last_success_at));
    session.execute(sql, values).map(drop)
}

/// Forget deliveries that ended longer ago than `ttl`, and those to endpoints that are gone.
pub(super) fn sweep(session: &Session, now: Timestamp, ttl: SignedDuration) -> Result<usize> {
    let Ok(before) = now.checked_sub(ttl) else { return Ok(0) };
    let mut swept = 0;
    for (which, before) in [
        ("state <> 'waiting' AND due_at <= ?1", before.as_microsecond()),
        ("endpoint_id NOT IN (SELECT endpoint_id FROM webhook_endpoints) AND ?1 >= 0", 0),
    ] {
        let rows = format!("SELECT row FROM webhook_deliveries WHERE {which} LIMIT ?2");
        let attempts = format!(
            "DELETE FROM webhook_attempts WHERE delivery_id IN (
                 SELECT delivery_id FROM webhook_deliveries WHERE row IN ({rows}))"
        );
        session.execute(&attempts, (before, SWEPT_MAX))?;
        let deliveries = format!("DELETE FROM webhook_deliveries WHERE row IN ({rows})");
        swept += session.execute(&deliveries, (before, SWEPT_MAX))?;
    }
    let sql =
        "DELETE FROM webhook_health WHERE endpoint_id NOT IN (SELECT endpoint_id FROM webhook_endpoints)";
    session.execute(sql, [])?;
    Ok(swept)
}

//! Deliveries of webhooks on the writer's side: what commits say about them, and the sweep.

use std::collections::HashMap;

use futures::join;
use jiff::{SignedDuration, Timestamp};
use sutler_app::webhooks::{Delivery, DeliveryChange, DeliveryState, Ended, Health, NewDelivery};
use sutler_domain::{EventId, Position, WebhookDeliveryId, WebhookEndpointId};
use tokio_postgres::Row;

use super::queue;
use super::session::{self, Session, column, get, int, number, p};
use super::trouble::Result;
use super::write::{Taken, first_cause};

/// The columns that [`read`] reads.
pub(super) const COLUMNS: &str = "delivery_id, endpoint_id, position, event_id, kind, subject, state, tries,
    attempts, due_at, last_status, last_error, created_at";

/// Deliveries that one sweep takes away at most, so that the door is not held for long.
const SWEPT_MAX: i64 = 20_000;

/// A delivery from its [`COLUMNS`], of which this one is the first.
pub(super) fn read(row: &Row, first: usize) -> Result<Delivery> {
    let text = |column: usize| get::<String>(row, first + column);
    Ok(Delivery {
        delivery_id: WebhookDeliveryId::trusted(text(0)?.into()),
        endpoint_id: WebhookEndpointId::trusted(text(1)?.into()),
        position: Position(number(row, first + 2)?),
        event_id: EventId::trusted(text(3)?.into()),
        kind: text(4)?,
        subject: text(5)?,
        state: session::parsed(row, first + 6, DeliveryState::parse)?,
        tries: queue::count(number(row, first + 7)?),
        attempts: queue::count(number(row, first + 8)?),
        due_at: session::time(row, first + 9)?,
        last_status: get::<Option<i64>>(row, first + 10)?.and_then(|status| status.try_into().ok()),
        last_error: get(row, first + 11)?,
        created_at: session::time(row, first + 12)?,
    })
}

/// Write what the commits of a batch say about deliveries, each kind of change in one statement. Only the post, which is
/// one, ends attempts, so none of them meets another one.
pub(super) async fn write(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let (mut made, mut ended, mut again, mut fared) = (Vec::new(), Vec::new(), Vec::new(), HashMap::new());
    for (prepared, admitted) in batch {
        for (change, body) in prepared.commit.deliveries.iter().zip(&prepared.attempts) {
            match change {
                DeliveryChange::Make(new) => made.push((new, admitted.recorded_at)),
                DeliveryChange::End(end) => ended.push((&**end, body.as_str())),
                DeliveryChange::Again { delivery_id, due_at } => again.push((delivery_id, *due_at)),
                DeliveryChange::Health { endpoint_id, health } => {
                    fared.insert(endpoint_id, health);
                }
            }
        }
    }
    let done = join!(
        make(session, &made),
        end(session, &ended),
        tell(session, &ended),
        send_again(session, &again),
        fare(session, fared.into_iter().collect()),
    );
    first_cause([done.0, done.1, done.2, done.3, done.4])
}

/// One that is there already stays as it is.
async fn make(session: &Session, made: &[(&NewDelivery, Timestamp)]) -> Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO webhook_deliveries
                   (delivery_id, endpoint_id, position, event_id, kind, subject, state, due_at, created_at)
               SELECT delivery_id, endpoint_id, position, event_id, kind, subject, 'waiting', due_at, created_at
               FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8) WITH ORDINALITY
                   AS new (delivery_id, endpoint_id, position, event_id, kind, subject, due_at, created_at, place)
               ORDER BY place ON CONFLICT (endpoint_id, position) DO NOTHING";
    session
        .execute(
            sql,
            &[
                p(&column(made, |(new, _)| new.delivery_id.as_str())),
                p(&column(made, |(new, _)| new.endpoint_id.as_str())),
                p(&column(made, |(new, _)| int(new.position.0))),
                p(&column(made, |(new, _)| new.event_id.as_str())),
                p(&column(made, |(new, _)| new.kind)),
                p(&column(made, |(new, _)| new.subject.as_str())),
                p(&column(made, |(new, _)| new.due_at.as_microsecond())),
                p(&column(made, |(_, now)| now.as_microsecond())),
            ],
        )
        .await
        .map(drop)
}

async fn end(session: &Session, ended: &[(&Ended, &str)]) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE webhook_deliveries AS d
               SET state = ended.state, tries = d.tries + 1, attempts = ended.attempts, due_at = ended.due_at,
                   last_status = ended.status, last_error = ended.error
               FROM UNNEST($1, $2, $3, $4, $5, $6)
                   AS ended (delivery_id, state, attempts, due_at, status, error)
               WHERE d.delivery_id = ended.delivery_id AND d.state = 'waiting'";
    session
        .execute(
            sql,
            &[
                p(&column(ended, |(end, _)| end.delivery_id.as_str())),
                p(&column(ended, |(end, _)| end.state.as_str())),
                p(&column(ended, |(end, _)| i64::from(end.attempt.attempt))),
                p(&column(ended, |(end, _)| end.due_at.as_microsecond())),
                p(&column(ended, |(end, _)| end.attempt.status.map(i64::from))),
                p(&column(ended, |(end, _)| end.attempt.error.as_deref())),
            ],
        )
        .await
        .map(drop)
}

async fn tell(session: &Session, ended: &[(&Ended, &str)]) -> Result<()> {
    if ended.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO webhook_attempts (delivery_id, body)
               SELECT ended.delivery_id, ended.body
               FROM UNNEST($1, $2) WITH ORDINALITY AS ended (delivery_id, body, place)
               JOIN webhook_deliveries AS d ON d.delivery_id = ended.delivery_id ORDER BY place";
    let ids = column(ended, |(end, _)| end.delivery_id.as_str());
    let bodies = column(ended, |(_, body)| *body);
    session.execute(sql, &[p(&ids), p(&bodies)]).await.map(drop)
}

async fn send_again(session: &Session, again: &[(&WebhookDeliveryId, Timestamp)]) -> Result<()> {
    if again.is_empty() {
        return Ok(());
    }
    let sql = "UPDATE webhook_deliveries AS d
               SET tries = CASE WHEN d.state = 'waiting' THEN d.tries ELSE 0 END, state = 'waiting',
                   due_at = again.due_at
               FROM UNNEST($1, $2) AS again (delivery_id, due_at) WHERE d.delivery_id = again.delivery_id";
    let ids = column(again, |(id, _)| id.as_str());
    let times = column(again, |(_, due_at)| due_at.as_microsecond());
    session.execute(sql, &[p(&ids), p(&times)]).await.map(drop)
}

async fn fare(session: &Session, fared: Vec<(&WebhookEndpointId, &Health)>) -> Result<()> {
    if fared.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO webhook_health (endpoint_id, failures, failing_since, last_success_at)
               SELECT * FROM UNNEST($1, $2, $3, $4)
               ON CONFLICT (endpoint_id) DO UPDATE SET failures = excluded.failures,
                   failing_since = excluded.failing_since, last_success_at = excluded.last_success_at";
    let time = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    session
        .execute(
            sql,
            &[
                p(&column(&fared, |(id, _)| id.as_str())),
                p(&column(&fared, |(_, health)| int(health.failures))),
                p(&column(&fared, |(_, health)| time(health.failing_since))),
                p(&column(&fared, |(_, health)| time(health.last_success_at))),
            ],
        )
        .await
        .map(drop)
}

/// Forget deliveries that ended longer ago than `ttl`, and those to endpoints that are gone.
pub(super) async fn sweep(session: &Session, now: Timestamp, ttl: SignedDuration) -> Result<u64> {
    let Ok(before) = now.checked_sub(ttl) else { return Ok(0) };
    let mut swept = 0;
    for (which, before) in [
        ("state <> 'waiting' AND due_at <= $1", before.as_microsecond()),
        ("endpoint_id NOT IN (SELECT endpoint_id FROM webhook_endpoints) AND $1 >= 0", 0),
    ] {
        let sql = format!(
            "WITH gone AS (
                 DELETE FROM webhook_deliveries
                 WHERE row IN (SELECT row FROM webhook_deliveries WHERE {which} LIMIT $2) RETURNING delivery_id),
             forgotten AS (
                 DELETE FROM webhook_attempts WHERE delivery_id IN (SELECT delivery_id FROM gone))
             SELECT count(*) FROM gone"
        );
        let gone = session.one(&sql, &[p(&before), p(&SWEPT_MAX)], |row| number(row, 0)).await?;
        swept += gone.unwrap_or(0);
    }
    let sql =
        "DELETE FROM webhook_health WHERE endpoint_id NOT IN (SELECT endpoint_id FROM webhook_endpoints)";
    session.execute(sql, &[]).await?;
    Ok(swept)
}

//! Webhooks that wait: how fast one node delivers them to one receiver on the same machine.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};
use sutler_client::{Call, Client};

use crate::bench::figures::{Row, per};
use crate::bench::process::own_cpu;
use crate::bench::requests::API_KEY;
use crate::bench::stage::Stage;
use crate::servers::receiver::Receiver;

/// How long the deliveries may take before the row fails.
const PATIENCE: Duration = Duration::from_mins(5);

/// Events of an order that nobody paid, as the reference writes them.
const EVENTS_PER_ORDER: u64 = 2;

/// From the moment that they are queued until the receiver has answered all of them.
pub(super) async fn deliver(mut row: Row, stage: &Stage, events: u64) -> Result<Row> {
    let database = stage.filled(events.div_ceil(EVENTS_PER_ORDER)).await?;
    let receiver = Receiver::start()?;
    let server = stage.serve_with(&database, &[("SUTLER_WEBHOOKS__ALLOW_PRIVATE", "true")]).await?;
    let client = Client::new(format!("http://{}", server.address))?.with_key(API_KEY);
    let asked = async |path: String, body: Value| -> Result<Value> {
        Ok(client.send(Call::post(path).json(&body)).await?.json()?)
    };
    let made = asked("/webhook_endpoints".to_owned(), json!({"url": receiver.url()})).await?;
    let id = made.get("webhook_endpoint_id").and_then(Value::as_str).unwrap_or_default();
    let (cpu, load_cpu, begun) = (server.cpu()?, own_cpu()?, Instant::now());
    // All that was in the log before the endpoint was there.
    let body = json!({"since": "2000-01-01T00:00:00Z", "types": ["order.*", "reservation.*"]});
    let queued = asked(format!("/webhook_endpoints/{id}/recover"), body).await?;
    let queued = queued.get("queued").and_then(Value::as_u64).unwrap_or(0);
    if queued < events {
        bail!("only {queued} deliveries were queued, and {events} are asked for");
    }
    while receiver.count() < queued {
        if begun.elapsed() > PATIENCE {
            bail!("after {PATIENCE:?} {} of {queued} came:\n{}", receiver.count(), server.last_words());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let took = begun.elapsed();
    row = row.cost(queued, server.cpu()?.saturating_sub(cpu), own_cpu()?.saturating_sub(load_cpu));
    row.rate = Some(per(queued, took));
    row.note = format!("{queued} deliveries in {:.1} s, queued and written down", took.as_secs_f64());
    server.stop().await?;
    Ok(row)
}

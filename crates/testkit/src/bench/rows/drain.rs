//! Events that waited for the bus: how fast they go out once it is there.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use sutler_app::public::TYPES;

use crate::bench::figures::{Row, per};
use crate::bench::process::own_cpu;
use crate::bench::stage::{Stage, look};
use crate::servers::nats::{Nats, stored};

/// How long the drain may take before the row fails.
const PATIENCE: Duration = Duration::from_mins(5);

/// Events of an order that nobody paid, as the reference writes them: enough orders make enough events.
const EVENTS_PER_ORDER: u64 = 2;

/// From the moment that the server is ready until the stream has every event that was in the log.
pub(super) async fn drain(mut row: Row, stage: &Stage, events: u64) -> Result<Row> {
    let database = stage.filled(events.div_ceil(EVENTS_PER_ORDER)).await?;
    let waiting = public_events(&database)?;
    if waiting < events {
        bail!("only {waiting} events wait, and {events} are asked for");
    }
    let nats = Nats::start()?;
    let url = nats.url();
    let server = stage.serve_with(&database, &[("NATS_URL", &url)]).await?;
    let (cpu, load_cpu, begun) = (server.cpu()?, own_cpu()?, Instant::now());
    while stored(&url, "SUTLER").await? < waiting {
        if begun.elapsed() > PATIENCE {
            bail!(
                "after {PATIENCE:?} not all of {waiting} events are in the stream:\n{}",
                server.last_words()
            );
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let took = begun.elapsed();
    row = row.cost(waiting, server.cpu()?.saturating_sub(cpu), own_cpu()?.saturating_sub(load_cpu));
    row.rate = Some(per(waiting, took));
    row.note = format!(
        "{waiting} events in {:.1} s, of which 3 s are spent waiting for another node",
        took.as_secs_f64()
    );
    server.stop().await?;
    Ok(row)
}

fn public_events(database: &std::path::Path) -> Result<u64> {
    let names: Vec<String> = TYPES.iter().map(|kind| format!("'{}'", kind.logged)).collect();
    let sql = format!("SELECT count(*) FROM events WHERE name IN ({})", names.join(", "));
    Ok(look(database)?.query_row(&sql, [], |row| row.get(0))?)
}

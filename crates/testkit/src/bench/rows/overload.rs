//! More buyers than can be served: who is refused is told when to come back, and who is admitted does not wait long.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::bench::figures::{Row, number, per, ratio, seconds};
use crate::bench::load::{self, Tally, Until};
use crate::bench::process::{Server, own_cpu};
use crate::bench::requests::{Basket, Requests};
use crate::bench::stage::{PRODUCTS, Stage};

/// Connections of the peak, and of the overload: more than the server admits.
const PEAK: usize = 256;
const MANY: usize = 4_000;

/// How long may pass until it is normal again, before the row fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// The number of the first order of each part.
const PARTS: [u64; 3] = [1 << 32, 1 << 33, 1 << 34];

/// What the peak was, and what came of twice that.
struct Overloaded {
    server: Server,
    requests: Requests,
    peak: Tally,
    over: Tally,
    cpu: Duration,
    load_cpu: Duration,
}

async fn overload(stage: &Stage) -> Result<Overloaded> {
    let server = stage.serve(&stage.database("overload")?).await?;
    let requests = Requests::orders(Basket::Many, PRODUCTS, "ov");
    let length = Duration::from_secs(stage.pace.seconds);
    let [first, second, _] = PARTS;
    let peak = load::closed(server.address, &requests, PEAK, Until::Passed(length), first).await?;
    let peak_us = u64::try_from(peak.elapsed.as_micros()).unwrap_or(u64::MAX).max(1);
    let rate = peak.done.saturating_mul(2_000_000) / peak_us;
    let (cpu, load_cpu) = (server.cpu()?, own_cpu()?);
    let over = load::open(server.address, &requests, MANY, rate, length, second).await?;
    let (cpu, load_cpu) = (server.cpu()?.saturating_sub(cpu), own_cpu()?.saturating_sub(load_cpu));
    Ok(Overloaded { server, requests, peak, over, cpu, load_cpu })
}

/// The goodput at twice the peak rate.
pub(super) async fn under(row: Row, stage: &Stage) -> Result<Row> {
    let Overloaded { server, peak, over, cpu, load_cpu, .. } = overload(stage).await?;
    server.stop().await?;
    let mut row = row.told(&over).cost(over.done, cpu, load_cpu);
    let come = over.done + over.refused + over.refused_blankly + over.unsent;
    let percent = |count| ratio(number(count * 100), number(come));
    row.note = format!(
        "peak {:.0}/s; {:.0} % 503 with Retry-After, {:.0} % without, {:.0} % found no connection of {MANY}",
        per(peak.done, peak.elapsed),
        percent(over.refused),
        percent(over.refused_blankly),
        percent(over.unsent)
    );
    Ok(row)
}

/// Seconds from the end of the overload until half of a short burst is as fast as within the peak.
pub(super) async fn after(mut row: Row, stage: &Stage) -> Result<Row> {
    let Overloaded { server, requests, peak, .. } = overload(stage).await?;
    let (begun, mut next) = (Instant::now(), PARTS[2]);
    let normal_us = peak.took_us.value_at_quantile(0.99);
    loop {
        let burst = load::closed(server.address, &requests, 8, Until::Answered(80), next).await?;
        next += 80;
        if burst.took_us.value_at_quantile(0.5) <= normal_us && burst.refused + burst.refused_blankly == 0 {
            break;
        }
        if begun.elapsed() > PATIENCE {
            bail!("{PATIENCE:?} after the overload it is not normal again");
        }
    }
    row.rate = Some(seconds(begun.elapsed()));
    server.stop().await?;
    Ok(row)
}

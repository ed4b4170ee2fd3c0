//! Requests over HTTP that are waited for: those that only read, and orders with what follows from them.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::{DRAIN_PATIENCE, FIRST, JOBS_LEFT, WARM_UP};
use crate::bench::figures::Row;
use crate::bench::load::{self, Until};
use crate::bench::process::{Server, own_cpu};
use crate::bench::requests::{Basket, Requests};
use crate::bench::stage::{PRODUCTS, Stage, look, until_none};
use crate::bench::wal::Watch;

/// Requests that leave nothing to be done.
pub(super) async fn reads(
    row: Row,
    stage: &Stage,
    server: Server,
    requests: &Requests,
    connections: usize,
) -> Result<Row> {
    asked(row, stage, &server, requests, connections).await
}

/// The same of a server that is to be stopped in good order.
pub(super) async fn asked(
    row: Row,
    stage: &Stage,
    server: &Server,
    requests: &Requests,
    connections: usize,
) -> Result<Row> {
    let length = Duration::from_secs(stage.pace.seconds);
    load::closed(server.address, requests, connections, Until::Passed(WARM_UP), 0).await?;
    let (cpu, load_cpu) = (server.cpu()?, own_cpu()?);
    let tally = load::closed(server.address, requests, connections, Until::Passed(length), FIRST).await?;
    let (cpu, load_cpu) = (server.cpu()?.saturating_sub(cpu), own_cpu()?.saturating_sub(load_cpu));
    Ok(row.told(&tally).cost(tally.done, cpu, load_cpu))
}

/// Orders until they are acknowledged, or, with a payment, until they are paid. What their jobs use counts.
pub(super) async fn placed(
    row: Row,
    server: Server,
    stage: &Stage,
    database: &Path,
    basket: Basket,
    connections: usize,
) -> Result<Row> {
    placed_beside(row, server, stage, database, basket, connections, || Ok(())).await
}

/// The same beside something else, which `company` sets going once the server is warm.
pub(super) async fn placed_beside(
    row: Row,
    server: Server,
    stage: &Stage,
    database: &Path,
    basket: Basket,
    connections: usize,
    company: impl FnOnce() -> Result<()>,
) -> Result<Row> {
    let requests = Requests::orders(basket, PRODUCTS, "or");
    let books = look(database)?;
    load::closed(server.address, &requests, connections, Until::Passed(WARM_UP), 0).await?;
    until_none(&books, JOBS_LEFT, DRAIN_PATIENCE).await?;
    company()?;

    let watch = Watch::begin(database);
    let (cpu, load_cpu, begun) = (server.cpu()?, own_cpu()?, Instant::now());
    let until = Until::Passed(Duration::from_secs(stage.pace.seconds));
    let tally = load::closed(server.address, &requests, connections, until, FIRST).await?;
    let load_cpu = own_cpu()?.saturating_sub(load_cpu);
    until_none(&books, JOBS_LEFT, DRAIN_PATIENCE).await?;
    let drained = begun.elapsed();
    let cpu = server.cpu()?.saturating_sub(cpu);
    let written = watch.end()?;
    if tally.refused + tally.refused_blankly > 0 {
        bail!("{} orders were refused with 503 in a closed loop", tally.refused + tally.refused_blankly);
    }
    let mut row = row.told(&tally).cost(tally.done, cpu, load_cpu).wrote(tally.done, written);
    row.note = format!(
        "jobs through {} ms after the last answer",
        drained.saturating_sub(tally.elapsed).as_millis()
    );
    if basket == Basket::Graph {
        // A mutation that is refused is answered with 200, too.
        let orders: u64 = books.query_row("SELECT count(*) FROM orders", [], |row| row.get(0))?;
        if orders < tally.done {
            bail!("{} mutations were answered, and only {orders} orders are there", tally.done);
        }
    }
    if basket == Basket::Paid {
        let unpaid = "SELECT count(*) FROM orders WHERE payment_status <> 'paid'";
        until_none(&books, unpaid, DRAIN_PATIENCE).await?;
        let answered = crate::bench::figures::shown(row.rate.unwrap_or(0.0));
        row.rate = Some(crate::bench::figures::per(tally.done, begun.elapsed().max(drained)));
        row.note = format!("{answered} acknowledged a second; {}", row.note);
    }
    drop(books);
    server.stop().await?;
    Ok(row)
}

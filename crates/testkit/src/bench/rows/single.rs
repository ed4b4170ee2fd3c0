//! Figures of the program that are no rates.

use std::time::Duration;

use anyhow::Result;

use crate::bench::figures::{Row, mebi, mega, millis, number};
use crate::bench::load::{self, Until};
use crate::bench::requests::{Basket, Requests};
use crate::bench::stage::{PRODUCTS, Stage, look, until_none};

/// Starts, of which the one in the middle counts.
const STARTS: usize = 3;

/// From the start of the program to its first good answer.
pub(super) async fn start(mut row: Row, stage: &Stage, orders: u64) -> Result<Row> {
    let database = stage.filled(orders).await?;
    let mut took_us = Vec::new();
    for _ in 0..STARTS {
        let server = stage.serve(&database).await?;
        took_us.push(u64::try_from(server.ready_after.as_micros()).unwrap_or(u64::MAX));
        server.stop().await?;
    }
    took_us.sort_unstable();
    row.p50_ms = took_us.get(STARTS / 2).copied().map(millis);
    row.p99_ms = took_us.last().copied().map(millis);
    Ok(row)
}

/// What is resident after so many orders and their jobs.
pub(super) async fn memory(mut row: Row, stage: &Stage, orders: u64) -> Result<Row> {
    let database = stage.empty("memory")?;
    let server = stage.serve(&database).await?;
    let before = mebi(server.resident_bytes()?);
    let requests = Requests::orders(Basket::Many, PRODUCTS, "me");
    load::closed(server.address, &requests, 64, Until::Answered(orders), 0).await?;
    until_none(&look(&database)?, super::JOBS_LEFT, Duration::from_mins(5)).await?;
    row.rate = Some(mebi(server.resident_bytes()?));
    row.note = format!("{before:.1} MiB before");
    server.stop().await?;
    Ok(row)
}

/// The program as it is shipped.
pub(super) fn size(mut row: Row, stage: &Stage) -> Result<Row> {
    row.rate = Some(mega(std::fs::metadata(&stage.sutler)?.len()));
    Ok(row)
}

/// What one order leaves in the database, by the recording.
pub(super) fn payload(mut row: Row, stage: &Stage) -> Row {
    row.rate = Some(number(u64::try_from(stage.payload_bytes).unwrap_or(u64::MAX)));
    row
}

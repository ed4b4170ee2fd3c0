//! Raw SQLite, which rows of the embedded store are measured beside.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::bench::figures::{Row, per};
use crate::bench::raw::{Raw, Took};
use crate::bench::stage::Stage;
use crate::bench::wal::Watch;

/// The reference: as many orders as fit into the time, warmed up by a tenth.
pub(super) fn raw(row: Row, stage: &Stage, group: u64) -> Result<Row> {
    let database = stage.database("raw")?;
    let mut raw = Raw::open(&database, Arc::clone(&stage.script), true)?;
    let length = Duration::from_secs(stage.pace.seconds);
    raw.write(group.saturating_mul(20), group)?;
    let watch = Watch::begin(&database);
    let mut all = Took::default();
    let begun = Instant::now();
    // What counts is the time in SQLite; the making of the values between the commits is left out.
    while all.time < length && begun.elapsed() < length * 4 {
        let took = raw.write(group.saturating_mul(8), group)?;
        all.orders += took.orders;
        all.time += took.time;
        all.cpu += took.cpu;
    }
    raw.drain(&mut all)?;
    let written = watch.end()?;
    let mut row = row.cost(all.orders, all.cpu, Duration::ZERO).wrote(all.orders, written);
    row.load_cpu_us = None;
    row.rate = Some(per(all.orders, all.time));
    Ok(row)
}

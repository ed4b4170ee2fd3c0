//! The log walked from its first event to its last: verified, and folded into every view anew.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sutler_adapters::sqlite::Reading;
use sutler_app::verify::refold;

use super::{DRAIN_PATIENCE, JOBS_LEFT};
use crate::bench::figures::{Row, per};
use crate::bench::load::{self, Until};
use crate::bench::process::{self, own_cpu};
use crate::bench::requests::{Basket, Requests};
use crate::bench::stage::{PRODUCTS, Stage, look, until_none};

/// How it is walked.
#[derive(Clone, Copy, Debug)]
pub(in crate::bench) enum Walk {
    /// `sutler verify`.
    Verify,
    /// Every stream folded into its view.
    Refold,
}

/// Orders in the log; the second number is that of a quick run.
const ORDERS: [u64; 2] = [100_000, 2_000];

/// Connections that place them.
const BUYERS: usize = 64;

pub(super) async fn walk(row: Row, stage: &Stage, walk: Walk) -> Result<Row> {
    let database = traded(stage).await?;
    let events: u64 = look(&database)?.query_row("SELECT position FROM head", [], |row| row.get(0))?;
    match walk {
        Walk::Verify => verify(row, stage, &database, events),
        Walk::Refold => fold(row, &database, events).await,
    }
}

/// A database whose orders were placed over HTTP, so that each event follows from the one before it.
async fn traded(stage: &Stage) -> Result<PathBuf> {
    let traded = stage.folder.path().join("traded.db");
    if traded.is_file() {
        return Ok(traded);
    }
    let database = stage.empty("trading")?;
    let server = stage.serve(&database).await?;
    let [whole, quick] = ORDERS;
    let orders = if stage.is_quick { quick } else { whole };
    let requests = Requests::orders(Basket::Many, PRODUCTS, "lo");
    load::closed(server.address, &requests, BUYERS, Until::Answered(orders), 0).await?;
    until_none(&look(&database)?, JOBS_LEFT, DRAIN_PATIENCE).await?;
    server.stop().await?;
    std::fs::rename(&database, &traded)?;
    Ok(traded)
}

fn verify(row: Row, stage: &Stage, database: &Path, events: u64) -> Result<Row> {
    let url = format!("sqlite:///{}", database.display());
    let vars = [("DATABASE_URL", url.as_str())];
    let ran = process::run(&stage.sutler, stage.folder.path(), &vars, &["verify", "--json"], &[0])?;
    let report: Value = serde_json::from_slice(&ran.output).context("a report in JSON")?;
    ensure!(report.pointer("/clean") == Some(&Value::Bool(true)), "it is not clean: {report}");
    let mut row = row.cost(events, ran.cpu, Duration::ZERO);
    (row.rate, row.load_cpu_us) = (Some(per(events, ran.took)), None);
    row.note = format!("{events} events in {:.2} s, from the start of the command", ran.took.as_secs_f64());
    Ok(row)
}

/// In this process: there is no command that does this alone.
async fn fold(row: Row, database: &Path, events: u64) -> Result<Row> {
    let reading = Reading::open(database)?;
    let (cpu, begun) = (own_cpu()?, Instant::now());
    let refolded = refold(&reading).await?;
    let (took, cpu) = (begun.elapsed(), own_cpu()?.saturating_sub(cpu));
    ensure!(refolded.events > events / 2, "{refolded:?} of {events} events");
    let mut row = row.cost(refolded.events, cpu, Duration::ZERO);
    (row.rate, row.load_cpu_us) = (Some(per(refolded.events, took)), None);
    row.note = format!(
        "{} events of streams with a view or a version, {} views of {} bytes in {:.2} s",
        refolded.events,
        refolded.views,
        refolded.bytes,
        took.as_secs_f64()
    );
    Ok(row)
}

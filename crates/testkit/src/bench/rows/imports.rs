//! Files of a shop's past: how many lines a second they come in, beside the database's own load of what they leave.

#[cfg(unix)]
pub(super) mod shared;

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rusqlite::Connection;
use serde_json::Value;

use crate::assortment::{Assortment, History, shopify_csv};
use crate::bench::catalog::SEED;
use crate::bench::engine::{Engine, an_hour_ago};
use crate::bench::figures::{Row, number, per, ratio, shown};
use crate::bench::process::{self, Ran, Server};
use crate::bench::raw::PRAGMAS;
use crate::bench::recording::tables;
use crate::bench::stage::Stage;
use crate::bench::wal::Watch;

/// What is imported.
#[derive(Clone, Copy, Debug)]
pub(in crate::bench) enum Import {
    /// Past orders.
    Orders,
    /// The rows that past orders leave, by the database alone.
    Loaded,
    /// Products.
    Products,
}

/// Lines of past orders, and products, of a file; the second number is that of a quick run.
const LINES: [u64; 2] = [300_000, 20_000];
const PRODUCTS: [u64; 2] = [50_000, 2_000];

/// The number of the first order of a database of its own.
const NUMBER_START: u64 = 1_001;

pub(super) async fn measure(row: Row, stage: &Stage, import: Import) -> Result<Row> {
    match import {
        Import::Orders => orders(row, stage).await,
        Import::Loaded => loaded(row, stage).await,
        Import::Products => products(row, stage).await,
    }
}

const fn sized(stage: &Stage, [whole, quick]: [u64; 2]) -> u64 {
    if stage.is_quick { quick } else { whole }
}

/// `sutler import` of past orders into a database without any, through a server.
async fn orders(row: Row, stage: &Stage) -> Result<Row> {
    let history = history(stage)?;
    let database = stage.fresh("import-orders")?;
    let server = stage.serve(&database).await?;
    let (watch, cpu) = (Watch::begin(&database), server.cpu()?);
    let (ran, orders) = take_in(stage, &server, &history)?;
    let (cpu, written) = (server.cpu()?.saturating_sub(cpu), watch.end()?);
    server.stop().await?;
    let lines = history.lines;
    let mut row = row.cost(lines, cpu, ran.cpu).wrote(lines, written);
    row.rate = Some(per(lines, ran.took));
    row.note = told(lines, orders, ran.took);
    Ok(row)
}

/// A file of past orders.
pub(super) struct Invoices {
    path: PathBuf,
    pub(super) lines: u64,
}

/// The file that all rows of one run import.
fn history(stage: &Stage) -> Result<Invoices> {
    let lines = sized(stage, LINES);
    let path = stage.folder.path().join("history.csv");
    if !path.is_file() {
        let goods = Assortment::of(SEED, lines);
        History::of(SEED, goods).write(lines, BufWriter::new(File::create(&path)?))?;
    }
    Ok(Invoices { path, lines })
}

fn told(lines: u64, orders: u64, took: Duration) -> String {
    let each = shown(ratio(number(lines), number(orders)));
    format!("{lines} lines of {orders} orders in {:.1} s, {each} lines each", took.as_secs_f64())
}

/// Import the file; gives how many orders that made. A line that is not taken is an error: it measures nothing.
fn take_in(stage: &Stage, server: &Server, history: &Invoices) -> Result<(Ran, u64)> {
    let (ran, report) = import(stage, server, &history.path, &["--map", "uci-online-retail"])?;
    let count = |at: &str| report.pointer(at).and_then(Value::as_u64);
    let skipped = report.pointer("/skipped").and_then(Value::as_object).map_or(0, serde_json::Map::len);
    if count("/rows") != Some(history.lines) || skipped > 0 {
        bail!("not every line of the history was taken in: {report}");
    }
    Ok((ran, count("/orders_new").context("a report without orders")?))
}

/// `sutler import FILE …` against a server; gives its report.
fn import(stage: &Stage, server: &Server, file: &Path, how: &[&str]) -> Result<(Ran, Value)> {
    let (file, address) = (file.display().to_string(), format!("http://{}", server.address));
    let arguments = [&["import", file.as_str()], how, &["--json", "--server", address.as_str()]].concat();
    let ran = process::run(&stage.sutler, stage.folder.path(), &[], &arguments, &[0])?;
    let report = serde_json::from_slice(&ran.output)
        .with_context(|| String::from_utf8_lossy(&ran.output).into_owned())?;
    Ok((ran, report))
}

/// What an import left, copied by `SQLite` alone: every row of every table with its indexes, in one transaction, with the
/// settings of our writer.
async fn loaded(row: Row, stage: &Stage) -> Result<Row> {
    let (history, from) = (history(stage)?, stage.fresh("imported")?);
    let server = stage.serve(&from).await?;
    take_in(stage, &server, &history)?;
    server.stop().await?;
    let to = stage.fresh("loaded")?;
    Engine::open(&to, an_hour_ago(), NUMBER_START).await?.close().await;
    let (rows, took) = copy(&from, &to)?;
    let mut row = row;
    row.rate = Some(per(history.lines, took));
    row.note = format!("{rows} rows in {:.1} s", took.as_secs_f64());
    Ok(row)
}

fn copy(from: &Path, to: &Path) -> Result<(u64, Duration)> {
    let connection = Connection::open(to)?;
    for pragma in PRAGMAS {
        connection.execute_batch(pragma)?;
    }
    connection.execute("ATTACH ?1 AS source", [from.display().to_string()])?;
    let tables = tables(&connection)?;
    for table in &tables {
        connection.execute(&format!("DELETE FROM main.\"{}\"", table.name), [])?;
    }
    let (begun, mut rows) = (Instant::now(), 0);
    connection.execute_batch("BEGIN IMMEDIATE; PRAGMA defer_foreign_keys = ON")?;
    for table in &tables {
        let columns: Vec<String> = table.columns.iter().map(|name| format!("\"{name}\"")).collect();
        let (name, columns) = (&table.name, columns.join(", "));
        let sql = format!("INSERT INTO main.\"{name}\" ({columns}) SELECT {columns} FROM source.\"{name}\"");
        rows += connection.execute(&sql, [])?;
    }
    connection.execute_batch("COMMIT")?;
    connection.query_row("PRAGMA main.wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok((u64::try_from(rows)?, begun.elapsed()))
}

/// `sutler import` of a file of products into a catalog without any.
async fn products(row: Row, stage: &Stage) -> Result<Row> {
    let goods = Assortment::of(SEED, sized(stage, PRODUCTS));
    let file = stage.folder.path().join("products.csv");
    let rows = shopify_csv(goods, BufWriter::new(File::create(&file)?))?;
    let database = stage.fresh("import-products")?;
    let server = stage.serve(&database).await?;
    let (watch, cpu) = (Watch::begin(&database), server.cpu()?);
    let (ran, report) = import(stage, &server, &file, &[])?;
    let (cpu, written) = (server.cpu()?.saturating_sub(cpu), watch.end()?);
    server.stop().await?;
    let count = goods.products();
    if report.pointer("/products_created").and_then(Value::as_u64) != Some(count) {
        bail!("not every product of the file was taken in: {report}");
    }
    let mut row = row.cost(count, cpu, ran.cpu).wrote(count, written);
    row.rate = Some(per(count, ran.took));
    row.note = format!("{count} products of {rows} variants in {:.1} s", ran.took.as_secs_f64());
    Ok(row)
}

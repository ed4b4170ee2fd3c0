//! The rows of PostgreSQL: references and ours on one server that the bench starts.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use tokio_postgres::Client;

use super::imports::shared;
use super::jobs::{self, Begun};
use super::{DRAIN_PATIENCE, FIRST, JOBS_LEFT, Kind, Measured, WARM_UP, once, row};
use crate::bench::figures::{Row, share, shown};
use crate::bench::load::{self, Until};
use crate::bench::postgres::pgbench::{self, Best};
use crate::bench::postgres::{Primary, connect, until_none};
use crate::bench::process::{Server, own_cpu};
use crate::bench::requests::{Basket, Requests};
use crate::bench::stage::{PRODUCTS, Stage};
use crate::bench::wal::Written;

/// What is measured on the server.
#[derive(Clone, Copy, Debug)]
pub(in crate::bench) enum Shared {
    /// Orders as peers place them: a transaction with locks of rows for each.
    Interactive { basket: Basket, clients: usize },
    /// TPC-C's New-Order, by pgbench.
    NewOrder,
    /// The script that comes with pgbench.
    BuiltIn,
    /// Past orders of a file.
    Imported,
    /// The rows that those leave, by the database alone.
    Loaded,
    /// So many jobs that wait, on one node.
    Jobs { jobs: u64 },
    /// Orders of ours, on so many nodes.
    Orders { basket: Basket, connections: usize, nodes: usize },
}

const fn interactive(name: &'static str, what: &'static str, basket: Basket) -> Kind {
    row(name, what, "", Measured::Shared(Shared::Interactive { basket, clients: 64 }))
}

const fn orders(
    name: &'static str,
    what: &'static str,
    beside: &'static str,
    basket: Basket,
    (connections, nodes): (usize, usize),
) -> Kind {
    row(name, what, beside, Measured::Shared(Shared::Orders { basket, connections, nodes }))
}

/// References before what is measured beside them.
pub const ROWS: &[Kind] = &[
    interactive(
        "pg-interactive-64",
        "the rows of an order, a transaction with row locks, 64 clients",
        Basket::Many,
    ),
    interactive("pg-interactive-hot", "the same, one product in all", Basket::Hot),
    once("pgbench-tpcb", "pgbench's built-in script", "", false, Measured::Shared(Shared::BuiltIn)),
    once(
        "pg-new-order",
        "New-Order of TPC-C, a stored procedure",
        "pgbench-tpcb",
        false,
        Measured::Shared(Shared::NewOrder),
    ),
    orders(
        "pg-orders-64",
        "POST /orders on PostgreSQL, 64 connections",
        "pg-interactive-64",
        Basket::Many,
        (64, 1),
    ),
    orders(
        "pg-orders-256",
        "POST /orders on PostgreSQL, 256 connections",
        "pg-new-order",
        Basket::Many,
        (256, 1),
    ),
    orders(
        "pg-hot-64",
        "the same, one product in all, 64 connections",
        "pg-interactive-hot",
        Basket::Hot,
        (64, 1),
    ),
    orders(
        "pg-hot-256",
        "the same, one product in all, 256 connections",
        "pg-interactive-hot",
        Basket::Hot,
        (256, 1),
    ),
    orders(
        "pg-nodes-3",
        "POST /orders, three nodes on one database, 256 connections in all",
        "pg-orders-256",
        Basket::Many,
        (256, 3),
    ),
    once(
        "pg-jobs",
        "jobs that waited, finished on PostgreSQL",
        "jobs",
        false,
        Measured::Shared(Shared::Jobs { jobs: 30_000 }),
    ),
    once(
        "pg-load-orders",
        "PostgreSQL's own load of the rows that imported orders leave, in lines of their file",
        "",
        false,
        Measured::Shared(Shared::Loaded),
    ),
    once(
        "pg-import-orders",
        "sutler import of past orders on PostgreSQL, lines of a file",
        "pg-load-orders",
        false,
        Measured::Shared(Shared::Imported),
    ),
];

/// Measure a row once.
pub(super) async fn measure(row: Row, stage: &Stage, shared: Shared) -> Result<Row> {
    let primary = stage.primary().await?;
    match shared {
        Shared::Interactive { basket, clients } => interactively(row, stage, primary, basket, clients).await,
        Shared::NewOrder => Ok(best(row, pgbench::new_order(primary, stage.pace.seconds)?)),
        Shared::BuiltIn => Ok(best(row, pgbench::built_in(primary, stage.pace.seconds)?)),
        Shared::Imported => shared::orders(row, stage, primary).await,
        Shared::Loaded => shared::loaded(row, stage, primary).await,
        Shared::Jobs { jobs } => jobs_done(row, stage, primary, jobs).await,
        Shared::Orders { basket, connections, nodes } => {
            placed(row, stage, primary, basket, (connections, nodes)).await
        }
    }
}

fn best(mut row: Row, Best { clients, per_s, mean_ms }: Best) -> Row {
    row.rate = Some(per_s);
    row.note = format!("best at {clients} clients; mean {} ms", shown(mean_ms));
    row
}

async fn interactively(
    row: Row,
    stage: &Stage,
    primary: &Primary,
    basket: Basket,
    clients: usize,
) -> Result<Row> {
    let database = primary.database()?;
    let url = primary.url(&database);
    let (shop, length) = ((basket, PRODUCTS), Duration::from_secs(stage.pace.seconds));
    let warm = primary.recorded.place(&url, shop, clients, WARM_UP, 0).await?;
    let (used, load_cpu) = (primary.used()?, own_cpu()?);
    let tally = primary.recorded.place(&url, shop, clients, length, warm.done + FIRST_PEER).await?;
    let (used, load_cpu) = (primary.used()?.since(used), own_cpu()?.saturating_sub(load_cpu));
    let reserved: i64 =
        connect(&url).await?.query_one("SELECT sum(reserved)::bigint FROM stock", &[]).await?.get(0);
    let placed = i64::try_from(3 * (warm.done + tally.done))?;
    ensure!(reserved == placed, "{reserved} units are reserved, and {placed} were ordered");
    primary.forget(&database)?;
    let written = Written { commits: tally.done, bytes: used.wal_bytes, rounds: 0 };
    Ok(row.told(&tally).cost(tally.done, used.cpu, load_cpu).wrote(tally.done, written))
}

/// Between the orders of the warm-up and those that are measured: who was under way at the end took a number too.
const FIRST_PEER: u64 = 1_000;

/// Orders until they are acknowledged. What their jobs use counts, and what the database uses.
async fn placed(
    row: Row,
    stage: &Stage,
    primary: &Primary,
    basket: Basket,
    (connections, nodes): (usize, usize),
) -> Result<Row> {
    let database = primary.database()?;
    let (url, mut servers) = (primary.url(&database), Vec::with_capacity(nodes));
    for _ in 0..nodes {
        servers.push(stage.node(&url).await?);
    }
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let requests = Requests::orders(basket, PRODUCTS, "or");
    let books = connect(&url).await?;
    let warm = load::spread(&addresses, &requests, connections, Until::Passed(WARM_UP), 0).await?;
    until_none(&books, JOBS_LEFT, DRAIN_PATIENCE).await?;

    let (before, load_cpu, begun) = (So::far(primary, &servers, &books).await?, own_cpu()?, Instant::now());
    let until = Until::Passed(Duration::from_secs(stage.pace.seconds));
    let tally = load::spread(&addresses, &requests, connections, until, FIRST).await?;
    let load_cpu = own_cpu()?.saturating_sub(load_cpu);
    until_none(&books, JOBS_LEFT, DRAIN_PATIENCE).await?;
    let drained = begun.elapsed();
    let after = So::far(primary, &servers, &books).await?;
    let refused = tally.refused + tally.refused_blankly;
    if refused > 0 {
        bail!("{refused} orders were refused with 503 in a closed loop:\n{}", said(&servers));
    }
    whole(&books, warm.done + tally.done).await?;
    let (cpu, written) = after.since(before);
    let mut row = row.told(&tally).cost(tally.done, cpu, load_cpu).wrote(tally.done, written);
    let late_ms = drained.saturating_sub(tally.elapsed).as_millis();
    row.note = format!(
        "{} µs of CPU the database's; {} bytes more on its disk each; jobs through {late_ms} ms after the last answer; no position and no number missing",
        shown(share(after.database_cpu.saturating_sub(before.database_cpu), tally.done)),
        after.disk_bytes.saturating_sub(before.disk_bytes) / tally.done.max(1),
    );
    drop(books);
    for server in servers {
        server.stop().await?;
    }
    primary.forget(&database)?;
    Ok(row)
}

/// One order is placed and its job done; then there are so many copies of that job.
async fn jobs_done(row: Row, stage: &Stage, primary: &Primary, count: u64) -> Result<Row> {
    let database = primary.database()?;
    let url = primary.url(&database);
    let (books, first) = (connect(&url).await?, stage.node(&url).await?);
    let requests = Requests::orders(Basket::Many, PRODUCTS, "jo");
    load::closed(first.address, &requests, 1, Until::Answered(1), 0).await?;
    until_none(&books, JOBS_LEFT, DRAIN_PATIENCE).await?;
    first.stop().await?;
    books.execute(&jobs::copies(count), &[]).await?;
    primary.settle()?;
    let server = stage.node(&url).await?;
    let begun = Begun::now(&server, books.query_one(JOBS_LEFT, &[]).await?.get(0))?;
    until_none(&books, JOBS_LEFT, DRAIN_PATIENCE).await?;
    let row = begun.told(row, &server)?;
    drop(books);
    server.stop().await?;
    primary.forget(&database)?;
    Ok(row)
}

/// What nodes and their database used and wrote so far.
#[derive(Clone, Copy)]
pub(super) struct So {
    nodes_cpu: Duration,
    database_cpu: Duration,
    batches: u64,
    wal_bytes: u64,
    /// Tables and indexes, with what old versions of their rows take until they are cleaned up.
    disk_bytes: u64,
}

impl So {
    pub(super) async fn far(primary: &Primary, servers: &[Server], books: &Client) -> Result<Self> {
        let nodes_cpu = servers.iter().map(Server::cpu).sum::<Result<Duration>>()?;
        let used = primary.used()?;
        let sql = "SELECT batches, pg_database_size(current_database()) FROM head";
        let row = books.query_one(sql, &[]).await?;
        let [batches, disk_bytes] = [0, 1].map(|at| u64::try_from(row.get::<_, i64>(at)));
        let (batches, disk_bytes) = (batches?, disk_bytes?);
        Ok(Self { nodes_cpu, database_cpu: used.cpu, batches, wal_bytes: used.wal_bytes, disk_bytes })
    }

    pub(super) fn since(self, before: Self) -> (Duration, Written) {
        let cpu = (self.nodes_cpu + self.database_cpu).saturating_sub(before.nodes_cpu + before.database_cpu);
        let bytes = self.wal_bytes.saturating_sub(before.wal_bytes);
        (cpu, Written { commits: self.batches.saturating_sub(before.batches), bytes, rounds: 0 })
    }
}

fn said(servers: &[Server]) -> String {
    servers.iter().map(Server::last_words).collect::<Vec<_>>().join("\n")
}

/// Whether the books hold what was acknowledged: each position and each number once, and three units reserved an order.
async fn whole(books: &Client, acknowledged: u64) -> Result<()> {
    let sql = "SELECT (SELECT position FROM head) - (SELECT count(*) FROM events),
                      (SELECT max(position) FROM events) - (SELECT count(*) FROM events),
                      (SELECT max(number) - min(number) + 1 - count(*) FROM orders),
                      (SELECT count(*) FROM orders), (SELECT sum(reserved)::bigint FROM stock)";
    let row = books.query_one(sql, &[]).await?;
    let [head, last, numbers, orders, reserved] = [0, 1, 2, 3, 4].map(|at| row.get::<_, i64>(at));
    ensure!((head, last) == (0, 0), "positions are missing: {head} of the head, {last} of the log");
    ensure!(numbers == 0, "{numbers} order numbers are missing");
    ensure!(orders == i64::try_from(acknowledged)?, "{orders} orders, {acknowledged} were acknowledged");
    ensure!(reserved == 3 * orders, "{reserved} units are reserved for {orders} orders of three");
    Ok(())
}

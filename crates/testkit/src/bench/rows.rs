//! The rows of the table: what each measures.

#[cfg(unix)]
mod drain;
mod jobs;
mod lookup;
mod overload;
#[cfg(unix)]
pub mod postgres;
mod reference;
mod single;
mod streams;
mod waited;
mod webhooks;

use std::time::Duration;

use anyhow::{Context, Result};

use super::figures::Row;
use super::process::Server;
use super::requests::{Basket, Requests};
use super::stage::{PRODUCTS, Stage, paths};
use waited::{placed, reads};

/// How long the jobs of a run may take to be through.
const DRAIN_PATIENCE: Duration = Duration::from_mins(2);

/// Orders before the measurement begins.
const WARM_UP: Duration = Duration::from_millis(500);

/// The number of the first request that is measured; those of the warm-up are below.
const FIRST: u64 = 1 << 32;

/// Connections of those who read.
const READERS: usize = 64;

/// Orders in the database that single orders are read from.
const READ_ORDERS: u64 = 1_000;

/// Jobs that are not through.
const JOBS_LEFT: &str = "SELECT count(*) FROM jobs WHERE state IN ('ready', 'running')";

/// A row that can be measured.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Its name: what `--only` goes by.
    pub name: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// The row that it is a share of.
    pub beside: Option<&'static str>,
    /// Not part of a quick run.
    pub long: bool,
    /// Measured once, however many rounds there are.
    pub once: bool,
    /// Measured only when its name is asked for.
    pub asked: bool,
    measured: Measured,
}

#[derive(Clone, Copy, Debug)]
enum Measured {
    Parsed {
        connections: usize,
    },
    Bare {
        body: Body,
    },
    Raw {
        group: u64,
    },
    Orders {
        basket: Basket,
        connections: usize,
    },
    Read {
        body: Body,
    },
    BalancedRead,
    BalancedOrders,
    Lookup {
        tier: lookup::Tier,
    },
    Page {
        orders: u64,
    },
    Growth {
        orders: u64,
    },
    Start {
        orders: u64,
    },
    Memory {
        orders: u64,
    },
    Size,
    Payload,
    Streams,
    Overload,
    OverloadAfter,
    Drain {
        events: u64,
    },
    Jobs {
        jobs: u64,
    },
    /// So many deliveries.
    Webhooks(u64),
    #[cfg(unix)]
    Shared(postgres::Shared),
}

/// What is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    Product,
    Order,
}

const fn row(name: &'static str, what: &'static str, beside: &'static str, measured: Measured) -> Kind {
    Kind {
        name,
        what,
        beside: if beside.is_empty() { None } else { Some(beside) },
        long: false,
        once: false,
        asked: false,
        measured,
    }
}

/// A row that needs a large database, or that time does not make truer.
const fn once(
    name: &'static str,
    what: &'static str,
    beside: &'static str,
    long: bool,
    measured: Measured,
) -> Kind {
    Kind { long, once: true, ..row(name, what, beside, measured) }
}

/// A row that takes half an hour and 30 GB of disk.
const fn asked(name: &'static str, what: &'static str, beside: &'static str, measured: Measured) -> Kind {
    Kind { asked: true, ..once(name, what, beside, true, measured) }
}

const fn orders(name: &'static str, what: &'static str, basket: Basket, connections: usize) -> Kind {
    row(name, what, "raw-64", Measured::Orders { basket, connections })
}

const MILLION: u64 = 1_000_000;

/// The rows of the embedded store, and of what both have, references before what is measured beside them.
const ROWS: &[Kind] = &[
    row("http-1", "bare handler, POST parsed, 1 connection", "", Measured::Parsed { connections: 1 }),
    row("http-8", "bare handler, POST parsed, 8 connections", "", Measured::Parsed { connections: 8 }),
    row("http-64", "bare handler, POST parsed, 64 connections", "", Measured::Parsed { connections: 64 }),
    row("http-256", "bare handler, POST parsed, 256 connections", "", Measured::Parsed { connections: 256 }),
    row("raw-1", "raw SQLite, the rows of an order, 1 a commit", "", Measured::Raw { group: 1 }),
    row("raw-64", "raw SQLite, the rows of an order, 64 a commit", "", Measured::Raw { group: 64 }),
    orders("orders-1", "POST /orders, 1 connection", Basket::Many, 1),
    orders("orders-8", "POST /orders, 8 connections", Basket::Many, 8),
    orders("orders-64", "POST /orders, 64 connections", Basket::Many, 64),
    orders("orders-256", "POST /orders, 256 connections", Basket::Many, 256),
    orders("hot-256", "POST /orders, one product in all, 256 connections", Basket::Hot, 256),
    orders("paid-64", "orders paid with tok_ok, until paid, 64 connections", Basket::Paid, 64),
    row(
        "graphql-64",
        "orderPlace over GraphQL, 64 connections",
        "orders-64",
        Measured::Orders { basket: Basket::Graph, connections: 64 },
    ),
    row("overload", "POST /orders at twice the rate of orders-256", "orders-256", Measured::Overload),
    once(
        "overload-after",
        "seconds until one connection is as fast as before",
        "",
        false,
        Measured::OverloadAfter,
    ),
    row(
        "http-product",
        "bare handler, GET of a product's length",
        "",
        Measured::Bare { body: Body::Product },
    ),
    row("http-order", "bare handler, GET of an order's length", "", Measured::Bare { body: Body::Order }),
    row(
        "product",
        "GET /products/{id}, 64 connections",
        "http-product",
        Measured::Read { body: Body::Product },
    ),
    row(
        "get-direct",
        "GET /products/{id} within this process, without any lookup",
        "",
        Measured::Lookup { tier: lookup::Tier::None },
    ),
    row(
        "get-local",
        "the same, from the local tier in front of Redis",
        "get-direct",
        Measured::Lookup { tier: lookup::Tier::Local },
    ),
    row("order", "GET /orders/{id}, 64 connections", "http-order", Measured::Read { body: Body::Order }),
    row(
        "balance-product",
        "GET /products/{id} through sutler balance, 64 connections",
        "product",
        Measured::BalancedRead,
    ),
    row(
        "balance-orders-64",
        "POST /orders through sutler balance, 64 connections",
        "orders-64",
        Measured::BalancedOrders,
    ),
    once("page-1k", "first page of GET /orders, 1,000 orders", "", false, Measured::Page { orders: 1_000 }),
    once(
        "page-1m",
        "first page of GET /orders, 1,000,000 orders",
        "page-1k",
        true,
        Measured::Page { orders: MILLION },
    ),
    once(
        "growth-10k",
        "POST /orders, 64 connections, 10,000 orders before",
        "",
        false,
        Measured::Growth { orders: 10_000 },
    ),
    once(
        "growth-100k",
        "the same, 100,000 orders before",
        "growth-10k",
        true,
        Measured::Growth { orders: 100_000 },
    ),
    once(
        "growth-1m",
        "the same, 1,000,000 orders before",
        "growth-10k",
        true,
        Measured::Growth { orders: MILLION },
    ),
    asked(
        "grown-5m",
        "the same, 5,000,000 orders before",
        "growth-10k",
        Measured::Growth { orders: 5 * MILLION },
    ),
    once("start-1m", "start to ready, 1,000,000 orders", "", true, Measured::Start { orders: MILLION }),
    once("memory", "resident MiB after 100,000 orders", "", true, Measured::Memory { orders: 100_000 }),
    once(
        "relay-drain",
        "events that waited, to an empty stream of NATS",
        "",
        false,
        Measured::Drain { events: 100_000 },
    ),
    once("jobs", "jobs that waited, finished on SQLite", "", false, Measured::Jobs { jobs: 50_000 }),
    once("webhooks", "webhooks that wait, to one receiver", "", false, Measured::Webhooks(20_000)),
    row("streams", "an event to each of 1,000 open streams", "", Measured::Streams),
    once("payload", "bytes in the columns that one order leaves behind", "", false, Measured::Payload),
    once("size", "MB of the release binary", "", false, Measured::Size),
];

impl Kind {
    /// Whether it goes through the balancer.
    pub const fn is_balanced(&self) -> bool {
        matches!(self.measured, Measured::BalancedRead | Measured::BalancedOrders)
    }
}

#[cfg(unix)]
const SHARED: &[Kind] = postgres::ROWS;
#[cfg(not(unix))]
const SHARED: &[Kind] = &[];

/// Every row.
pub fn all() -> impl Iterator<Item = &'static Kind> {
    ROWS.iter().chain(SHARED)
}

/// Whether it is a row of the shared store, which has a table of its own.
pub fn is_shared(name: &str) -> bool {
    SHARED.iter().any(|row| row.name == name)
}

/// The row of this name.
pub fn of(name: &str) -> Option<&'static Kind> {
    all().find(|row| row.name == name)
}

/// The names of all rows.
pub fn names() -> String {
    all().map(|row| row.name).collect::<Vec<_>>().join(", ")
}

/// Measure a row once.
pub(super) async fn measure(kind: &Kind, stage: &Stage) -> Result<Row> {
    let row = Row::named(kind.name, kind.what);
    let measured = match kind.measured {
        Measured::Parsed { connections } => {
            let requests = Requests::orders(Basket::Many, PRODUCTS, "ce");
            let server = Server::ceiling(stage.folder.path(), &stage.order_body).await?;
            reads(row, stage, server, &requests, connections).await
        }
        Measured::Bare { body } => {
            let server = Server::ceiling(stage.folder.path(), stage.body(body)).await?;
            reads(row, stage, server, &Requests::get(&["/bare".to_owned()]), READERS).await
        }
        Measured::Raw { group } => reference::raw(row, stage, group),
        Measured::Orders { basket, connections } => {
            let database = stage.database("orders")?;
            placed(row, stage.serve(&database).await?, stage, &database, basket, connections).await
        }
        Measured::BalancedOrders => {
            let database = stage.database("orders")?;
            placed(row, stage.serve_behind(&database).await?, stage, &database, Basket::Many, 64).await
        }
        Measured::Read { body } => {
            let database = stage.filled(READ_ORDERS).await?;
            let paths = paths(&database, body)?;
            reads(row, stage, stage.serve(&database).await?, &Requests::get(&paths), READERS).await
        }
        Measured::BalancedRead => {
            let database = stage.filled(READ_ORDERS).await?;
            let paths = paths(&database, Body::Product)?;
            reads(row, stage, stage.serve_behind(&database).await?, &Requests::get(&paths), READERS).await
        }
        Measured::Lookup { tier } => lookup::measure(row, stage, tier).await,
        Measured::Page { orders } => {
            let server = stage.serve(&stage.filled(orders).await?).await?;
            reads(row, stage, server, &Requests::get(&["/orders".to_owned()]), 1).await
        }
        Measured::Growth { orders } => {
            let database = stage.filled(orders).await?;
            placed(row, stage.serve(&database).await?, stage, &database, Basket::Many, 64).await
        }
        Measured::Start { orders } => single::start(row, stage, orders).await,
        Measured::Memory { orders } => single::memory(row, stage, orders).await,
        Measured::Size => single::size(row, stage),
        Measured::Payload => Ok(single::payload(row, stage)),
        Measured::Streams => streams::streams(row, stage).await,
        Measured::Overload => overload::under(row, stage).await,
        Measured::OverloadAfter => overload::after(row, stage).await,
        Measured::Jobs { jobs } => jobs::on_sqlite(row, stage, jobs).await,
        Measured::Webhooks(events) => webhooks::deliver(row, stage, events).await,
        #[cfg(unix)]
        Measured::Drain { events } => drain::drain(row, stage, events).await,
        #[cfg(unix)]
        Measured::Shared(shared) => postgres::measure(row, stage, shared).await,
        #[cfg(not(unix))]
        Measured::Drain { .. } => bail!("servers of its own are started on Unix only"),
    };
    measured.with_context(|| format!("row {}", kind.name))
}

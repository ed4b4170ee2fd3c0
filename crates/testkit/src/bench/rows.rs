//! The rows of the table: what each measures.

mod beside;
mod bulk;
mod catalog;
mod dashboard;
#[cfg(unix)]
mod drain;
mod imports;
mod jobs;
mod log;
mod lookup;
mod overload;
#[cfg(unix)]
pub mod postgres;
mod reference;
mod single;
mod streams;
mod table;
mod waited;
mod webhooks;

use std::time::Duration;

use anyhow::{Context, Result};

use super::figures::Row;
use super::process::Server;
use super::requests::{Basket, Requests};
use super::stage::{PRODUCTS, Stage, paths};
use table::{ROWS, once, row};
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
    Beside(beside::Company),
    /// The list of orders on a page, of so many.
    Dashboard(u64),
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
    Bulk,
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
    /// A file of a shop's past.
    Import(imports::Import),
    /// The log, walked from its beginning.
    Log(log::Walk),
    /// The large catalog.
    Catalog(catalog::Wanted),
    #[cfg(unix)]
    Shared(postgres::Shared),
}

/// What is read.
#[derive(Clone, Copy, Debug)]
pub(super) enum Body {
    Product,
    Order,
}

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
        Measured::Dashboard(orders) => dashboard::page(row, stage, orders).await,
        Measured::Beside(company) => beside::orders(row, stage, company).await,
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
        Measured::Bulk => bulk::placed(row, stage).await,
        Measured::Overload => overload::under(row, stage).await,
        Measured::OverloadAfter => overload::after(row, stage).await,
        Measured::Jobs { jobs } => jobs::on_sqlite(row, stage, jobs).await,
        Measured::Webhooks(events) => webhooks::deliver(row, stage, events).await,
        Measured::Import(import) => imports::measure(row, stage, import).await,
        Measured::Log(walk) => log::walk(row, stage, walk).await,
        Measured::Catalog(wanted) => catalog::measure(row, stage, wanted).await,
        #[cfg(unix)]
        Measured::Drain { events } => drain::drain(row, stage, events).await,
        #[cfg(unix)]
        Measured::Shared(shared) => postgres::measure(row, stage, shared).await,
        #[cfg(not(unix))]
        Measured::Drain { .. } => bail!("servers of its own are started on Unix only"),
    };
    measured.with_context(|| format!("row {}", kind.name))
}

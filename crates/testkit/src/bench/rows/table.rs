//! The table: a row for each thing that is measured, in the order in which it is shown.

use super::{Body, Kind, Measured, beside, catalog, imports, log, lookup};
use crate::bench::requests::Basket;

pub(super) const fn row(
    name: &'static str,
    what: &'static str,
    beside: &'static str,
    measured: Measured,
) -> Kind {
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
pub(super) const fn once(
    name: &'static str,
    what: &'static str,
    beside: &'static str,
    long: bool,
    measured: Measured,
) -> Kind {
    Kind { long, once: true, ..row(name, what, beside, measured) }
}

/// A row of the large catalog.
const fn large(name: &'static str, what: &'static str, wanted: catalog::Wanted) -> Kind {
    Kind { long: true, ..row(name, what, "", Measured::Catalog(wanted)) }
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
pub(super) const ROWS: &[Kind] = &[
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
    row("bulk", "POST /orders/bulk, one file, 1 connection", "orders-64", Measured::Bulk),
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
    row(
        "orders-webhooks",
        "POST /orders, 64 connections, each event delivered to a receiver meanwhile",
        "orders-64",
        Measured::Beside(beside::Company::Webhooks),
    ),
    row(
        "orders-streams",
        "POST /orders, 64 connections, each told to 1,000 open streams meanwhile",
        "orders-64",
        Measured::Beside(beside::Company::Streams),
    ),
    row(
        "orders-jobs",
        "POST /orders, 64 connections, 50,000 jobs worked on meanwhile",
        "orders-64",
        Measured::Beside(beside::Company::Jobs),
    ),
    row(
        "orders-dashboards",
        "POST /orders, 64 connections, 200 dashboards open meanwhile",
        "orders-64",
        Measured::Beside(beside::Company::Dashboards),
    ),
    once(
        "dashboard-1m",
        "the dashboard's list of orders, 50 rows, 1,000,000 orders",
        "page-1m",
        true,
        Measured::Dashboard(MILLION),
    ),
    once(
        "load-orders",
        "SQLite's own load of the rows that imported orders leave, in lines of their file",
        "",
        false,
        Measured::Import(imports::Import::Loaded),
    ),
    once(
        "import-orders",
        "sutler import of past orders, lines of a file",
        "load-orders",
        false,
        Measured::Import(imports::Import::Orders),
    ),
    once(
        "import-products",
        "sutler import of products",
        "",
        false,
        Measured::Import(imports::Import::Products),
    ),
    row("verify", "sutler verify, events of the log", "", Measured::Log(log::Walk::Verify)),
    row("rebuild", "every stream folded into its view anew, events", "", Measured::Log(log::Walk::Refold)),
    Kind {
        once: true,
        ..large("index-1m", "products into a new search index, 1,000,000 products", catalog::Wanted::Index)
    },
    Kind {
        once: true,
        ..large("index-memory-1m", "most resident MiB meanwhile", catalog::Wanted::IndexMemory)
    },
    large("search-1m", "GET /catalog/search without facets, 1,000,000 products", catalog::Wanted::Words),
    large("search-facets-1m", "the same with all facets, 1,000,000 products", catalog::Wanted::Facets),
    large("browse-1m", "all facets without a word, 1,000,000 products", catalog::Wanted::Browse),
    large("products-page-1m", "pages of GET /products, 1,000,000 products", catalog::Wanted::Page),
    Kind {
        once: true,
        ..large(
            "search-memory-1m",
            "most resident MiB of a server that is searched, 1,000,000 products",
            catalog::Wanted::Memory,
        )
    },
    once("payload", "bytes in the columns that one order leaves behind", "", false, Measured::Payload),
    once("size", "MB of the release binary", "", false, Measured::Size),
];

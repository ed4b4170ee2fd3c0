//! What is PostgreSQL's own: how many statements things take, many nodes at one door, and what happens when the server,
//! the connection or another node fails.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod door;
mod faults;
mod nodes;
mod open;

use std::sync::Arc;
use std::time::Duration;

use sutler_adapters::postgres::{Options, Postgres};
use sutler_app::commit::{Commit, Guard};
use sutler_app::ports::{EventFilter, Feed, StockReads, Store};
use sutler_app::stream::StreamId;
use sutler_domain::orders::Order;
use sutler_domain::{Position, Version};
use sutler_testkit::builders as some;
use sutler_testkit::servers::postgres::Postgres as Server;

/// Longer than anything here takes: whoever waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(2);

/// A fresh database on the server of this process.
fn database() -> String {
    let server = Server::shared();
    server.url(&server.database().unwrap())
}

async fn open_with(url: &str, options: Options) -> Arc<Postgres> {
    Arc::new(Postgres::open(url, options).await.unwrap())
}

/// A node.
async fn node(url: &str) -> Arc<Postgres> {
    open_with(url, Options { connections_max: 6, ..Options::default() }).await
}

/// A node on a fresh database with a product on the shelf.
async fn stocked(url: &str, units: i64) -> Arc<Postgres> {
    let store = node(url).await;
    store.commit(some::save(&some::product("p1", "v1", "M-1"))).await.unwrap();
    store.commit(some::receive(&some::key("v1"), units)).await.unwrap();
    store
}

/// A connection that is nobody's node.
async fn stranger(url: &str) -> tokio_postgres::Client {
    let (client, driver) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(driver);
    client
}

/// An order as `POST /orders` makes it, with so many items of one product: key, price, stock, customer, reference, job.
fn order_of(n: u64, items: u64) -> Commit {
    let order = Order {
        customer_id: Some(some::customer_id("C1")),
        reference: Some(format!("R{n}")),
        items: (0..items).map(|item| some::item(n * 10 + item)).collect(),
        ..some::order(n)
    };
    let stream = StreamId::from(&order.order_id);
    let promises = (0..items).map(|_| some::moved(&some::key("v1"), 0, 1, Guard::Available));
    some::place(&order)
        .key(Some(some::idempotency(&format!("k{n}"), "f")))
        .requires([(StreamId::price(&some::variant_id("v1")), Version(1))])
        .moves(promises)
        .then([some::job(n, some::start())])
        .answers(stream, None, false)
}

/// The whole log.
async fn log(store: &Postgres) -> Vec<sutler_app::event::Recorded> {
    let mut all = Vec::new();
    loop {
        let page = store.after(Position(count(all.len())), &EventFilter::default(), 500).await.unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

/// The numbers of the orders in the log, in its order; positions and the chain of hashes are as they must be.
async fn numbers(store: &Postgres) -> Vec<u64> {
    let log = log(store).await;
    assert!(
        log.iter().map(|event| event.position.0).eq(1..=count(log.len())),
        "no position is missing or doubled"
    );
    let mut hash = sutler_app::admission::genesis(&store.first_epoch().await.unwrap());
    for event in &log {
        assert_eq!(event.hash, sutler_app::admission::chained(&hash, event), "{event:?}");
        hash = event.hash;
    }
    log.iter().filter_map(|event| event.number).collect()
}

/// Units of the product that are promised.
async fn reserved(store: &Postgres) -> i64 {
    store.levels(&[some::variant_id("v1")]).await.unwrap().iter().map(|level| level.level.reserved).sum()
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap()
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap()
}

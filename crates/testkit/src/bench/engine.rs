//! The real engine in this process, on a file, with a clock and ids that count: it stocks the shop that is measured,
//! and places the orders whose rows the raw reference writes again.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Result, anyhow, bail};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use jiff::{SignedDuration, Timestamp};
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::manual::ManualGateway;
use sutler_adapters::postgres::{self, Postgres};
use sutler_adapters::sqlite::{Options, Sqlite};
use sutler_api::rest::{self, Api};
use sutler_app::ports::{Clock, Ids, PaymentGateway, Storage};
use sutler_app::{App, Ports, Settings};
use sutler_domain::Currency;
use tower::ServiceExt;
use uuid::Uuid;

use super::requests::{product_body, product_id};
use crate::assortment::{self, Assortment};
use crate::clock::TestClock;

/// Units of each product: more than any bench sells.
const UNITS: u64 = 1_000_000_000;

/// Time between two orders.
const STEP: SignedDuration = SignedDuration::from_micros(101);

/// What lies between two ids: about what lies between those of a server that makes 128 in a millisecond.
const STRIDE: u128 = (1 << 73) + 0x1_2345_6789_abcd;

/// An engine over a database of its own.
pub struct Engine<S = Sqlite> {
    app: App,
    router: Router,
    clock: Arc<TestClock>,
    store: Arc<S>,
}

impl Engine {
    /// Open a database at this time, or make it, with the number of its first order.
    pub async fn open(path: &Path, now: Timestamp, number_start: u64) -> Result<Self> {
        let clock = Arc::new(TestClock::at(now));
        let options = sutler_adapters::Options {
            clock: clock.clone(),
            number_start,
            ..sutler_adapters::Options::default()
        };
        let store = Arc::new(Sqlite::open(path, Options { store: options, ..Options::default() })?);
        Self::over(store, clock, now).await
    }

    /// Write everything into the one file.
    pub async fn close(self) {
        self.store.close().await;
    }
}

impl Engine<Postgres> {
    /// Open the database at this address at this time, or set it up.
    pub async fn connect(url: &str, now: Timestamp) -> Result<Self> {
        let clock = Arc::new(TestClock::at(now));
        let store = sutler_adapters::Options { clock: clock.clone(), ..sutler_adapters::Options::default() };
        let options = postgres::Options { store, ..postgres::Options::default() };
        Self::over(Arc::new(Postgres::open(url, options).await?), clock, now).await
    }

    /// Close all connections.
    pub async fn close(self) {
        self.store.close().await;
    }
}

impl<S: Storage> Engine<S> {
    async fn over(store: Arc<S>, clock: Arc<TestClock>, now: Timestamp) -> Result<Self> {
        let manual: Arc<dyn PaymentGateway> = Arc::new(ManualGateway);
        let gateways = BTreeMap::from([("manual".to_owned(), manual)]);
        let ids = Arc::new(Numbered { begun: now, made: AtomicU64::new(0) });
        let ports = Ports::over(&store, gateways, Arc::new(LogShipping), clock.clone(), ids);
        let currency = Currency::parse("EUR").map_err(|_| anyhow!("ISO 4217 has the euro"))?;
        // As the servers under measurement are told: no order expires within the bench.
        let settings =
            Settings { reservation_ttl: SignedDuration::from_hours(365 * 24), ..Settings::new(currency) };
        let app = App::new(ports, settings);
        app.inventory.ensure_default_location().await.map_err(|problem| anyhow!("{problem}"))?;
        let api = Api::new(app.clone(), rest::Options { dev: true, ..rest::Options::default() });
        Ok(Self { app, router: rest::router(api), clock, store })
    }

    /// Put so many products on the shelf.
    pub async fn stock(&self, products: usize) -> Result<()> {
        for n in 0..products {
            let path = format!("/products/{}", product_id(n));
            self.send("PUT", &path, "", &product_body(n, UNITS)).await?;
        }
        self.work().await
    }

    /// Put an assortment on sale, through the door.
    pub async fn offer(&self, goods: Assortment) -> Result<()> {
        assortment::offer(self.store.as_ref(), goods).await
    }

    /// Place one order, a little later than the last one.
    pub async fn place(&self, body: &str, key: &str) -> Result<()> {
        self.clock.advance(STEP);
        self.send("POST", "/orders", key, body).await
    }

    /// Run the jobs that are due, and those that follow.
    pub async fn work(&self) -> Result<()> {
        while self.app.jobs.run_due("bench", 16).await.map_err(|problem| anyhow!("{problem}"))? > 0 {}
        Ok(())
    }

    async fn send(&self, method: &str, path: &str, key: &str, body: &str) -> Result<()> {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, "Bearer sk_dev_sutler")
            .header(header::CONTENT_TYPE, "application/json");
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        let answer = self.router.clone().oneshot(request.body(Body::from(body.to_owned()))?).await?;
        if answer.status().is_success() {
            return Ok(());
        }
        let status = answer.status();
        let said = to_bytes(answer.into_body(), usize::MAX).await?;
        bail!("{method} {path}: {status} {}", String::from_utf8_lossy(&said))
    }
}

/// Ids that count from a time, each the same step after the last, so that further ones can be worked out.
struct Numbered {
    begun: Timestamp,
    made: AtomicU64,
}

impl Numbered {
    fn next(&self) -> u64 {
        self.made.fetch_add(1, Ordering::Relaxed)
    }
}

impl Ids for Numbered {
    fn uuid(&self) -> Uuid {
        let begun_ms = u128::try_from(self.begun.as_millisecond()).unwrap_or(0);
        let first = (begun_ms << 80) | (7 << 76) | (2 << 62);
        Uuid::from_u128(first.wrapping_add(STRIDE.wrapping_mul(u128::from(self.next()))))
    }

    fn secret(&self) -> [u8; 24] {
        let mut secret = [7; 24];
        for (byte, new) in secret.iter_mut().zip(self.next().to_be_bytes()) {
            *byte = new;
        }
        secret
    }

    fn below(&self, max: u64) -> u64 {
        self.next() % max.saturating_add(1)
    }
}

/// An hour ago, to the second: what a bench writes ahead of its time is old enough for ids to grow, and too young to be
/// swept.
pub fn an_hour_ago() -> Timestamp {
    let now = sutler_adapters::system::SystemClock.now().as_second();
    Timestamp::from_second(now - 3600).unwrap_or_default()
}

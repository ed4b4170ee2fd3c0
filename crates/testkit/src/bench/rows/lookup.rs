//! What it costs to look a product up: one that is remembered in front of a Redis, beside one that is at hand. Both are
//! answered by the real router within this process, since the network would hide what there is to see.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use sutler_adapters::cache::{Redis, Tiered};
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::system::{SystemClock, SystemIds};
use sutler_api::rest::{self, Api};
use sutler_app::page::Page;
use sutler_app::ports::reads::{PricedProduct, ProductName, ProductQuery};
use sutler_app::ports::{ProductReads, ReadError, Store};
use sutler_app::{App, Ports, Settings};
use sutler_domain::Currency;
use tower::ServiceExt;

use super::{Row, Stage, WARM_UP};
use crate::bench::figures;
use crate::bench::process::own_cpu;
use crate::builders as some;
use crate::servers;

/// Where the product is found.
#[derive(Clone, Copy, Debug)]
pub(in crate::bench) enum Tier {
    /// At hand: nothing is looked up.
    None,
    /// In the memory of the node, in front of Redis and the store.
    Local,
}

/// Requests between two looks at the clock.
const SLICE: u64 = 256;

/// How long Redis may take while nothing is measured.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ask for one product, one request after the other.
pub(super) async fn measure(row: Row, stage: &Stage, tier: Tier) -> Result<Row> {
    let store = Arc::new(Memory::new(sutler_adapters::Options::default()));
    let product = some::product("mug", "mug-blue", "M-1");
    store.commit(some::save(&product)).await.map_err(|refused| anyhow!("{refused}"))?;
    let name = ProductName::Id(product.product_id);
    let (_, found) = store.products(&[name]).await?.pop().context("the product that was saved")?;
    // Nothing is asked of it once the product is remembered; but without one there is no tier in front of it.
    let server = servers::redis::Redis::start()?;
    let catalog: Arc<dyn ProductReads> = match tier {
        Tier::None => Arc::new(AtHand(found)),
        Tier::Local => {
            let redis = Redis::open(&server.socket_url(), PATIENCE).await?;
            Arc::new(Tiered::open(Arc::clone(&store), redis, Arc::new(SystemIds::default())).await?)
        }
    };
    let router = router(&store, catalog)?;
    many(&router, WARM_UP).await?;
    let (cpu, begun) = (own_cpu()?, Instant::now());
    let done = many(&router, Duration::from_secs(stage.pace.seconds)).await?;
    let (cpu, took) = (own_cpu()?.saturating_sub(cpu), begun.elapsed());
    let mut row = row.cost(done, cpu, Duration::ZERO);
    (row.rate, row.load_cpu_us) = (Some(figures::per(done, took)), None);
    "one after the other; what the caller costs is in it".clone_into(&mut row.note);
    Ok(row)
}

fn router(store: &Arc<Memory>, catalog: Arc<dyn ProductReads>) -> Result<Router> {
    let ids = Arc::new(SystemIds::default());
    let over = Ports::over(store, BTreeMap::new(), Arc::new(LogShipping), Arc::new(SystemClock), ids);
    let currency = Currency::parse("EUR").map_err(|_| anyhow!("ISO 4217 has the euro"))?;
    let app = App::new(Ports { catalog, ..over }, Settings::new(currency));
    Ok(rest::router(Api::new(app, rest::Options { dev: true, ..rest::Options::default() })))
}

/// How many requests fit into the time.
async fn many(router: &Router, time: Duration) -> Result<u64> {
    let (begun, mut done) = (Instant::now(), 0);
    while begun.elapsed() < time {
        for _ in 0..SLICE {
            let request = Request::get("/products/mug").header(header::AUTHORIZATION, "Bearer sk_dev_sutler");
            let answer = router.clone().oneshot(request.body(Body::empty())?).await?;
            ensure!(answer.status().is_success(), "GET /products/mug: {}", answer.status());
            to_bytes(answer.into_body(), usize::MAX).await?;
        }
        done += SLICE;
    }
    Ok(done)
}

/// One product that answers to every name.
struct AtHand(PricedProduct);

#[async_trait]
impl ProductReads for AtHand {
    async fn products(&self, names: &[ProductName]) -> Result<Vec<(ProductName, PricedProduct)>, ReadError> {
        Ok(names.iter().map(|name| (name.clone(), self.0.clone())).collect())
    }

    async fn list(&self, _: &ProductQuery) -> Result<Page<PricedProduct>, ReadError> {
        Err(ReadError::Unavailable("nothing is listed here".to_owned()))
    }
}

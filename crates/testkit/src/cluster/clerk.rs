//! A clerk who goes on changing a product and looking at it through the balancer, beside the buyers: so every tier of
//! the catalog has something to do, and streams other than those of orders grow.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use hyper::Method;
use serde_json::{Value, json};
use tokio::task::JoinHandle;

use crate::crash::wire::Wire;

/// The product.
const PRODUCT: &str = "/products/CLERK";

/// Looks after each change: one for each node, and more.
const LOOKS: usize = 4;

/// How long the clerk rests between two changes.
const REST: Duration = Duration::from_millis(100);

/// How long a node may show an older product than the newest: a second or two, and a machine that is busy.
const STALE_MAX: Duration = Duration::from_secs(20);

/// A clerk at work.
pub struct Clerk {
    stop: Arc<AtomicBool>,
    task: JoinHandle<BTreeMap<String, u64>>,
}

impl Clerk {
    /// Begin, at a server at `host:port`.
    pub fn begin(address: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, wire) = (Arc::clone(&stop), Wire::new(address));
        let task = tokio::spawn(async move { work(wire, &stopped).await });
        Self { stop, task }
    }

    /// Let the clerk go home; gives the answers by what was asked and status, `no answer` included.
    pub async fn end(self) -> Result<BTreeMap<String, u64>> {
        self.stop.store(true, Ordering::Relaxed);
        Ok(self.task.await?)
    }
}

async fn work(mut wire: Wire, stopped: &AtomicBool) -> BTreeMap<String, u64> {
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    for number in 0_u64.. {
        if stopped.load(Ordering::Relaxed) {
            break;
        }
        let body = product(&format!("as of {number}"));
        let calls = std::iter::once((Method::PUT, Some(body))).chain((0..LOOKS).map(|_| (Method::GET, None)));
        for (method, body) in calls {
            let answer = wire.send(method.clone(), PRODUCT, None, body.as_deref()).await;
            let status = answer.map_or_else(|_| "no answer".to_owned(), |answer| answer.status.to_string());
            *told.entry(format!("{method} {status}")).or_default() += 1;
        }
        tokio::time::sleep(REST).await;
    }
    told
}

fn product(title: &str) -> String {
    json!({"title": title, "price": {"amount": 500, "currency": "EUR"}}).to_string()
}

/// Change the product once more, and wait until every node shows that: an older one stays nowhere.
pub async fn last_change(balancer: &str, nodes: impl Iterator<Item = &str>) -> Result<()> {
    let answer =
        Wire::new(balancer).send(Method::PUT, PRODUCT, None, Some(&product("as of the end"))).await?;
    ensure!(answer.is_success(), "the last change was answered {}: {}", answer.status, answer.body);
    for node in nodes {
        let (mut wire, begun) = (Wire::new(node), Instant::now());
        loop {
            let shown: Value = wire.get(PRODUCT).await?;
            let title = shown["title"].as_str().context("a product has a title")?;
            if title == "as of the end" {
                break;
            }
            ensure!(begun.elapsed() < STALE_MAX, "{node} shows the product {title} after {STALE_MAX:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    Ok(())
}

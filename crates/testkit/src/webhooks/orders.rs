//! Orders, evenly over a time: each is paid at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Result, ensure};
use hyper::Method;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::crash::wire::Wire;

/// How long a client rests when the server has too much to do.
const REST: Duration = Duration::from_millis(20);

/// Orders that are being placed.
pub(super) struct Orders(JoinSet<Result<()>>);

/// Which order is the next one, and when each is due.
struct Plan {
    next: AtomicU32,
    count: u32,
    begun: Instant,
    span: Duration,
}

impl Orders {
    /// Put something on sale, and begin.
    pub(super) async fn begin(address: &str, count: usize, span: Duration, clients: u32) -> Result<Self> {
        let mut wire = Wire::new(address);
        let mug = json!({"title": "Mug", "price": 1000, "stock": 100_000_000}).to_string();
        let made = wire.send(Method::PUT, "/products/mug", None, Some(&mug)).await?;
        ensure!(made.is_success(), "PUT /products/mug answered {}: {}", made.status, made.body);
        let count = u32::try_from(count)?;
        let plan = Arc::new(Plan { next: AtomicU32::new(0), count, begun: Instant::now(), span });
        let mut tasks = JoinSet::new();
        for _ in 0..clients {
            tasks.spawn(place(address.to_owned(), Arc::clone(&plan)));
        }
        Ok(Self(tasks))
    }

    /// Wait until all are placed.
    pub(super) async fn end(mut self) -> Result<()> {
        while let Some(ended) = self.0.join_next().await {
            ended??;
        }
        Ok(())
    }
}

/// One client: the next order when its time has come, until there is none.
async fn place(address: String, plan: Arc<Plan>) -> Result<()> {
    let mut wire = Wire::new(address);
    let body = json!({"items": [{"product_id": "mug", "quantity": 1}], "payment": {"token": "tok_ok"}});
    let body = body.to_string();
    loop {
        let nth = plan.next.fetch_add(1, Ordering::Relaxed);
        if nth >= plan.count {
            return Ok(());
        }
        tokio::time::sleep_until(plan.begun + plan.span / plan.count * nth).await;
        let key = format!("order-{nth}");
        loop {
            let answer = wire.send(Method::POST, "/orders", Some(&key), Some(&body)).await?;
            if answer.status == 503 {
                tokio::time::sleep(REST).await;
                continue;
            }
            ensure!(answer.is_success(), "POST /orders answered {}: {}", answer.status, answer.body);
            break;
        }
    }
}

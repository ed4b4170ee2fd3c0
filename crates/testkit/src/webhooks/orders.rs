//! Orders, evenly over a time: each is paid at once.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use hyper::Method;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::crash::wire::Wire;

/// How often it is looked at how many orders are to be placed by now.
const BEAT: Duration = Duration::from_millis(10);

/// How long a client rests when the server has too much to do.
const REST: Duration = Duration::from_millis(20);

/// Orders that are being placed.
pub(super) struct Orders(JoinSet<Result<()>>);

impl Orders {
    /// Put something on sale, and begin.
    pub(super) async fn begin(address: &str, count: usize, span: Duration, clients: u32) -> Result<Self> {
        let mut wire = Wire::new(address);
        let mug = json!({"title": "Mug", "price": 1000, "stock": 100_000_000}).to_string();
        let made = wire.send(Method::PUT, "/products/mug", None, Some(&mug)).await?;
        ensure!(made.is_success(), "PUT /products/mug answered {}: {}", made.status, made.body);
        let due = Arc::new(Semaphore::new(0));
        let mut tasks = JoinSet::new();
        for client in 0..clients {
            tasks.spawn(place(address.to_owned(), client, Arc::clone(&due)));
        }
        tasks.spawn(pace(due, count, span));
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

/// Let orders be placed as their time comes; close when the last one was.
async fn pace(due: Arc<Semaphore>, count: usize, span: Duration) -> Result<()> {
    let (begun, mut let_go) = (tokio::time::Instant::now(), 0);
    while let_go < count {
        tokio::time::sleep(BEAT).await;
        let elapsed = begun.elapsed().min(span);
        let share = elapsed.as_micros().saturating_mul(u128::try_from(count)?);
        let by_now = usize::try_from(share / span.as_micros().max(1))?;
        due.add_permits(by_now - let_go);
        let_go = by_now;
    }
    // Whoever waits after the last one has been taken goes home.
    while due.available_permits() > 0 {
        tokio::time::sleep(BEAT).await;
    }
    due.close();
    Ok(())
}

async fn place(address: String, client: u32, due: Arc<Semaphore>) -> Result<()> {
    let (mut wire, mut asked) = (Wire::new(address), 0_u64);
    while let Ok(one) = due.acquire().await {
        one.forget();
        asked += 1;
        let key = format!("client-{client}-{asked}");
        let body = json!({"items": [{"product_id": "mug", "quantity": 1}], "payment": {"token": "tok_ok"}});
        loop {
            let answer = wire.send(Method::POST, "/orders", Some(&key), Some(&body.to_string())).await?;
            if answer.status == 503 {
                tokio::time::sleep(REST).await;
                continue;
            }
            ensure!(answer.is_success(), "POST /orders answered {}: {}", answer.status, answer.body);
            break;
        }
    }
    Ok(())
}

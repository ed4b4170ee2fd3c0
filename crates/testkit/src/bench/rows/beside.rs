//! Orders while the node also does something else: what is left of their rate.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use serde_json::json;
use sutler_client::{Call, Client};
use tokio::io::{BufReader, Lines};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::dashboard::{ADMIN, sign_in};
use super::jobs;
use super::streams::{READERS, follow, opened};
use super::waited::{placed, placed_beside};
use crate::bench::figures::Row;
use crate::bench::process::Server;
use crate::bench::requests::{API_KEY, Basket};
use crate::bench::stage::Stage;
use crate::servers::receiver::Receiver;

/// Connections that place orders.
const CONNECTIONS: usize = 64;

/// Jobs that wait when the orders begin.
const JOBS: u64 = 50_000;

/// What the node does meanwhile.
#[derive(Clone, Copy, Debug)]
pub(super) enum Company {
    /// Each event of each order is delivered to a receiver.
    Webhooks,
    /// Each order is told to a thousand readers.
    Streams,
    /// Jobs that waited are worked on.
    Jobs,
    /// Two hundred dashboards are open.
    Dashboards,
}

/// Dashboards that are open at one time.
const DASHBOARDS: usize = 200;

pub(super) async fn orders(row: Row, stage: &Stage, company: Company) -> Result<Row> {
    let database = stage.database("orders")?;
    match company {
        Company::Webhooks => beside_webhooks(row, stage, &database).await,
        Company::Streams => {
            let server = stage.serve(&database).await?;
            let mut streams = Vec::with_capacity(READERS);
            for _ in 0..READERS {
                streams.push(follow(server.address).await?);
            }
            beside_streams(row, stage, server, &database, streams, "event: order.placed").await
        }
        Company::Dashboards => {
            let server = stage.serve_with(&database, &ADMIN).await?;
            let cookie = format!("Cookie: {}", sign_in(&server).await?);
            let mut streams = Vec::with_capacity(DASHBOARDS);
            for _ in 0..DASHBOARDS {
                streams.push(opened(server.address, "/admin/live", &cookie, "event: open").await?);
            }
            beside_streams(row, stage, server, &database, streams, "event: changes").await
        }
        Company::Jobs => {
            let server = stage.serve(&database).await?;
            let begin = || jobs::fill(&database, JOBS);
            let mut row =
                placed_beside(row, server, stage, &database, Basket::Many, CONNECTIONS, begin).await?;
            row.note = format!("{JOBS} jobs waited; {}", row.note);
            Ok(row)
        }
    }
}

async fn beside_webhooks(row: Row, stage: &Stage, database: &Path) -> Result<Row> {
    let receiver = Receiver::start()?;
    let server = stage.serve_with(database, &[("SUTLER_WEBHOOKS__ALLOW_PRIVATE", "true")]).await?;
    let endpoint = json!({"url": receiver.url(), "types": ["order.*"]});
    client(&server)?.send(Call::post("/webhook_endpoints").json(&endpoint)).await?;
    let mut row = placed(row, server, stage, database, Basket::Many, CONNECTIONS).await?;
    row.note = format!("{} deliveries meanwhile; {}", receiver.count(), row.note);
    Ok(row)
}

/// Beside readers of open streams; counts the messages that begin so.
async fn beside_streams(
    row: Row,
    stage: &Stage,
    server: Server,
    database: &Path,
    streams: Vec<Lines<BufReader<TcpStream>>>,
    message: &'static str,
) -> Result<Row> {
    let (count, told) = (streams.len(), Arc::new(AtomicU64::new(0)));
    let mut readers = JoinSet::new();
    for mut lines in streams {
        let told = Arc::clone(&told);
        readers.spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                if line == message {
                    told.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
    }
    let mut row = placed(row, server, stage, database, Basket::Many, CONNECTIONS).await?;
    readers.shutdown().await;
    row.note = format!("{} messages to {count} streams; {}", told.load(Ordering::Relaxed), row.note);
    Ok(row)
}

fn client(server: &Server) -> Result<Client> {
    Ok(Client::new(format!("http://{}", server.address))?.with_key(API_KEY))
}

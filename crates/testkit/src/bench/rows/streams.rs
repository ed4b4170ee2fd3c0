//! Readers of the stream of events: how long an event takes to reach every one of them.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use serde_json::json;
use sutler_client::{Call, Client};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

use crate::bench::figures::{Row, millis};
use crate::bench::process::own_cpu;
use crate::bench::requests::{API_KEY, product_id};
use crate::bench::stage::Stage;

/// Streams that are open at one time.
pub(super) const READERS: usize = 1_000;

/// Between two events; nothing waits when the next one comes.
const BETWEEN: Duration = Duration::from_millis(50);

/// How long one event may take before the row fails.
const PATIENCE: Duration = Duration::from_secs(30);

/// From the moment that an order is sent until every reader has its `order.placed`: the commit is part of it.
pub(super) async fn streams(mut row: Row, stage: &Stage) -> Result<Row> {
    let server = stage.serve(&stage.empty("streams")?).await?;
    let client = Client::new(format!("http://{}", server.address))?.with_key(API_KEY);
    let (begun, (heard, mut ears)) = (Instant::now(), unbounded_channel());
    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        readers.spawn(listen(follow(server.address).await?, begun, heard.clone()));
    }
    drop(heard);
    let (cpu, load_cpu) = (server.cpu()?, own_cpu()?);
    let mut took_us: Histogram<u64> = Histogram::new(3)?;
    let (measuring, mut events) = (Instant::now(), 0);
    while measuring.elapsed() < Duration::from_secs(stage.pace.seconds) {
        let (order, sent) =
            (json!({"items": [{"product_id": product_id(1), "quantity": 1}]}), begun.elapsed());
        client.send(Call::post("/orders").json(&order)).await?;
        for _ in 0..READERS {
            let at = tokio::time::timeout(PATIENCE, ears.recv()).await?.context("a reader is gone")?;
            took_us.record(u64::try_from(at.saturating_sub(sent).as_micros())?)?;
        }
        events += 1;
        tokio::time::sleep(BETWEEN).await;
    }
    let (cpu, load_cpu) = (server.cpu()?.saturating_sub(cpu), own_cpu()?.saturating_sub(load_cpu));
    row = row.cost(events, cpu, load_cpu);
    row.p50_ms = Some(millis(took_us.value_at_quantile(0.5)));
    row.p99_ms = Some(millis(took_us.value_at_quantile(0.99)));
    row.note = format!("{events} orders, each to {READERS} readers; slowest {:.1} ms", millis(took_us.max()));
    readers.shutdown().await;
    server.stop().await?;
    Ok(row)
}

/// An open stream of orders that are placed, behind its first message.
pub(super) async fn follow(address: SocketAddr) -> Result<Lines<BufReader<TcpStream>>> {
    let authorization = format!("Authorization: Bearer {API_KEY}");
    opened(address, "/events/stream?types=order.placed", &authorization, "event: stream.open").await
}

/// An open stream, behind its first message.
pub(super) async fn opened(
    address: SocketAddr,
    path: &str,
    authorization: &str,
    first: &str,
) -> Result<Lines<BufReader<TcpStream>>> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut lines = BufReader::new(stream).lines();
    while let Some(line) = lines.next_line().await? {
        if line == first {
            return Ok(lines);
        }
    }
    bail!("the server ended a stream before it began")
}

/// Say when each event arrives.
async fn listen(mut lines: Lines<BufReader<TcpStream>>, begun: Instant, heard: UnboundedSender<Duration>) {
    while let Ok(Some(line)) = lines.next_line().await {
        if line == "event: order.placed" && heard.send(begun.elapsed()).is_err() {
            return;
        }
    }
}

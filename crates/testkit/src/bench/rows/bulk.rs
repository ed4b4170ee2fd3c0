//! Orders of one file: sent as fast as they are taken in, counted as they are answered.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::{DRAIN_PATIENCE, FIRST, JOBS_LEFT, WARM_UP};
use crate::bench::figures::Row;
use crate::bench::load::Tally;
use crate::bench::process::{Server, own_cpu};
use crate::bench::requests::{API_KEY, Basket, key, order_body};
use crate::bench::stage::{PRODUCTS, Stage, look, until_none};
use crate::bench::wal::Watch;

/// Lines that are sent in one part.
const PART_LINES: usize = 32;

/// Orders of a file until their jobs are through, beside `orders-64`.
pub(super) async fn placed(row: Row, stage: &Stage) -> Result<Row> {
    let database = stage.database("bulk")?;
    let server = stage.serve(&database).await?;
    let books = look(&database)?;
    file(&server, WARM_UP, 0).await?;
    until_none(&books, JOBS_LEFT, DRAIN_PATIENCE).await?;

    let watch = Watch::begin(&database);
    let (cpu, load_cpu) = (server.cpu()?, own_cpu()?);
    let mut tally = Tally::new()?;
    let begun = Instant::now();
    tally.done = file(&server, Duration::from_secs(stage.pace.seconds), FIRST).await?;
    tally.elapsed = begun.elapsed();
    let load_cpu = own_cpu()?.saturating_sub(load_cpu);
    until_none(&books, JOBS_LEFT, DRAIN_PATIENCE).await?;
    let cpu = server.cpu()?.saturating_sub(cpu);
    let written = watch.end()?;
    drop(books);
    server.stop().await?;
    let mut row = row.told(&tally).cost(tally.done, cpu, load_cpu).wrote(tally.done, written);
    // A line has no time of its own: it waits for those before it.
    (row.p50_ms, row.p99_ms) = (None, None);
    Ok(row)
}

/// Send a file for so long; gives how many of its orders were placed. Anything else is an error: it measures nothing.
async fn file(server: &Server, length: Duration, first: u64) -> Result<u64> {
    let stream = TcpStream::connect(server.address).await?;
    stream.set_nodelay(true)?;
    let (read, mut write) = stream.into_split();
    // Its own end stays open until the last answer: a server takes a closed one for a client that is gone.
    let (sent, answered) = tokio::try_join!(send(&mut write, length, first), count(read))?;
    if sent != answered {
        bail!("{sent} lines were sent and {answered} orders placed");
    }
    Ok(answered)
}

async fn send(write: &mut OwnedWriteHalf, length: Duration, first: u64) -> Result<u64> {
    let head = format!(
        "POST /orders/bulk HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {API_KEY}\r\n\
         Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    write.write_all(head.as_bytes()).await?;
    let bodies: Vec<String> = (0..PRODUCTS)
        .map(|n| order_body(Basket::Many, n, PRODUCTS).trim_end_matches('}').to_owned())
        .collect();
    let (begun, mut sent) = (Instant::now(), 0u64);
    let mut bodies = bodies.iter().cycle();
    while begun.elapsed() < length {
        let mut part = Vec::with_capacity(PART_LINES * 256);
        for body in bodies.by_ref().take(PART_LINES) {
            part.extend_from_slice(body.as_bytes());
            let end = format!(",\"idempotency_key\":\"{}\"}}\n", key("bu", first + sent));
            part.extend_from_slice(end.as_bytes());
            sent += 1;
        }
        write.write_all(format!("{:x}\r\n", part.len()).as_bytes()).await?;
        part.extend_from_slice(b"\r\n");
        write.write_all(&part).await?;
    }
    write.write_all(b"0\r\n\r\n").await?;
    Ok(sent)
}

/// Orders that were placed, by the answers until the connection ends.
async fn count(mut read: OwnedReadHalf) -> Result<u64> {
    const PLACED: &[u8] = b"\"status\":201";
    const FAILED: &[u8] = b"\"problem\":";
    let (mut buffer, mut placed) = (Vec::with_capacity(256 * 1024), 0u64);
    while read.read_buf(&mut buffer).await? > 0 {
        let Some(end) = buffer.iter().rposition(|byte| *byte == b'\n') else { continue };
        let rest = buffer.split_off(end + 1);
        for line in buffer.split(|byte| *byte == b'\n') {
            placed += u64::from(line.windows(PLACED.len()).any(|part| part == PLACED));
            if line.windows(FAILED.len()).any(|part| part == FAILED) {
                bail!("a line failed: {}", String::from_utf8_lossy(line));
            }
        }
        buffer = rest;
    }
    Ok(placed)
}

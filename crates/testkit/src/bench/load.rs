//! Buyers on keep-alive connections: raw HTTP/1.1 on one thread, so that the generator takes as little as possible of
//! the cores that it shares with the server.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::{JoinHandle, LocalSet};

use super::answer::{self, Head};
use super::requests::Requests;

/// What the buyers were told.
#[derive(Debug)]
pub struct Tally {
    /// Answers 2xx.
    pub done: u64,
    /// Answers 503 that say when to come back, and other 503.
    pub refused: u64,
    /// Answers 503 without that.
    pub refused_blankly: u64,
    /// Requests of an open loop for which no connection was free; they were not sent.
    pub unsent: u64,
    /// From the request to its answer, of those that were done, in microseconds.
    pub took_us: Histogram<u64>,
    /// Bytes of all answers.
    pub received: u64,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

impl Tally {
    /// Nobody was told anything.
    pub fn new() -> Result<Self> {
        // From 1 µs to 100 s at three digits.
        let took_us = Histogram::new_with_bounds(1, 100_000_000, 3)?;
        let elapsed = Duration::ZERO;
        Ok(Self { done: 0, refused: 0, refused_blankly: 0, unsent: 0, took_us, received: 0, elapsed })
    }

    /// Something was done, and took so long.
    pub(super) fn done_in(&mut self, took: Duration) {
        self.done += 1;
        self.took_us.saturating_record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    fn add(&mut self, head: Head, took: Duration) {
        self.received += u64::try_from(head.length).unwrap_or(0);
        match (head.status, head.retry_after) {
            (503, true) => self.refused += 1,
            (503, false) => self.refused_blankly += 1,
            _ => self.done_in(took),
        }
    }
}

/// One connection with its buffers.
struct Connection {
    stream: TcpStream,
    sent: Vec<u8>,
    got: Vec<u8>,
}

impl Connection {
    async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await.with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, sent: Vec::with_capacity(2048), got: Vec::with_capacity(64 * 1024) })
    }

    /// Send the `n`-th request and read its answer. Any status but 2xx and 503 is an error: it measures nothing.
    async fn ask(&mut self, requests: &Requests, n: u64) -> Result<Head> {
        requests.write(n, &mut self.sent);
        self.stream.write_all(&self.sent).await?;
        self.got.clear();
        let head = loop {
            if self.stream.read_buf(&mut self.got).await? == 0 {
                bail!("the server closed the connection within an answer");
            }
            if let Some(head) = answer::head(&self.got)? {
                break head;
            }
        };
        while self.got.len() < head.length {
            if self.stream.read_buf(&mut self.got).await? == 0 {
                bail!("the server closed the connection within a body");
            }
        }
        if !(200..300).contains(&head.status) && head.status != 503 {
            let said = String::from_utf8_lossy(&self.got);
            bail!("the server answered {}: {}", head.status, said.chars().take(600).collect::<String>());
        }
        Ok(head)
    }
}

/// Send the first request; gives the body of its answer.
pub async fn fetch(address: SocketAddr, requests: &Requests) -> Result<Vec<u8>> {
    let mut connection = Connection::open(address).await?;
    let head = connection.ask(requests, 0).await?;
    Ok(connection.got.split_off(head.head_length.min(connection.got.len())))
}

/// When a closed loop ends.
#[derive(Clone, Copy, Debug)]
pub enum Until {
    /// After so long.
    Passed(Duration),
    /// After so many answers.
    Answered(u64),
}

/// Buyers who each send the next request when the last one was answered. `first` is the number of the first request.
pub async fn closed(
    address: SocketAddr,
    requests: &Requests,
    connections: usize,
    until: Until,
    first: u64,
) -> Result<Tally> {
    spread(&[address], requests, connections, until, first).await
}

/// The same over several servers, each with its share of the connections.
pub async fn spread(
    addresses: &[SocketAddr],
    requests: &Requests,
    connections: usize,
    until: Until,
    first: u64,
) -> Result<Tally> {
    let tally = Rc::new(RefCell::new(Tally::new()?));
    let next = Rc::new(Cell::new(first));
    let mut open = Vec::with_capacity(connections);
    for address in addresses.iter().cycle().take(connections) {
        open.push(Connection::open(*address).await?);
    }
    let requests = Rc::new(requests.clone());
    let (local, begun) = (LocalSet::new(), Instant::now());
    let mut buyers = Vec::with_capacity(connections);
    for mut connection in open {
        let (tally, next, requests) = (Rc::clone(&tally), Rc::clone(&next), Rc::clone(&requests));
        buyers.push(local.spawn_local(async move {
            loop {
                let n = next.get();
                let over = match until {
                    Until::Passed(length) => begun.elapsed() >= length,
                    Until::Answered(count) => n >= first.saturating_add(count),
                };
                if over {
                    return anyhow::Ok(());
                }
                next.set(n + 1);
                let sent = Instant::now();
                let head = connection.ask(&requests, n).await?;
                tally.borrow_mut().add(head, sent.elapsed());
            }
        }));
    }
    all_done(local, buyers, tally, begun).await
}

/// Wait for all buyers of one thread; gives what they wrote into their tally, and how long it took.
pub(super) async fn all_done(
    local: LocalSet,
    buyers: Vec<JoinHandle<Result<()>>>,
    tally: Rc<RefCell<Tally>>,
    begun: Instant,
) -> Result<Tally> {
    local
        .run_until(async {
            for buyer in buyers {
                buyer.await??;
            }
            anyhow::Ok(())
        })
        .await?;
    drop(local);
    let tally = Rc::try_unwrap(tally).map_err(|_| anyhow::anyhow!("a buyer is still there"))?;
    let mut tally = tally.into_inner();
    tally.elapsed = begun.elapsed();
    Ok(tally)
}

/// Buyers who come at a rate, whether the server keeps up or not, on so many connections at most. Who finds no
/// connection free goes away unheard and is counted.
pub async fn open(
    address: SocketAddr,
    requests: &Requests,
    connections: usize,
    rate_per_s: u64,
    length: Duration,
    first: u64,
) -> Result<Tally> {
    let tally = Rc::new(RefCell::new(Tally::new()?));
    let free = Rc::new(RefCell::new(Vec::with_capacity(connections)));
    for _ in 0..connections {
        let connection = Connection::open(address).await?;
        free.borrow_mut().push(connection);
    }
    let requests = Rc::new(requests.clone());
    let failed: Rc<RefCell<Option<anyhow::Error>>> = Rc::default();
    let (local, begun) = (LocalSet::new(), Instant::now());
    local
        .run_until(async {
            let mut come = 0;
            while begun.elapsed() < length && failed.borrow().is_none() {
                let due = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
                let due = due.saturating_mul(rate_per_s) / 1_000_000;
                while come < due {
                    let n = first + come;
                    come += 1;
                    let Some(mut connection) = free.borrow_mut().pop() else {
                        tally.borrow_mut().unsent += 1;
                        continue;
                    };
                    let (tally, free) = (Rc::clone(&tally), Rc::clone(&free));
                    let (requests, failed) = (Rc::clone(&requests), Rc::clone(&failed));
                    tokio::task::spawn_local(async move {
                        let sent = Instant::now();
                        match connection.ask(&requests, n).await {
                            Ok(head) => {
                                tally.borrow_mut().add(head, sent.elapsed());
                                free.borrow_mut().push(connection);
                            }
                            Err(error) => *failed.borrow_mut() = Some(error),
                        }
                    });
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            while free.borrow().len() < connections && failed.borrow().is_none() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        })
        .await;
    drop(local);
    if let Some(error) = failed.borrow_mut().take() {
        return Err(error);
    }
    let mut tally =
        Rc::try_unwrap(tally).map_err(|_| anyhow::anyhow!("a buyer is still there"))?.into_inner();
    tally.elapsed = begun.elapsed();
    Ok(tally)
}

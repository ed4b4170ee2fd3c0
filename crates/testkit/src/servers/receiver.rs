//! A receiver of webhooks: it keeps what it is sent in the order in which it came, and behaves as it is told to.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use parking_lot::Mutex;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;

/// How long a test waits for a receiver before it has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// What it does with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Take it: 200.
    Take,
    /// Answer this status.
    Status(u16),
    /// Answer this status, and when to come back, in seconds.
    Later(u16, u32),
    /// Send the caller elsewhere.
    Redirect(String),
    /// Say nothing, for ever.
    Hang,
    /// Close the connection without a word.
    Cut,
    /// Begin an answer that does not come to its end.
    CutWithin,
    /// Answer with so many bytes.
    Answer(usize),
    /// Answer something that is not HTTP.
    Garbage,
}

/// A request that came.
#[derive(Clone, Debug)]
pub struct Received {
    /// The line that it began with.
    pub line: String,
    /// Its headers, in small letters.
    pub headers: BTreeMap<String, String>,
    /// Its body, to the byte.
    pub body: Vec<u8>,
}

impl Received {
    /// A header; empty when it was not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

struct Seen {
    manner: Mutex<Manner>,
    /// For requests with this `webhook-id`, or of this type.
    manners: Mutex<HashMap<String, Manner>>,
    requests: Mutex<Vec<Received>>,
    count: watch::Sender<usize>,
    connections: AtomicUsize,
}

/// A receiver on loopback, in a thread of its own.
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    seen: Arc<Seen>,
    runtime: Option<Runtime>,
}

impl Receiver {
    /// Start one that takes everything.
    pub fn start() -> Result<Self> {
        let seen = Arc::new(Seen {
            manner: Mutex::new(Manner::Take),
            manners: Mutex::default(),
            requests: Mutex::default(),
            count: watch::Sender::new(0),
            connections: AtomicUsize::new(0),
        });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let listener =
            std::net::TcpListener::bind("127.0.0.1:0").context("a receiver listens on loopback")?;
        listener.set_nonblocking(true)?;
        let (address, told) = (listener.local_addr()?, Arc::clone(&seen));
        // A test starts it from a runtime of its own, so this one is not waited for.
        let listener = {
            let _entered = runtime.enter();
            TcpListener::from_std(listener)?
        };
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                told.connections.fetch_add(1, Ordering::Relaxed);
                let told = Arc::clone(&told);
                tokio::spawn(async move {
                    // A caller that goes away is its own affair.
                    _ = converse(stream, &told).await;
                });
            }
        });
        Ok(Self { address, seen, runtime: Some(runtime) })
    }

    /// Its address, as an endpoint has it.
    pub fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    /// From now on, whatever comes.
    pub fn behave(&self, manner: Manner) {
        *self.seen.manner.lock() = manner;
    }

    /// From now on with what is about this: a `webhook-id` or a type.
    pub fn behave_with(&self, what: &str, manner: Manner) {
        self.seen.manners.lock().insert(what.to_owned(), manner);
    }

    /// What came so far, in order.
    pub fn received(&self) -> Vec<Received> {
        self.seen.requests.lock().clone()
    }

    /// How many requests came so far.
    pub fn count(&self) -> u64 {
        u64::try_from(*self.seen.count.borrow()).unwrap_or(u64::MAX)
    }

    /// Connections that were made to it.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::Relaxed)
    }

    /// Wait until so many requests came; gives all that did.
    ///
    /// # Panics
    ///
    /// When they do not come within a minute: the test has failed.
    pub async fn wait_for(&self, requests: usize) -> Vec<Received> {
        let mut count = self.seen.count.subscribe();
        let waited = tokio::time::timeout(PATIENCE, count.wait_for(|count| *count >= requests)).await;
        assert!(waited.is_ok(), "{} of {requests} requests came", self.received().len());
        self.received()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn converse(mut stream: TcpStream, seen: &Seen) -> Result<()> {
    let mut bytes = Vec::new();
    while let Some(request) = read(&mut stream, &mut bytes).await? {
        let id = request.header("webhook-id").to_owned();
        let kind = request.json().get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let manner = {
            let manners = seen.manners.lock();
            let special = manners.get(&id).or_else(|| manners.get(&kind)).cloned();
            special.unwrap_or_else(|| seen.manner.lock().clone())
        };
        seen.requests.lock().push(request);
        seen.count.send_modify(|count| *count += 1);
        if !answer(&mut stream, &manner).await? {
            break;
        }
    }
    Ok(())
}

/// Answer; gives whether the connection goes on.
async fn answer(stream: &mut TcpStream, manner: &Manner) -> Result<bool> {
    let (status, head, body) = match manner {
        Manner::Take => (200, String::new(), b"thanks".to_vec()),
        Manner::Status(status) => (*status, String::new(), b"no".to_vec()),
        Manner::Later(status, seconds) => (*status, format!("retry-after: {seconds}\r\n"), Vec::new()),
        Manner::Redirect(to) => (301, format!("location: {to}\r\n"), Vec::new()),
        Manner::Answer(length) => (200, String::new(), vec![b'x'; *length]),
        Manner::Hang => std::future::pending().await,
        Manner::Cut => return Ok(false),
        Manner::CutWithin => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await?;
            return Ok(false);
        }
        Manner::Garbage => {
            stream.write_all(b"this is not what you think\r\n\r\n").await?;
            return Ok(false);
        }
    };
    // In one write: the system holds a second one back until the first is acknowledged, which takes 40 ms.
    let mut whole =
        format!("HTTP/1.1 {status} So\r\n{head}content-length: {}\r\n\r\n", body.len()).into_bytes();
    whole.extend(body);
    stream.write_all(&whole).await?;
    Ok(true)
}

/// Read a request; `None` at the end of the connection. What was read beyond it stays in `bytes`.
pub(crate) async fn read(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Result<Option<Received>> {
    loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned();
            let mut lines = head.lines();
            let line = lines.next().unwrap_or_default().to_owned();
            let headers: BTreeMap<String, String> = lines
                .filter_map(|line| line.split_once(':'))
                .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
                .collect();
            let length: usize = headers.get("content-length").map_or(Ok(0), |text| text.parse())?;
            let whole = end + 4 + length;
            if bytes.len() >= whole {
                let body = bytes.get(end + 4..whole).unwrap_or_default().to_vec();
                bytes.drain(..whole);
                return Ok(Some(Received { line, headers, body }));
            }
        }
        let mut more = [0; 8192];
        let read = stream.read(&mut more).await?;
        if read == 0 {
            return Ok(None);
        }
        bytes.extend_from_slice(more.get(..read).unwrap_or_default());
    }
}

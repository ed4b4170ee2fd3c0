//! A node for tests of what stands in front of nodes: it counts what reaches it, and fails as it is asked to.
//!
//! What it does is chosen by the path: `/effect` is done and answered; `/effect/lost` is done, and the connection closed
//! before any answer; `/effect/cut` is done, and the connection closed in the middle of the answer; `/effect/held` is
//! done, and answered when the test says so; `/events` sends an event now and one when the test says so; `/socket`
//! changes protocols and echoes; anything else is answered with the head that came.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use parking_lot::Mutex;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// The key of the handshake in RFC 6455, and what is answered to it. No other is known here.
pub const SOCKET_KEY: [&str; 2] = ["dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="];

/// A node on loopback, in a thread of its own: it answers while its test waits for something else. It is gone when it is
/// dropped.
pub struct Node {
    /// Where it listens.
    pub address: SocketAddr,
    seen: Arc<Seen>,
    /// The listener and the connections; empty while it is dead.
    tasks: JoinSet<()>,
    runtime: Option<Runtime>,
}

/// What is known of a node, and what it is told.
#[derive(Default)]
struct Seen {
    name: String,
    requests: AtomicUsize,
    effects: AtomicUsize,
    connections: AtomicUsize,
    draining: AtomicBool,
    go_on: Notify,
    heads: Mutex<Vec<String>>,
}

impl Node {
    /// Start one that is ready. Its name is in the header `x-node` of its answers.
    pub fn start(name: &str) -> Result<Self> {
        let seen = Arc::new(Seen { name: name.to_owned(), ..Seen::default() });
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut node = Self { address, seen, tasks: JoinSet::new(), runtime: Some(runtime) };
        node.come_back()?;
        Ok(node)
    }

    /// Come back at the same address.
    pub fn come_back(&mut self) -> Result<()> {
        let runtime = self.runtime.as_ref().context("it has a runtime until it is dropped")?;
        let _entered = runtime.enter();
        let socket = TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind(self.address)?;
        let listener = socket.listen(1024)?;
        self.address = listener.local_addr()?;
        let seen = Arc::clone(&self.seen);
        self.tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                seen.connections.fetch_add(1, Ordering::Relaxed);
                connections.spawn(async move {
                    // A client that goes away is its own affair.
                    _ = converse(stream, &seen).await;
                });
            }
        });
        Ok(())
    }

    /// Its address, as a balancer is told.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Requests that reached it, checks of its health aside.
    pub fn requests(&self) -> usize {
        self.seen.requests.load(Ordering::Relaxed)
    }

    /// Requests that had an effect.
    pub fn effects(&self) -> usize {
        self.seen.effects.load(Ordering::Relaxed)
    }

    /// Connections that were made to it so far.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Ordering::Relaxed)
    }

    /// The heads of the requests that reached it.
    pub fn heads(&self) -> Vec<String> {
        self.seen.heads.lock().clone()
    }

    /// From now on `/readyz` says 503, or 200 again.
    pub fn drain(&self, draining: bool) {
        self.seen.draining.store(draining, Ordering::Relaxed);
    }

    /// Let one request go on that is held, also one that comes only later.
    pub fn go_on(&self) {
        self.seen.go_on.notify_one();
    }

    /// Close its listener and every connection, as if its process were killed.
    pub async fn die(&mut self) {
        self.tasks.shutdown().await;
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The head of a request, its lines in lower case but for the first.
struct Head {
    text: String,
    path: String,
    length: usize,
}

async fn read_head(stream: &mut TcpStream) -> Result<Option<Head>> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => bytes.push(byte),
            Err(_) if bytes.is_empty() => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    let text = String::from_utf8(bytes)?;
    let path = text.split(' ').nth(1).context("a request line has a path")?.to_owned();
    let lower = text.to_ascii_lowercase();
    let length = lower.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length = length.map_or(Ok(0), |length| length.trim().parse())?;
    Ok(Some(Head { text, path, length }))
}

/// Answer the requests of one connection.
async fn converse(mut stream: TcpStream, seen: &Seen) -> Result<()> {
    stream.set_nodelay(true)?;
    while let Some(head) = read_head(&mut stream).await? {
        let mut body = vec![0; head.length];
        stream.read_exact(&mut body).await?;
        if head.path == "/readyz" {
            let status = if seen.draining.load(Ordering::Relaxed) { "503 Draining" } else { "200 OK" };
            answer(&mut stream, seen, status, "").await?;
            continue;
        }
        seen.heads.lock().push(head.text.clone());
        seen.requests.fetch_add(1, Ordering::Relaxed);
        if head.path.starts_with("/effect") {
            seen.effects.fetch_add(1, Ordering::Relaxed);
        }
        match head.path.as_str() {
            "/effect/lost" => return Ok(()),
            "/effect/cut" => {
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await?;
                return Ok(());
            }
            "/effect/held" => {
                seen.go_on.notified().await;
                answer(&mut stream, seen, "200 OK", "held").await?;
            }
            "/events" => return events(&mut stream, seen).await,
            "/socket" => return echo(&mut stream, &head.text).await,
            _ => answer(&mut stream, seen, "200 OK", &head.text).await?,
        }
    }
    Ok(())
}

async fn answer(stream: &mut TcpStream, seen: &Seen, status: &str, body: &str) -> Result<()> {
    let (name, length) = (&seen.name, body.len());
    let text = format!("HTTP/1.1 {status}\r\nx-node: {name}\r\ncontent-length: {length}\r\n\r\n{body}");
    Ok(stream.write_all(text.as_bytes()).await?)
}

async fn events(stream: &mut TcpStream, seen: &Seen) -> Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    for event in ["data: first\n\n", "data: second\n\n"] {
        let chunk = format!("{:x}\r\n{event}\r\n", event.len());
        stream.write_all(chunk.as_bytes()).await?;
        seen.go_on.notified().await;
    }
    Ok(stream.write_all(b"0\r\n\r\n").await?)
}

async fn echo(stream: &mut TcpStream, asked: &str) -> Result<()> {
    // Servers say of the connection what they were told of it.
    let is_connection = |line: &&str| line.to_ascii_lowercase().starts_with("connection:");
    let connection = asked.lines().find(is_connection).unwrap_or("connection: upgrade");
    let head = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n{connection}\r\n\
         sec-websocket-accept: {}\r\n\r\n",
        SOCKET_KEY[1]
    );
    stream.write_all(head.as_bytes()).await?;
    let mut bytes = [0; 1024];
    loop {
        let read = stream.read(&mut bytes).await?;
        match bytes.get(..read) {
            Some([]) => return Ok(()),
            Some(got) => stream.write_all(got).await?,
            None => bail!("a read gives no more than it was given room for"),
        }
    }
}

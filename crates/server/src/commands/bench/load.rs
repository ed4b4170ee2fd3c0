//! The buyers: each has an arrival and a key; a few connections carry them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::ledger::{Answer, Order, Told};
use super::plan::Plan;
use crate::console::{Failure, text};

/// How long one try may take.
const TRY_TIMEOUT: Duration = Duration::from_secs(40);

/// How long to rest before the server is tried again.
const REST: Duration = Duration::from_millis(50);

/// Where the orders go, and what they say.
pub(super) struct Target {
    authority: String,
    key: Option<String>,
    /// Names this run in idempotency keys and tags.
    run: String,
    /// The order up to the buyer's number, and from there on.
    body: (String, String),
}

impl Target {
    pub(super) fn new(
        address: &str,
        key: Option<String>,
        run: &str,
        body: (String, String),
    ) -> Result<Self, Failure> {
        let uri: Option<Uri> = address.parse().ok();
        let authority = uri.filter(|uri| uri.scheme_str() == Some("http")).and_then(|uri| {
            let authority = uri.authority()?;
            Some(authority.port().map_or(format!("{authority}:80"), |_| authority.to_string()))
        });
        let Some(authority) = authority else {
            return Err(Failure::usage(format!("bench speaks plain http, and the server is {address}"))
                .next("name one on this machine or beside it, such as http://127.0.0.1:8420"));
        };
        Ok(Self { authority, key, run: run.to_owned(), body })
    }

    fn request(&self, buyer: u64) -> Result<Request<Full<Bytes>>, String> {
        let (before, after) = &self.body;
        let body = Bytes::from(format!("{before}{buyer}{after}"));
        let mut request = Request::post("/orders")
            .header("host", &self.authority)
            .header("content-type", "application/json")
            .header("idempotency-key", format!("{}-{buyer}", self.run));
        if let Some(key) = &self.key {
            request = request.header("authorization", format!("Bearer {key}"));
        }
        request.body(Full::new(body)).map_err(|error| error.to_string())
    }

    async fn connect(&self) -> Result<SendRequest<Full<Bytes>>, String> {
        let stream = TcpStream::connect(&self.authority).await.map_err(|error| error.to_string())?;
        _ = stream.set_nodelay(true);
        let (sender, connection) =
            handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        tokio::spawn(async move { _ = connection.await });
        Ok(sender)
    }
}

/// A sale that is open.
pub(super) struct Load {
    target: Target,
    plan: Plan,
    /// How long a buyer goes on asking a server that is away or busy.
    patience: Duration,
    opened: Instant,
    next: AtomicU64,
    stopped: AtomicBool,
}

/// What one try came to.
enum Try {
    Rests(Told),
    /// Busy, or what became of it is not known: after so long, once more.
    Busy(Duration, Told),
    Failed(String),
}

impl Try {
    /// Why it is asked again, in a word that can be counted.
    fn reason(&self) -> String {
        match self {
            Self::Busy(_, Told::Refused { status, code }) => format!("{status} {code}").trim_end().to_owned(),
            _ => "no answer".to_owned(),
        }
    }
}

impl Load {
    /// Open the sale on so many connections. Answers arrive as they come; the end of them is the end of the sale.
    pub(super) fn open(
        target: Target,
        plan: Plan,
        connections: u32,
        patience: Duration,
    ) -> (Arc<Self>, mpsc::Receiver<Answer>) {
        let (tell, told) = mpsc::channel(1024);
        let load = Arc::new(Self {
            target,
            plan,
            patience,
            opened: Instant::now(),
            next: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        });
        for _ in 0..connections {
            tokio::spawn(carry(Arc::clone(&load), tell.clone()));
        }
        (load, told)
    }

    /// Let nobody in any more.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Since the doors opened.
    pub(super) fn elapsed(&self) -> Duration {
        self.opened.elapsed()
    }

    fn next_buyer(&self) -> Option<u64> {
        let is_over = self.plan.until.is_some_and(|until| self.opened.elapsed() >= until);
        if is_over || self.stopped.load(Ordering::Relaxed) {
            return None;
        }
        let buyer = self.next.fetch_add(1, Ordering::Relaxed);
        (buyer < self.plan.buyers).then_some(buyer)
    }

    /// Ask until there is an answer, always under the same key; gives why it was asked more than once, too.
    async fn ask(
        &self,
        line: &mut Option<SendRequest<Full<Bytes>>>,
        buyer: u64,
    ) -> (Told, BTreeMap<String, u32>) {
        let (begun, mut asked_again) = (Instant::now(), BTreeMap::<String, u32>::new());
        loop {
            let tried = timeout(TRY_TIMEOUT, self.try_once(line, buyer)).await;
            let tried = tried.unwrap_or_else(|_| Try::Failed("no answer in time".to_owned()));
            let reason = tried.reason();
            let (rest, last) = match tried {
                Try::Rests(told) => return (told, asked_again),
                Try::Busy(rest, told) => (rest, told),
                Try::Failed(reason) => {
                    *line = None;
                    (REST, Told::Nothing { reason })
                }
            };
            if begun.elapsed().saturating_add(rest) > self.patience || self.stopped.load(Ordering::Relaxed) {
                return (last, asked_again);
            }
            let count = asked_again.entry(reason).or_default();
            *count = count.saturating_add(1);
            sleep(rest).await;
        }
    }

    async fn try_once(&self, line: &mut Option<SendRequest<Full<Bytes>>>, buyer: u64) -> Try {
        let request = match self.target.request(buyer) {
            Ok(request) => request,
            Err(reason) => return Try::Failed(reason),
        };
        let sender = match line {
            Some(open) if !open.is_closed() => open,
            _ => match self.target.connect().await {
                Ok(fresh) => line.insert(fresh),
                Err(reason) => return Try::Failed(reason),
            },
        };
        let answered = async {
            sender.ready().await?;
            let (head, body) = sender.send_request(request).await?.into_parts();
            Ok::<_, hyper::Error>(Response::from_parts(head, body.collect().await?.to_bytes()))
        };
        match answered.await {
            Ok(response) => read(&response),
            Err(error) => Try::Failed(error.to_string()),
        }
    }
}

async fn carry(load: Arc<Load>, tell: mpsc::Sender<Answer>) {
    let mut line = None;
    while let Some(buyer) = load.next_buyer() {
        // Who had to wait for a connection has waited since the arrival, not since the sending.
        let arrival = load.plan.arrival(buyer).and_then(|after| load.opened.checked_add(after));
        if let Some(arrival) = arrival {
            sleep_until(arrival).await;
        }
        let from = arrival.unwrap_or_else(Instant::now);
        let (told, asked_again) = load.ask(&mut line, buyer).await;
        if matches!(told, Told::Nothing { .. }) {
            load.stop();
        }
        if tell.send(Answer { buyer, told, asked_again, took: from.elapsed() }).await.is_err() {
            return;
        }
    }
}

fn read(response: &Response<Bytes>) -> Try {
    let status = response.status().as_u16();
    if status == 201 {
        return match serde_json::from_slice::<Order>(response.body()) {
            Ok(order) => Try::Rests(Told::Placed(Box::new(order))),
            Err(error) => Try::Rests(Told::Refused { status, code: format!("unreadable: {error}") }),
        };
    }
    let problem: Value = serde_json::from_slice(response.body()).unwrap_or_default();
    let code = text(&problem, "/code");
    let told = match (status, code.as_str()) {
        (409, "out_of_stock") => Told::OutOfStock,
        _ => Told::Refused { status, code },
    };
    // 502 and 504 come from what stands in front of servers: the order may stand, and the key finds out.
    if !matches!(status, 408 | 429 | 502 | 503 | 504) {
        return Try::Rests(told);
    }
    let after = response.headers().get("retry-after").and_then(|value| value.to_str().ok());
    let after = after.and_then(|text| text.parse().ok()).map_or(REST, Duration::from_secs);
    Try::Busy(after, told)
}

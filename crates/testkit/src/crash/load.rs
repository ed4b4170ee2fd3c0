//! The clients: each on a connection of its own, one request after the other, until the server is gone.
//!
//! They place orders of one to three items, some paid, some declined, repeat what was answered under the same key,
//! cancel, refund, ship and read. What each client does is a matter of its seed; what comes of it is written in the
//! [`Ledger`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::check::{Invariant, Violation};
use super::ledger::{Answer, Ledger, Request};
use super::shop::Shop;
use super::wire::Wire;

/// Orders of its own that a client remembers, to cancel, refund and read them.
const REMEMBERED: usize = 32;

/// How long a load may take to get as many acknowledgements as somebody waits for, and then to its end.
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a client waits when the server says that it is busy.
const BUSY_REST: Duration = Duration::from_millis(5);

/// What a client does next, and how often of a hundred times.
const PLAN: [(u32, Deed); 6] = [
    (70, Deed::Place),
    (10, Deed::Repeat),
    (6, Deed::Cancel),
    (6, Deed::Refund),
    (4, Deed::Ship),
    (4, Deed::Read),
];

/// How orders are to be paid, and how often of a hundred times.
const TOKENS: [(u32, Option<&str>); 4] =
    [(50, Some("tok_ok")), (35, None), (10, Some("tok_declined")), (5, Some("tok_insufficient_funds"))];

#[derive(Clone, Copy)]
enum Deed {
    Place,
    Repeat,
    Cancel,
    Refund,
    Ship,
    Read,
}

/// What a load was like.
#[derive(Debug, Default)]
pub struct Tally {
    /// Requests acknowledged: answered with success and synced in the ledger.
    pub acknowledged: u64,
    /// Requests that the server refused, as it may.
    pub refused: u64,
    /// Requests whose answer never came.
    pub unanswered: u64,
    /// Answers that must not be.
    pub violations: Vec<Violation>,
}

impl Tally {
    /// Add up.
    pub fn add(&mut self, other: Self) {
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.violations.extend(other.violations);
    }
}

/// A load that runs.
pub struct Load {
    clients: JoinSet<Result<Tally>>,
    acknowledged: watch::Receiver<u64>,
    until: Instant,
}

impl Load {
    /// Begin: so many clients of the server at `address`. `name` makes the keys of this load its own. It ends when the
    /// server does, or when nobody needs it any more.
    pub fn begin(
        address: &str,
        shop: &Arc<Shop>,
        ledger: &Ledger,
        (name, seed): (&str, u64),
        clients: u32,
    ) -> Self {
        let until = Instant::now() + PATIENCE;
        let (tell, acknowledged) = watch::channel(0);
        let mut tasks = JoinSet::new();
        for number in 0..clients {
            let mut client = Client {
                name: format!("{name}-{number}"),
                random: StdRng::seed_from_u64(seed.wrapping_mul(1009).wrapping_add(u64::from(number))),
                wire: Wire::new(address),
                shop: Arc::clone(shop),
                ledger: ledger.clone(),
                acknowledged: tell.clone(),
                asked: 0,
                orders: Vec::new(),
                told: Vec::new(),
                tally: Tally::default(),
            };
            tasks.spawn(async move { client.run(until).await.map(|()| client.tally) });
        }
        Self { clients: tasks, acknowledged, until }
    }

    /// Wait until so many requests are acknowledged. An error when they are not in time.
    pub async fn acknowledged(&mut self, count: u64) -> Result<()> {
        let deadline = tokio::time::Instant::from_std(self.until);
        let enough = self.acknowledged.wait_for(|acknowledged| *acknowledged >= count);
        if !matches!(tokio::time::timeout_at(deadline, enough).await, Ok(Ok(_))) {
            let acknowledged = *self.acknowledged.borrow();
            bail!("{acknowledged} requests of {count} were acknowledged before the load ended");
        }
        Ok(())
    }

    /// Wait until every client has ended.
    pub async fn end(mut self) -> Result<Tally> {
        let mut tally = Tally::default();
        while let Some(client) = self.clients.join_next().await {
            tally.add(client??);
        }
        Ok(tally)
    }
}

struct Client {
    name: String,
    random: StdRng,
    wire: Wire,
    shop: Arc<Shop>,
    ledger: Ledger,
    acknowledged: watch::Sender<u64>,
    asked: u64,
    /// Its orders, newest last, each with the last version that it was told.
    orders: Vec<(String, u64)>,
    /// Its last acknowledged requests.
    told: Vec<(Request, Answer)>,
    tally: Tally,
}

impl Client {
    async fn run(&mut self, until: Instant) -> Result<()> {
        while Instant::now() < until {
            let goes_on = match pick(&mut self.random, &PLAN) {
                Deed::Place => self.place().await?,
                Deed::Repeat => self.repeat().await,
                Deed::Cancel => self.act(|order| (format!("/orders/{order}/cancel"), json!({}))).await?,
                Deed::Refund => self.act(|order| ("/refunds".to_owned(), json!({"order_id": order}))).await?,
                Deed::Ship => {
                    self.act(|order| (format!("/orders/{order}/fulfillments"), json!({"ship": true}))).await?
                }
                Deed::Read => self.read().await,
            };
            if !goes_on {
                break;
            }
        }
        Ok(())
    }

    async fn place(&mut self) -> Result<bool> {
        let key = self.next_key();
        let count = self.random.random_range(1..=3);
        let items: Vec<Value> = (0..count).map(|_| self.item()).collect();
        let mut body = json!({"items": items, "metadata": {"request": key}});
        if let Some(token) = pick(&mut self.random, &TOKENS) {
            body["payment"] = json!({"token": token});
        }
        self.ask(Request { key, path: "/orders".to_owned(), body: body.to_string() }).await
    }

    fn item(&mut self) -> Value {
        let place = self.random.random_range(0..self.shop.products.len());
        let product_id = self.shop.products.get(place).map(|product| &product.product_id);
        json!({"product_id": product_id, "quantity": self.random.random_range(1..=3)})
    }

    /// Something about an order of its own; an order is placed when it has none yet.
    async fn act(&mut self, what: impl FnOnce(&str) -> (String, Value)) -> Result<bool> {
        let Some((order, _)) = self.own_order() else { return self.place().await };
        let (path, body) = what(&order);
        let key = self.next_key();
        self.ask(Request { key, path, body: body.to_string() }).await
    }

    fn own_order(&mut self) -> Option<(String, u64)> {
        let place = self.random.random_range(0..self.orders.len().max(1));
        self.orders.get(place).cloned()
    }

    fn next_key(&mut self) -> String {
        self.asked += 1;
        format!("{}-{}", self.name, self.asked)
    }

    /// Send a request and write down what came. `false` when the server is gone.
    async fn ask(&mut self, request: Request) -> Result<bool> {
        self.ledger.ask(&request)?;
        let Ok(answer) = self.wire.post(&request).await else {
            self.tally.unanswered += 1;
            return Ok(false);
        };
        match judge(&answer) {
            Verdict::Success => {
                self.ledger.acknowledge(&request.key, &answer).await?;
                self.acknowledged.send_modify(|acknowledged| *acknowledged += 1);
                self.tally.acknowledged += 1;
                self.remember(request, answer);
            }
            Verdict::Refusal => {
                self.ledger.refuse(&request.key, answer.status)?;
                self.tally.refused += 1;
            }
            Verdict::Busy => {
                self.tally.unanswered += 1;
                tokio::time::sleep(BUSY_REST).await;
            }
            Verdict::Wrong => {
                let what = format!(
                    "{} to {} answered {}: {}",
                    request.key, request.path, answer.status, answer.body
                );
                self.tally.violations.push(Violation::new(Invariant::Answers, what));
            }
        }
        Ok(true)
    }

    fn remember(&mut self, request: Request, answer: Answer) {
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if let Some(order) = body["order_id"].as_str() {
            let version = body["version"].as_u64().unwrap_or(0);
            match self.orders.iter_mut().find(|(known, _)| known == order) {
                Some((_, seen)) => *seen = version.max(*seen),
                None => self.orders.push((order.to_owned(), version)),
            }
        }
        self.told.push((request, answer));
        if self.orders.len() > REMEMBERED {
            self.orders.remove(0);
        }
        if self.told.len() > REMEMBERED {
            self.told.remove(0);
        }
    }

    /// Send an acknowledged request again: the answer is the same, to the byte.
    async fn repeat(&mut self) -> bool {
        let place = self.random.random_range(0..self.told.len().max(1));
        let Some((request, told)) = self.told.get(place) else { return true };
        let Ok(again) = self.wire.post(request).await else { return false };
        self.tally.violations.extend(differs(request, told, &again));
        true
    }

    /// Read an order of its own: it is not older than what was answered.
    async fn read(&mut self) -> bool {
        let Some((order, version)) = self.own_order() else { return true };
        let path = format!("/orders/{order}");
        let Ok(answer) = self.wire.send(hyper::Method::GET, &path, None, None).await else { return false };
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        let seen = body["version"].as_u64().unwrap_or(0);
        let is_busy = matches!(judge(&answer), Verdict::Busy);
        if seen < version && !is_busy {
            let what =
                format!("{order} was answered at version {version} and read at {seen} ({})", answer.status);
            self.tally.violations.push(Violation::new(Invariant::ReadYourWrite, what));
        }
        true
    }
}

/// A violation when a replay is not the answer again. A server that is busy may say so.
pub fn differs(request: &Request, told: &Answer, again: &Answer) -> Option<Violation> {
    if told == again || matches!(judge(again), Verdict::Busy) {
        return None;
    }
    let what = format!("{} was answered {told:?}, and then {again:?}", request.key);
    Some(Violation::new(Invariant::Replays, what))
}

/// What an answer means to its client.
pub enum Verdict {
    /// It is done.
    Success,
    /// The state of things does not allow it; nothing was changed.
    Refusal,
    /// To be sent again, under the same key.
    Busy,
    /// Nobody sends requests of which this could come.
    Wrong,
}

/// Look at an answer to one of the requests of this load, all of which are well-formed.
pub fn judge(answer: &Answer) -> Verdict {
    match answer.status {
        200..300 => Verdict::Success,
        409 => Verdict::Refusal,
        408 | 503 => Verdict::Busy,
        _ => Verdict::Wrong,
    }
}

/// One of several things, by their shares of a hundred.
fn pick<T: Copy>(random: &mut StdRng, plan: &[(u32, T)]) -> T {
    let mut left = random.random_range(0..plan.iter().map(|(share, _)| share).sum());
    for (share, what) in plan {
        if left < *share {
            return *what;
        }
        left -= share;
    }
    unreachable!("the shares add up")
}

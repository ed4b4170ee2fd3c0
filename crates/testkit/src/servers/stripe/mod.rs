//! A hostile Stripe of our own: a real HTTP server with books of its own. It keeps Stripe's documented promises (an
//! answer is remembered under its key, also a 500; other parameters under the same key are refused; a search lags behind)
//! and breaks everything else: it cuts connections, answers by half, forgets to answer, and sends webhooks as it likes.

mod answers;
mod books;
mod faults;
mod refusal;
mod stops;
mod webhooks;
mod wire;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use parking_lot::Mutex;
use serde_json::Value;
use sutler_app::ports::Clock;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use answers::Remembered;
pub use books::{Books, Form, Intent, Refund};
pub use faults::Fault;
use faults::Faults;
pub use stops::Moment;
use stops::Stops;
pub use webhooks::{Webhook, sign};

/// The secret key that it knows.
pub const SECRET_KEY: &str = "sk_test_hostile";

/// The secret of its webhooks.
pub const WEBHOOK_SECRET: &str = "whsec_hostile";

/// A server that runs until it is dropped.
pub struct Stripe {
    address: SocketAddr,
    desk: Arc<Desk>,
    serving: JoinHandle<()>,
}

/// What every connection shares.
struct Desk {
    clock: Arc<dyn Clock>,
    books: Mutex<Books>,
    faults: Mutex<Faults>,
    remembered: Mutex<BTreeMap<String, Remembered>>,
    calls: Mutex<Vec<String>>,
    search_lag_s: Mutex<i64>,
    stops: Stops,
}

impl Stripe {
    /// Start one on a free port. Times are those of the clock, which may be a test's own.
    pub async fn start(clock: Arc<dyn Clock>) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let desk = Arc::new(Desk {
            clock,
            books: Mutex::default(),
            faults: Mutex::default(),
            remembered: Mutex::default(),
            calls: Mutex::default(),
            search_lag_s: Mutex::new(0),
            stops: Stops::default(),
        });
        let serving = tokio::spawn(wire::serve(listener, Arc::clone(&desk)));
        Ok(Self { address, desk, serving })
    }

    /// Where it is, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What happens to the next calls, one each; `None` lets one through.
    pub fn script(&self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.desk.faults.lock().script(faults);
    }

    /// From now on so many calls of a thousand go wrong, as the seed has it; 0 ends it.
    pub fn dice(&self, seed: u64, per_mille: u32) {
        self.desk.faults.lock().dice(seed, per_mille);
    }

    /// After so many further calls, one stands still at this moment until it is [let go](Self::go_on).
    pub fn stop_at(&self, calls_before: usize, moment: Moment) {
        self.desk.stops.plan(calls_before, moment);
    }

    /// Wait until that call stands still.
    pub async fn stands_still(&self) {
        self.desk.stops.stands().await;
    }

    /// No call stops any more; the one that stood still ends without a further word.
    pub fn go_on(&self) {
        self.desk.stops.release();
    }

    /// How far its search lags behind, in seconds.
    pub fn search_lags(&self, seconds: i64) {
        *self.desk.search_lag_s.lock() = seconds;
    }

    /// Every call that arrived, oldest first: `POST /v1/refunds pay_…:refund:1`.
    pub fn calls(&self) -> Vec<String> {
        self.desk.calls.lock().clone()
    }

    /// Look at the books, or change them as somebody at Stripe's own desk does.
    pub fn books<T>(&self, look: impl FnOnce(&mut Books) -> T) -> T {
        look(&mut self.desk.books.lock())
    }

    /// The buyer decides about an intent.
    pub fn buyer_decides(&self, intent: &str, approves: bool) -> bool {
        let now = self.desk.now_s();
        self.books(|books| books.buyer_decides(intent, approves, now).is_ok())
    }

    /// The one intent that names a payment in its metadata.
    pub fn intent_of(&self, payment_id: &str) -> Option<Intent> {
        self.books(|books| {
            let is_its = |intent: &&Intent| intent.metadata.values().any(|value| value == payment_id);
            books.intents.iter().find(is_its).cloned()
        })
    }

    /// The events from the `n`-th on, oldest first.
    pub fn events_from(&self, n: usize) -> Vec<Value> {
        self.books(|books| books.events.get(n..).unwrap_or_default().to_vec())
    }

    /// How many events there are.
    pub fn events_count(&self) -> usize {
        self.books(|books| books.events.len())
    }

    /// An event as a webhook that is signed now.
    pub fn webhook(&self, event: &Value) -> Webhook {
        Webhook::signed(event, WEBHOOK_SECRET, self.desk.now_s())
    }

    /// Forget every key, as Stripe does after a day.
    pub fn forget_keys(&self) {
        self.desk.remembered.lock().clear();
    }
}

impl Drop for Stripe {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Desk {
    fn now_s(&self) -> i64 {
        self.clock.now().as_second()
    }
}

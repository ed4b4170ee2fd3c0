//! One database, receivers that are real, nodes with posts, and a clock that the test moves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use sutler_adapters::http::{HttpCourier, Options};
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::system::SystemIds;
use sutler_app::commit::{Change, Commit};
use sutler_app::ports::deliveries::DeliveryQuery;
use sutler_app::ports::{Ports, Store};
use sutler_app::webhooks::address::Reach;
use sutler_app::webhooks::seal::SealKeys;
use sutler_app::webhooks::{Delivery, DeliveryState, NewEndpoint, WithSecret};
use sutler_app::{App, Caller, NewEvent, Settings, StreamId};
use sutler_domain::{Currency, OrderId, WebhookEndpointId};
use sutler_testkit::builders as some;
use sutler_testkit::clock::TestClock;
use sutler_testkit::servers::receiver::Receiver;
use tokio::sync::watch;

/// Long enough for whatever must happen in the end.
const PATIENCE: Duration = Duration::from_mins(1);

/// One database, and time that passes when the test says so.
pub(crate) struct World {
    pub(crate) clock: Arc<TestClock>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) app: App,
    pub(crate) caller: Caller,
    seal: SealKeys,
}

/// A node whose post works until it is dropped.
pub(crate) struct Node {
    stop: watch::Sender<bool>,
    post: tokio::task::JoinHandle<()>,
}

impl Node {
    /// It is told to stop, and finishes what it began.
    pub(crate) async fn stop(self) {
        self.stop.send_replace(true);
        let mut node = self;
        assert!(tokio::time::timeout(PATIENCE, &mut node.post).await.is_ok(), "it stops");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.post.abort();
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::sealed(SealKeys::default())
    }

    /// One whose nodes seal secrets with these keys.
    pub(crate) fn sealed(seal: SealKeys) -> Self {
        let clock = Arc::new(TestClock::default());
        let options =
            sutler_adapters::Options { clock: clock.clone(), ..sutler_adapters::Options::default() };
        let memory = Arc::new(Memory::new(options));
        let app = app(&memory, &clock, &seal);
        Self { clock, memory, app, caller: Caller::system("test"), seal }
    }

    /// A node on the same database.
    pub(crate) fn node(&self) -> Node {
        self.node_with(&self.seal)
    }

    /// One that has other keys.
    pub(crate) fn node_with(&self, seal: &SealKeys) -> Node {
        let app = app(&self.memory, &self.clock, seal);
        let (stop, stopped) = watch::channel(false);
        let post = tokio::spawn(async move { app.webhooks.post().run(false, stopped).await });
        Node { stop, post }
    }

    pub(crate) async fn endpoint(&self, receiver: &Receiver, types: &[&str]) -> WithSecret {
        self.make(receiver, NewEndpoint { types: words(types), ..NewEndpoint::default() }).await
    }

    pub(crate) async fn make(&self, receiver: &Receiver, input: NewEndpoint) -> WithSecret {
        let types = if input.types.is_empty() { words(&["*"]) } else { input.types };
        let input = NewEndpoint { url: receiver.url(), types, ..input };
        self.app.webhooks.create(&self.caller, &input).await.unwrap()
    }

    /// Something happens to the `n`-th order.
    pub(crate) async fn happens(&self, n: u64, reason: &str) {
        self.happens_by("test", n, reason).await;
    }

    pub(crate) async fn happens_by(&self, actor: &str, n: u64, reason: &str) {
        let order_id: OrderId = some::id(n);
        let event = NewEvent {
            name: "OrderCanceled",
            at: some::start(),
            body: format!(r#"{{"OrderCanceled":{{"customer_id":"C1","reason":"{reason}"}}}}"#),
        };
        let change = Change::notice(StreamId::from(&order_id), event);
        let commit = Commit { actor: actor.to_owned(), ..Commit::default() }.change(change);
        self.memory.commit(commit).await.unwrap();
    }

    pub(crate) fn pass(&self, time: SignedDuration) {
        self.clock.advance(time);
    }

    /// Deliveries to an endpoint, oldest first.
    pub(crate) async fn deliveries(&self, endpoint: &WebhookEndpointId) -> Vec<Delivery> {
        let query = DeliveryQuery { endpoint_id: Some(endpoint.clone()), ..DeliveryQuery::default() };
        let mut rows = self.app.webhooks.deliveries(&self.caller, &query).await.unwrap().rows;
        rows.reverse();
        rows
    }

    pub(crate) async fn states(&self, endpoint: &WebhookEndpointId) -> Vec<DeliveryState> {
        self.deliveries(endpoint).await.into_iter().map(|delivery| delivery.state).collect()
    }

    /// Wait until this holds.
    pub(crate) async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        self.while_time_passes(what, SignedDuration::ZERO, holds).await;
    }

    /// Let time pass, so much between two looks, until this holds.
    pub(crate) async fn while_time_passes(
        &self,
        what: &str,
        step: SignedDuration,
        holds: impl AsyncFn() -> bool,
    ) {
        let waited = tokio::time::timeout(PATIENCE, async {
            while !holds().await {
                self.clock.advance(step);
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        });
        assert!(waited.await.is_ok(), "it never came: {what}");
    }
}

pub(crate) fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// What a receiver was told, by the reasons of the events.
pub(crate) fn reasons(receiver: &Receiver) -> Vec<String> {
    let reason =
        |body: serde_json::Value| body["data"]["object"]["reason"].as_str().unwrap_or("-").to_owned();
    receiver.received().iter().map(|request| reason(request.json())).collect()
}

fn app(memory: &Arc<Memory>, clock: &Arc<TestClock>, seal: &SealKeys) -> App {
    let ids = Arc::new(SystemIds::default());
    let ports = Ports::over(memory, BTreeMap::new(), Arc::new(LogShipping), clock.clone(), ids);
    let options = Options { reach: Reach::Loopback, ..Options::default() };
    let courier = Arc::new(HttpCourier::new(options).unwrap());
    let settings = Settings {
        webhooks_reach: Reach::Loopback,
        webhooks_seal: seal.clone(),
        ..Settings::new(Currency::parse("EUR").unwrap())
    };
    App::new(Ports { courier: Some(courier), ..ports }, settings)
}

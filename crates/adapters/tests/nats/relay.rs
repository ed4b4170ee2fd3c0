//! The relay on a real server that is wiped, put back, away, or not heard.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use sutler_adapters::log_shipping::LogShipping;
use sutler_adapters::memory::Memory;
use sutler_adapters::nats::{Nats, Options};
use sutler_adapters::system::{SystemClock, SystemIds};
use sutler_app::commit::Change;
use sutler_app::ports::publisher::{BusError, Publisher};
use sutler_app::ports::{Ports, Store};
use sutler_app::{App, Caller, NewEvent, Settings, StreamId};
use sutler_domain::{Currency, EventId, OrderId};
use sutler_testkit::builders as some;
use sutler_testkit::bus::Message;
use sutler_testkit::servers::nats::{Nats as Server, Stop, stored};
use sutler_testkit::servers::proxy::Proxy;

use crate::{options, stream};

/// Nothing takes longer than this, unless something is wrong.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A shop with a relay to a bus.
pub(crate) struct Shop {
    memory: Arc<Memory>,
    app: App,
    happened: AtomicU64,
    relay: tokio::task::JoinHandle<()>,
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.relay.abort();
    }
}

impl Shop {
    pub(crate) async fn open(url: &str, options: &Options) -> Self {
        let memory = Arc::new(Memory::new(sutler_adapters::Options::default()));
        let publisher: Arc<dyn Publisher> = Arc::new(Nats::open(url, options).await.unwrap());
        let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds::default()));
        let ports = Ports::over(&memory, [].into(), Arc::new(LogShipping), clock, ids);
        let ports = Ports { publisher: Some(publisher), ..ports };
        let app = App::new(ports, Settings::new(Currency::parse("EUR").unwrap()));
        let bus = app.bus.clone();
        let relay = tokio::spawn(async move { bus.run().await });
        Self { memory, app, happened: AtomicU64::new(0), relay }
    }

    /// So many more things happen.
    pub(crate) async fn happen(&self, count: u64) {
        let from = self.happened.fetch_add(count, Ordering::Relaxed);
        join_all((from..from + count).map(async |n| {
            let body = format!("{{\"OrderPlaced\":{{\"n\":{n}}}}}");
            let order: OrderId = some::id(n % 10);
            let event = NewEvent { name: "OrderPlaced", at: some::start(), body };
            let change = Change::notice(StreamId::from(&order), event);
            self.memory.commit(some::nothing().change(change)).await.unwrap();
        }))
        .await;
    }

    /// Wait until the bus has everything, and nothing is in the wrong place.
    pub(crate) async fn arrives(&self, server: &Server) -> Vec<Message> {
        let happened = self.happened.load(Ordering::Relaxed);
        let there = tokio::time::timeout(PATIENCE, async {
            loop {
                // A cluster that elects does not answer for a moment.
                if stored(&server.url(), "SUTLER").await.is_ok_and(|stored| stored >= happened)
                    && let Ok(messages) = server.messages("SUTLER").await
                {
                    return messages;
                }
                tokio::task::yield_now().await;
            }
        });
        let there = there.await.unwrap();
        let positions: Vec<u64> = there.iter().map(|message| message.position.0).collect();
        assert_eq!(positions, (1..=happened).collect::<Vec<_>>(), "each once, in the order of the log");
        for message in there.iter().step_by(97) {
            let id = EventId::parse(&message.event_id).unwrap();
            let shown = self.app.events.get(&Caller::system("test"), &id).await.unwrap();
            assert_eq!(message.body, serde_json::to_vec(&shown).unwrap());
        }
        there
    }

    /// Wait until it is written down that the bus has everything.
    pub(crate) async fn settles(&self) {
        let has_backlog = async || self.app.bus.backlog().await.unwrap().events > 0;
        tokio::time::timeout(PATIENCE, async {
            while has_backlog().await {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
    }

    pub(crate) fn rewinds(&self) -> Vec<(&'static str, u64)> {
        self.app.bus.signs().rewinds().into_iter().filter(|(_, count)| *count > 0).collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wiped_server_is_filled_again() {
    let server = Server::start().unwrap();
    let shop = Shop::open(&server.url(), &options()).await;
    shop.happen(1_000).await;
    shop.arrives(&server).await;
    shop.settles().await;
    server.stop(Stop::Killed).unwrap();
    server.wipe().unwrap();
    server.start_again().unwrap();
    // Nothing more happens: it is seen all the same.
    tokio::time::timeout(PATIENCE, async {
        while shop.rewinds().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    shop.arrives(&server).await;
    assert_eq!(shop.rewinds(), [("wiped", 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_old_copy_of_the_store_gets_what_it_lacks() {
    let server = Server::start().unwrap();
    let shop = Shop::open(&server.url(), &options()).await;
    shop.happen(500).await;
    shop.arrives(&server).await;
    server.stop(Stop::Orderly).unwrap();
    server.copy_store().unwrap();
    server.start_again().unwrap();
    shop.happen(500).await;
    shop.arrives(&server).await;
    shop.settles().await;
    server.stop(Stop::Orderly).unwrap();
    server.put_copy_back().unwrap();
    server.start_again().unwrap();
    shop.happen(10).await;
    shop.arrives(&server).await;
    assert_eq!(shop.rewinds(), [("shortened", 1)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_while_the_server_is_away_goes_out_when_it_is_back() {
    let server = Server::start().unwrap();
    let shop = Shop::open(&server.url(), &options()).await;
    shop.happen(10).await;
    shop.arrives(&server).await;
    server.stop(Stop::Killed).unwrap();
    shop.happen(5_000).await;
    let waiting = shop.app.bus.backlog().await.unwrap();
    assert!(waiting.events >= 5_000 && waiting.oldest_at.is_some(), "{waiting:?}");
    server.start_again().unwrap();
    shop.arrives(&server).await;
    shop.settles().await;
    assert_eq!(shop.rewinds(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledgements_that_are_lost_cost_no_event_and_double_none() {
    let server = Server::start().unwrap();
    let proxy = Proxy::before(server.port()).unwrap();
    let impatient = Options { timeout: Duration::from_millis(500), ..options() };
    let shop = Shop::open(&format!("nats://127.0.0.1:{}", proxy.port()), &impatient).await;
    shop.happen(300).await;
    shop.arrives(&server).await;
    for _ in 0..3 {
        proxy.swallow();
        shop.happen(300).await;
        // The server has them, and nobody hears of it.
        let lost = shop.app.bus.signs().published();
        let has_more = async || stream(&server).await.cached_info().state.messages > lost;
        tokio::time::timeout(PATIENCE, async {
            while !has_more().await {
                tokio::task::yield_now().await;
            }
        })
        .await
        .unwrap();
        assert_eq!(shop.app.bus.signs().published(), lost);
        proxy.release();
        shop.arrives(&server).await;
    }
    assert_eq!(shop.rewinds(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_was_stopped_for_a_while_goes_on_where_it_was() {
    let server = Server::start().unwrap();
    let impatient = Options { timeout: Duration::from_millis(500), ..options() };
    let shop = Shop::open(&server.url(), &impatient).await;
    shop.happen(10).await;
    shop.arrives(&server).await;
    let beside = Nats::open(&server.url(), &impatient).await.unwrap();
    server.signal("STOP").unwrap();
    shop.happen(1_000).await;
    // What was sent to it waits in its socket, and comes late, in between, or not at all.
    for _ in 0..4 {
        let unheard = beside.newest().await;
        assert!(matches!(unheard, Err(BusError::Away(_))), "{unheard:?}");
    }
    server.signal("CONT").unwrap();
    shop.arrives(&server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_is_too_large_stops_the_relay_until_the_server_takes_it() {
    let server = Server::start_with("jetstream {}\nmax_payload: 1024").unwrap();
    let shop = Shop::open(&server.url(), &options()).await;
    shop.happen(2).await;
    shop.arrives(&server).await;
    let order: OrderId = some::id(1);
    let body = format!("{{\"OrderPlaced\":{{\"text\":\"{}\"}}}}", "x".repeat(2_000));
    let event = NewEvent { name: "OrderPlaced", at: some::start(), body };
    shop.memory.commit(some::nothing().change(Change::notice(StreamId::from(&order), event))).await.unwrap();
    shop.happened.fetch_add(1, Ordering::Relaxed);
    shop.happen(2).await;
    tokio::time::timeout(PATIENCE, async {
        while shop.app.bus.backlog().await.unwrap().events < 3 {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    assert_eq!(server.messages("SUTLER").await.unwrap().len(), 2, "nothing goes before it");
    server.stop(Stop::Orderly).unwrap();
    server.set("jetstream {}");
    server.start_again().unwrap();
    shop.arrives(&server).await;
}

//! NATS JetStream as the bus, on real servers of the tests' own.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on stops where it stands"
)]

mod cluster;
mod consumer;
mod creds;
mod open;
mod relay;

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream;
use async_trait::async_trait;
use sutler_adapters::nats::{Nats, Options};
use sutler_testkit::bus::{FakeBus, Message};
use sutler_testkit::contract::publisher::{self, Behind, BusRig};
use sutler_testkit::servers::nats::{Nats as Server, Stop};

/// As usual, but without patience.
fn options() -> Options {
    Options { timeout: Duration::from_secs(2), ..Options::default() }
}

/// What the server of a test knows itself, asked past the adapter.
async fn stream(server: &Server) -> jetstream::stream::Stream {
    let client = async_nats::connect(server.url()).await.unwrap();
    jetstream::new(client).get_stream("SUTLER").await.unwrap()
}

struct RealBus(Server);

#[async_trait]
impl Behind for RealBus {
    async fn messages(&self) -> Vec<Message> {
        self.0.messages("SUTLER").await.unwrap()
    }

    async fn wipe(&self) {
        self.0.stop(Stop::Killed).unwrap();
        self.0.wipe().unwrap();
        self.0.start_again().unwrap();
    }

    async fn empty(&self) {
        stream(&self.0).await.purge().await.unwrap();
    }

    async fn go_away(&self) {
        self.0.stop(Stop::Orderly).unwrap();
    }

    async fn come_back(&self) {
        self.0.start_again().unwrap();
    }
}

struct FakeBehind(Arc<FakeBus>);

#[async_trait]
impl Behind for FakeBehind {
    async fn messages(&self) -> Vec<Message> {
        self.0.messages()
    }

    async fn wipe(&self) {
        self.0.wipe();
    }

    async fn empty(&self) {
        self.0.empty();
    }

    async fn go_away(&self) {
        self.0.set_away(true);
    }

    async fn come_back(&self) {
        self.0.set_away(false);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nats_is_a_bus() {
    publisher::run(async || {
        let server = Server::start().unwrap();
        let one = Nats::open(&server.url(), &options()).await.unwrap();
        let other = Nats::open(&server.url(), &options()).await.unwrap();
        BusRig { one: Arc::new(one), other: Arc::new(other), behind: Box::new(RealBus(server)) }
    })
    .await;
}

#[tokio::test]
async fn the_bus_of_tests_is_a_bus() {
    publisher::run(async || {
        let bus = Arc::new(FakeBus::default());
        BusRig { one: bus.line(), other: bus.line(), behind: Box::new(FakeBehind(bus)) }
    })
    .await;
}

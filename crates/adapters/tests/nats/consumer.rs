//! A consumer as `docs/events.md` wants it: it drops repeats by the event's id, and keeps the newest of a subject by
//! `sequence`. Whatever is lost on either side of the bus, each event takes effect once.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::{self, Message};
use futures::StreamExt;
use parking_lot::Mutex;
use serde_json::Value;
use sutler_adapters::nats::Options;
use sutler_testkit::servers::nats::{Nats as Server, Stop};
use sutler_testkit::servers::proxy::Proxy;

use crate::options;
use crate::relay::{PATIENCE, Shop};

/// How long the server waits for an acknowledgement before it sends a message again.
const ACK_WAIT: Duration = Duration::from_secs(1);

/// The shortest window that a server takes: what comes later is no repeat to it.
const SHORT_WINDOW: Duration = Duration::from_millis(100);

/// What the consumer did, which outlives its connections.
#[derive(Default)]
struct Done {
    /// Ids of events that took effect.
    effects: Mutex<HashSet<String>>,
    /// Of each subject, the highest sequence that took effect.
    newest: Mutex<BTreeMap<String, u64>>,
    /// Messages that came again after they had taken effect.
    repeats: AtomicU64,
    /// Messages that came after a later one of the same subject.
    overtaken: AtomicU64,
    /// Messages that were put aside without effect, to come again later.
    put_aside: AtomicU64,
}

impl Done {
    /// Take a message; `false` puts it aside.
    fn take(&self, message: &Message, nth: u64) -> bool {
        let id = message.headers.as_ref().unwrap().get("Nats-Msg-Id").unwrap().as_str().to_owned();
        let event: Value = serde_json::from_slice(&message.payload).unwrap();
        // Every seventh is not taken at first, so that others of its subject come by.
        if nth.is_multiple_of(7) && message.info().unwrap().delivered == 1 {
            self.put_aside.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        if !self.effects.lock().insert(id) {
            self.repeats.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        let sequence: u64 = event["sequence"].as_str().unwrap().parse().unwrap();
        let mut newest = self.newest.lock();
        let of_subject = newest.entry(event["subject"].as_str().unwrap().to_owned()).or_default();
        if *of_subject > sequence {
            self.overtaken.fetch_add(1, Ordering::Relaxed);
        }
        *of_subject = sequence.max(*of_subject);
        true
    }

    /// Read for ever. Connections that are lost are made again; what was not acknowledged comes again.
    async fn read(&self, url: String) {
        let mut nth = 0;
        loop {
            let Ok(client) = async_nats::connect(&url).await else {
                tokio::time::sleep(Duration::from_millis(20)).await;
                continue;
            };
            let context = jetstream::new(client);
            let Ok(stream) = context.get_stream("SUTLER").await else { continue };
            let wanted = pull::Config {
                durable_name: Some("books".to_owned()),
                ack_policy: AckPolicy::Explicit,
                ack_wait: ACK_WAIT,
                max_ack_pending: 256,
                ..pull::Config::default()
            };
            let Ok(consumer) = stream.get_or_create_consumer("books", wanted).await else { continue };
            let Ok(mut messages) = consumer.messages().await else { continue };
            while let Ok(Some(Ok(message))) = tokio::time::timeout(2 * ACK_WAIT, messages.next()).await {
                nth += 1;
                if self.take(&message, nth) {
                    // Whether anybody hears it is not known, and need not be.
                    _ = message.ack().await;
                }
            }
        }
    }

    async fn has(&self, count: u64) {
        let all = tokio::time::timeout(PATIENCE, async {
            while u64::try_from(self.effects.lock().len()).unwrap() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        assert!(all.await.is_ok(), "{} of {count} took effect", self.effects.lock().len());
    }
}

/// Consumers end with the test.
struct Reading(tokio::task::JoinHandle<()>);

impl Drop for Reading {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn reading(done: &Arc<Done>, port: u16) -> Reading {
    let done = Arc::clone(done);
    Reading(tokio::spawn(async move { done.read(format!("nats://127.0.0.1:{port}")).await }))
}

fn impatient() -> Options {
    Options { timeout: Duration::from_millis(500), duplicate_window: SHORT_WINDOW, ..options() }
}

/// Wait until the server knows that the consumer has taken everything.
async fn is_heard(server: &Server) {
    let context = jetstream::new(async_nats::connect(server.url()).await.unwrap());
    let stream = context.get_stream_no_info("SUTLER").await.unwrap();
    let all = tokio::time::timeout(PATIENCE, async {
        loop {
            let books = stream.consumer_info("books").await.unwrap();
            if books.num_pending == 0 && books.num_ack_pending == 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    all.await.unwrap();
}

/// Events of the test below; `SUTLER_BUS_EVENTS` asks for another number.
const EVENTS: u64 = 1_650;

/// How often acknowledgements are lost meanwhile.
const ROUNDS: u64 = 4;

#[expect(clippy::disallowed_methods, reason = "a test's own length, which no server knows")]
fn asked_for() -> u64 {
    std::env::var("SUTLER_BUS_EVENTS").map_or(EVENTS, |events| events.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_acknowledgement_is_lost_each_event_takes_effect_once() {
    let server = Server::start().unwrap();
    let (to_bus, to_reader) = (Proxy::before(server.port()).unwrap(), Proxy::before(server.port()).unwrap());
    let shop = Shop::open(&format!("nats://127.0.0.1:{}", to_bus.port()), &impatient()).await;
    let done = Arc::new(Done::default());
    let _reading = reading(&done, to_reader.port());
    // Each of the ten subjects has as many.
    let a_round = asked_for().saturating_sub(50) / ROUNDS / 10 * 10;
    shop.happen(50).await;
    done.has(50).await;
    let mut happened = 50;
    for _ in 0..ROUNDS {
        // Nothing new comes to a reader who has not acknowledged as much as he may hold.
        is_heard(&server).await;
        // Neither hears the bus that the consumer has them, nor the shop that the bus has them.
        to_reader.deafen();
        to_bus.swallow();
        let before = u64::try_from(done.effects.lock().len()).unwrap();
        shop.happen(a_round).await;
        happened += a_round;
        done.has(before + 1).await;
        to_bus.release();
        to_reader.release();
        // Nothing is asked of the window here: it is over long before the relay asks again.
        shop.arrives(&server).await;
        done.has(happened).await;
    }
    assert_eq!(u64::try_from(done.effects.lock().len()).unwrap(), happened);
    let faults = [&done.repeats, &done.overtaken, &done.put_aside].map(|count| count.load(Ordering::Relaxed));
    assert!(faults.iter().all(|count| *count > 0), "repeats, overtaken, put aside: {faults:?}");
    let newest: Vec<u64> = done.newest.lock().values().copied().collect();
    assert_eq!(newest, [happened / 10; 10], "of each subject the last one stands");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_twice_outside_the_window_takes_effect_once() {
    let server = Server::start().unwrap();
    let shop = Shop::open(&server.url(), &impatient()).await;
    let done = Arc::new(Done::default());
    let _reading = reading(&done, server.port());
    shop.happen(500).await;
    shop.arrives(&server).await;
    done.has(500).await;
    shop.settles().await;
    // The bus is put back to an earlier day: the relay publishes again what the consumer knows already.
    server.stop(Stop::Killed).unwrap();
    server.wipe().unwrap();
    server.start_again().unwrap();
    shop.happen(200).await;
    shop.arrives(&server).await;
    done.has(700).await;
    assert_eq!(done.effects.lock().len(), 700);
    let came_again = async || done.repeats.load(Ordering::Relaxed) >= 400;
    let repeated = tokio::time::timeout(PATIENCE, async {
        while !came_again().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    assert!(repeated.await.is_ok(), "what the bus had lost comes again, and is dropped by its id");
}

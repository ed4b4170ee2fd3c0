//! What happens when the server, the connection or another node fails in the middle: every acknowledged commit is there,
//! and what was not acknowledged can be asked for again under its key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use sutler_adapters::postgres::Postgres;
use sutler_app::commit::{Receipt, Refused};
use sutler_app::ports::Store;
use sutler_testkit::builders as some;
use sutler_testkit::servers::postgres::{Postgres as Server, Stop};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};

use crate::{count, database, node, numbers, order_of, reserved, stocked, stranger, within};

/// Clients who place orders one after the other and ask again under the same key until they are told.
struct Load {
    clients: Vec<tokio::task::JoinHandle<(BTreeMap<u64, Receipt>, u64)>>,
    stop: Arc<AtomicBool>,
    placed: Arc<AtomicU64>,
}

impl Load {
    fn begin(store: &Arc<Postgres>) -> Self {
        let (stop, placed) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let clients = (0..8u64).map(|client| {
            let (store, stop, placed) = (Arc::clone(store), Arc::clone(&stop), Arc::clone(&placed));
            tokio::spawn(async move {
                let (mut told, mut refused) = (BTreeMap::new(), 0);
                for n in (1..).map(|n| client * 100_000 + n) {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    loop {
                        match store.commit(order_of(n, 1)).await {
                            Ok(receipt) => {
                                told.insert(n, receipt);
                                placed.fetch_add(1, Ordering::Relaxed);
                                break;
                            }
                            Err(Refused::Unavailable(_) | Refused::Busy) => refused += 1,
                            Err(other) => unreachable!("{other:?}"),
                        }
                    }
                }
                (told, refused)
            })
        });
        Self { clients: clients.collect(), stop, placed }
    }

    /// Wait until so many more are placed.
    async fn goes_on(&self, more: u64) {
        let goal = self.placed.load(Ordering::Relaxed) + more;
        within(async {
            while self.placed.load(Ordering::Relaxed) < goal {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    /// End it; every order that was told of is there once, and nothing else is.
    async fn ends(self, store: &Postgres) -> u64 {
        self.stop.store(true, Ordering::Relaxed);
        let (mut told, mut refused) = (0, 0);
        for client in self.clients {
            let (receipts, refusals) = within(client).await.unwrap();
            told += count(receipts.len());
            refused += refusals;
        }
        assert_eq!(numbers(store).await, (1001..=1000 + told).collect::<Vec<_>>());
        assert_eq!(u64::try_from(reserved(store).await).unwrap(), told);
        refused
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_backend_costs_nobody_an_order() {
    let url = database();
    let store = stocked(&url, 1_000_000).await;
    let load = Load::begin(&store);
    let killer = stranger(&url).await;
    let kill = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    for _ in 0..8 {
        load.goes_on(30).await;
        let ended: i64 = killer.query_one(kill, &[]).await.unwrap().get(0);
        assert!(ended > 0);
    }
    load.goes_on(30).await;
    load.ends(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_again_is_found_again() {
    let server = Server::start().unwrap();
    let url = server.url(&server.database().unwrap());
    let (store, other) = (stocked(&url, 1_000_000).await, node(&url).await);
    let load = Load::begin(&store);
    for how in [Stop::Fast, Stop::Immediate, Stop::Immediate] {
        load.goes_on(40).await;
        server.stop(how).unwrap();
        let away = other.commit(some::touch(1)).await;
        assert!(matches!(away, Err(Refused::Unavailable(_))), "{away:?}");
        server.start_again().unwrap();
        load.goes_on(40).await;
    }
    let refused = load.ends(&store).await;
    assert!(refused > 0, "somebody was told that the server is away");
    within(async { while other.commit(some::touch(1)).await.is_err() {} }).await;
}

#[tokio::test]
async fn a_holder_of_ours_that_stopped_loses_the_door() {
    let url = database();
    let store = stocked(&url, 10).await;
    // What a node does at the door, before it was stopped there.
    let stopped = stranger(&url).await;
    let take = "BEGIN; SELECT set_config('idle_in_transaction_session_timeout', '5000', true); SELECT * FROM head FOR UPDATE";
    stopped.batch_execute(take).await.unwrap();
    let begun = Instant::now();
    within(store.commit(order_of(1, 1))).await.unwrap();
    let waited = begun.elapsed();
    assert!(
        stopped.batch_execute("UPDATE head SET position = 77; COMMIT").await.is_err(),
        "it woke too late"
    );
    assert_eq!(numbers(&store).await, [1001]);
    assert!(waited.as_secs() < 8, "the wait is bounded by the holder's time, not by ours: {waited:?}");
}

#[tokio::test]
async fn a_foreign_holder_makes_the_door_busy() {
    let url = database();
    let store = stocked(&url, 10).await;
    let holder = stranger(&url).await;
    holder.batch_execute("BEGIN; SELECT * FROM head FOR UPDATE").await.unwrap();
    assert_eq!(within(store.commit(order_of(1, 1))).await, Err(Refused::Busy));
    holder.batch_execute("ROLLBACK").await.unwrap();
    within(store.commit(order_of(1, 1))).await.unwrap();
    assert_eq!(numbers(&store).await, [1001]);
}

/// Where a proxy cuts the connection.
#[derive(Clone, Copy, PartialEq)]
enum Cut {
    Nowhere,
    /// The server never hears of the COMMIT.
    BeforeCommit,
    /// The server commits, and its answer is lost.
    AfterCommit,
}

/// A way to the server that is cut at a COMMIT when it is told to.
struct Proxy {
    port: u16,
    cut: Arc<parking_lot::Mutex<Cut>>,
}

impl Proxy {
    async fn begin(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(parking_lot::Mutex::new(Cut::Nowhere));
        let (told, socket) = (Arc::clone(&cut), server.folder().join(format!(".s.PGSQL.{}", server.port())));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&told)));
            }
        });
        Self { port, cut }
    }
}

async fn carry(client: tokio::net::TcpStream, server: UnixStream, cut: Arc<parking_lot::Mutex<Cut>>) {
    let ((mut from_client, mut to_client), (mut from_server, mut to_server)) =
        (client.into_split(), server.into_split());
    let back = tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
    let mut bytes = vec![0; 65_536];
    while let Ok(read) = from_client.read(&mut bytes).await {
        let Some(sent) = bytes.get(..read).filter(|sent| !sent.is_empty()) else { break };
        if sent.windows(7).any(|window| window == b"COMMIT\0") {
            let cut = std::mem::replace(&mut *cut.lock(), Cut::Nowhere);
            if cut != Cut::Nowhere {
                back.abort();
            }
            match cut {
                Cut::Nowhere => {}
                Cut::BeforeCommit => return,
                Cut::AfterCommit => {
                    to_server.write_all(sent).await.unwrap();
                    to_server.shutdown().await.unwrap();
                    return;
                }
            }
        }
        if to_server.write_all(sent).await.is_err() {
            break;
        }
    }
    back.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_answer_to_a_commit_is_safe_to_ask_for_again() {
    let server = Server::shared();
    let name = server.database().unwrap();
    stocked(&server.url(&name), 1000).await.close().await;
    let proxy = Proxy::begin(server).await;
    let store = node(&format!("postgres://sutler@127.0.0.1:{}/{name}?sslmode=disable", proxy.port)).await;
    for (n, cut) in (1..=20).zip([Cut::BeforeCommit, Cut::AfterCommit].into_iter().cycle()) {
        *proxy.cut.lock() = cut;
        let lost = within(store.commit(order_of(n, 1))).await;
        let Err(Refused::Unavailable(reason)) = &lost else { unreachable!("{lost:?}") };
        assert!(reason.contains("may stand or not"), "{reason}");
        let again = within(store.commit(order_of(n, 1))).await.unwrap();
        assert_eq!(again.replayed.is_some(), cut == Cut::AfterCommit, "order {n}");
    }
    assert_eq!(numbers(&store).await, (1001..=1020).collect::<Vec<_>>());
    assert_eq!(reserved(&store).await, 20);
}

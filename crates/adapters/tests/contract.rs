//! Every adapter is what its port means: the suites of the testkit, run on each.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use parking_lot::Mutex;
use sutler_adapters::Options;
use sutler_adapters::memory::Memory;
use sutler_adapters::postgres::{self, Postgres};
use sutler_adapters::sqlite::{self, Sqlite};
use sutler_testkit::clock::TestClock;
use sutler_testkit::contract::{self, Case, JOB_TTL_S, KEY_TTL_S, Rig, Stores};
use sutler_testkit::servers;

fn options(clock: &Arc<TestClock>) -> Options {
    Options {
        clock: Arc::<TestClock>::clone(clock),
        key_ttl: SignedDuration::from_secs(KEY_TTL_S),
        ended_job_ttl: SignedDuration::from_secs(JOB_TTL_S),
        ..Options::default()
    }
}

async fn memory() -> Rig {
    let clock = Arc::new(TestClock::default());
    let memory = Arc::new(Memory::new(options(&clock)));
    let maintain = |memory: Arc<Memory>| -> BoxFuture<'static, (u64, u64)> {
        let swept = memory.maintain();
        async move { (swept.keys, swept.jobs) }.boxed()
    };
    Rig::new(clock, Stores::of(&memory, maintain))
}

fn open(path: &Path, clock: &Arc<TestClock>) -> (Arc<Sqlite>, Stores) {
    let options = sqlite::Options { store: options(clock), ..sqlite::Options::default() };
    let sqlite = Arc::new(Sqlite::open(path, options).unwrap());
    let maintain = |sqlite: Arc<Sqlite>| -> BoxFuture<'static, (u64, u64)> {
        async move {
            let swept = sqlite.maintain().await.unwrap();
            (swept.keys, swept.jobs)
        }
        .boxed()
    };
    let stores = Stores::of(&sqlite, maintain);
    (sqlite, stores)
}

/// A fresh file in a folder that goes with the process.
fn fresh() -> PathBuf {
    let folder = tempfile::tempdir().unwrap().keep();
    folder.join("sutler.db")
}

async fn sqlite() -> Rig {
    let clock = Arc::new(TestClock::default());
    let (_, stores) = open(&fresh(), &clock);
    Rig::new(clock, stores)
}

/// Closed and opened between the steps of a case: what was answered is on the disk.
async fn sqlite_reopened() -> Rig {
    let (clock, path) = (Arc::new(TestClock::default()), fresh());
    let (sqlite, stores) = open(&path, &clock);
    let current = Arc::new(Mutex::new(sqlite));
    let again = Arc::clone(&clock);
    let reopen = move || -> BoxFuture<'static, Stores> {
        let (current, clock, path) = (Arc::clone(&current), Arc::clone(&again), path.clone());
        async move {
            let before = Arc::clone(&current.lock());
            before.close().await;
            let (sqlite, stores) = open(&path, &clock);
            *current.lock() = sqlite;
            stores
        }
        .boxed()
    };
    Rig::reopening(clock, stores, Box::new(reopen))
}

fn postgres_options(clock: &Arc<TestClock>) -> postgres::Options {
    postgres::Options { store: options(clock), connections_max: 6, ..postgres::Options::default() }
}

async fn open_postgres(url: &str, clock: &Arc<TestClock>) -> (Arc<Postgres>, Stores) {
    let store = Arc::new(Postgres::open(url, postgres_options(clock)).await.unwrap());
    let maintain = |store: Arc<Postgres>| -> BoxFuture<'static, (u64, u64)> {
        async move {
            let swept = store.maintain().await.unwrap();
            (swept.keys, swept.jobs)
        }
        .boxed()
    };
    let stores = Stores::of(&store, maintain);
    (store, stores)
}

/// A fresh database on the server of this process, by its name.
async fn database(clock: &Arc<TestClock>) -> String {
    servers::postgres::Postgres::shared().migrated(options(clock)).await.unwrap()
}

/// Its address.
fn url(database: &str) -> String {
    servers::postgres::Postgres::shared().url(database)
}

async fn on_postgres() -> Rig {
    let clock = Arc::new(TestClock::default());
    let (_, stores) = open_postgres(&url(&database(&clock).await), &clock).await;
    Rig::new(clock, stores)
}

/// Through a pooler that hands the connection on after each transaction.
async fn pooled() -> Rig {
    let clock = Arc::new(TestClock::default());
    let url = servers::pgbouncer::PgBouncer::shared().url(&database(&clock).await);
    let (_, stores) = open_postgres(&url, &clock).await;
    Rig::new(clock, stores)
}

/// Between the steps of a case another node takes over, while the one before stays open.
async fn postgres_nodes() -> Rig {
    let clock = Arc::new(TestClock::default());
    let url = url(&database(&clock).await);
    let (first, stores) = open_postgres(&url, &clock).await;
    let open = Arc::new(Mutex::new(vec![first]));
    let again = Arc::clone(&clock);
    let reopen = move || -> BoxFuture<'static, Stores> {
        let (open, clock, url) = (Arc::clone(&open), Arc::clone(&again), url.clone());
        async move {
            let (next, stores) = open_postgres(&url, &clock).await;
            let before = {
                let mut open = open.lock();
                open.push(next);
                // Two at a time: a server has so many connections.
                (open.len() > 2).then(|| open.remove(0))
            };
            if let Some(before) = before {
                before.close().await;
            }
            stores
        }
        .boxed()
    };
    Rig::reopening(clock, stores, Box::new(reopen))
}

macro_rules! suites {
    ($($adapter:ident { $($name:ident: $suite:expr),* $(,)? })*) => {$($(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let cases: &[Case] = $suite;
            contract::run(cases, $adapter).await;
        }
    )*)*};
}
suites! {
    memory {
        memory_is_a_store: contract::store::CASES,
        memory_answers_reads: contract::reads::CASES,
        memory_is_a_feed: contract::feed::CASES,
        memory_shows_itself: contract::audit::CASES,
        memory_is_a_queue: contract::jobs::CASES,
        memory_has_queues: contract::queues::CASES,
        memory_keeps_deliveries: contract::deliveries::CASES,
        memory_keeps_people: contract::people::CASES,
        memory_keeps_imports: contract::imports::CASES,
    }
    sqlite {
        sqlite_is_a_store: contract::store::CASES,
        sqlite_answers_reads: contract::reads::CASES,
        sqlite_is_a_feed: contract::feed::CASES,
        sqlite_shows_itself: contract::audit::CASES,
        sqlite_is_a_queue: contract::jobs::CASES,
        sqlite_has_queues: contract::queues::CASES,
        sqlite_keeps_deliveries: contract::deliveries::CASES,
        sqlite_keeps_people: contract::people::CASES,
        sqlite_keeps_imports: contract::imports::CASES,
    }
    on_postgres {
        postgres_is_a_store: contract::store::CASES,
        postgres_answers_reads: contract::reads::CASES,
        postgres_is_a_feed: contract::feed::CASES,
        postgres_shows_itself: contract::audit::CASES,
        postgres_is_a_queue: contract::jobs::CASES,
        postgres_has_queues: contract::queues::CASES,
        postgres_keeps_deliveries: contract::deliveries::CASES,
        postgres_keeps_people: contract::people::CASES,
        postgres_keeps_imports: contract::imports::CASES,
    }
    pooled {
        pooled_postgres_is_a_store: contract::store::CASES,
        pooled_postgres_answers_reads: contract::reads::CASES,
        pooled_postgres_is_a_feed: contract::feed::CASES,
        pooled_postgres_shows_itself: contract::audit::CASES,
        pooled_postgres_is_a_queue: contract::jobs::CASES,
        pooled_postgres_has_queues: contract::queues::CASES,
        pooled_postgres_keeps_deliveries: contract::deliveries::CASES,
        pooled_postgres_keeps_people: contract::people::CASES,
        pooled_postgres_keeps_imports: contract::imports::CASES,
    }
    postgres_nodes {
        postgres_nodes_are_a_store: contract::store::CASES,
        postgres_nodes_answer_reads: contract::reads::CASES,
        postgres_nodes_are_a_feed: contract::feed::CASES,
        postgres_nodes_show_themselves: contract::audit::CASES,
        postgres_nodes_are_a_queue: contract::jobs::CASES,
        postgres_nodes_have_queues: contract::queues::CASES,
        postgres_nodes_keep_deliveries: contract::deliveries::CASES,
        postgres_nodes_keep_people: contract::people::CASES,
        postgres_nodes_keep_imports: contract::imports::CASES,
    }
    sqlite_reopened {
        sqlite_stays_a_store: contract::store::CASES,
        sqlite_still_answers_reads: contract::reads::CASES,
        sqlite_stays_a_feed: contract::feed::CASES,
        sqlite_still_shows_itself: contract::audit::CASES,
        sqlite_stays_a_queue: contract::jobs::CASES,
        sqlite_keeps_its_queues: contract::queues::CASES,
        sqlite_still_keeps_deliveries: contract::deliveries::CASES,
        sqlite_still_keeps_people: contract::people::CASES,
        sqlite_still_keeps_imports: contract::imports::CASES,
    }
}

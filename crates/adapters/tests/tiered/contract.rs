//! A store behind the tiers is still what its ports mean: with Redis, across starts that find Redis warm, without Redis.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use sutler_adapters::cache::{Cached, Redis, Tiered};
use sutler_adapters::memory::Memory;
use sutler_adapters::sqlite::{self, Sqlite};
use sutler_adapters::system::SystemIds;
use sutler_adapters::{Options, cache};
use sutler_app::ports::Storage;
use sutler_testkit::clock::TestClock;
use sutler_testkit::contract::{self, JOB_TTL_S, KEY_TTL_S, Rig, Stores};
use sutler_testkit::servers;

use crate::shop::{PATIENCE, USUAL, shared};

fn options(clock: &Arc<TestClock>) -> Options {
    Options {
        clock: Arc::<TestClock>::clone(clock),
        key_ttl: SignedDuration::from_secs(KEY_TTL_S),
        ended_job_ttl: SignedDuration::from_secs(JOB_TTL_S),
        ..Options::default()
    }
}

async fn redis() -> Redis {
    Redis::open(&shared().socket_url(), PATIENCE).await.unwrap()
}

/// A node over this store: its door and its answers.
async fn node<S: Storage>(store: &Arc<S>, redis: Redis, whole: Stores) -> Stores {
    let catalog =
        Arc::new(Tiered::open(Arc::clone(store), redis, Arc::new(SystemIds::default())).await.unwrap());
    let following = Arc::clone(&catalog);
    tokio::spawn(async move { following.follow().await });
    let cached = Arc::new(Cached::beside(Arc::clone(store), &catalog));
    Stores { store: cached.clone(), products: catalog, stock: cached.clone(), access: cached, ..whole }
}

fn of_memory(memory: &Arc<Memory>) -> Stores {
    Stores::of(memory, |memory: Arc<Memory>| {
        let swept = memory.maintain();
        async move { (swept.keys, swept.jobs) }.boxed()
    })
}

async fn memory() -> Rig {
    let clock = Arc::new(TestClock::default());
    let memory = Arc::new(Memory::new(options(&clock)));
    Rig::new(clock, node(&memory, redis().await, of_memory(&memory)).await)
}

async fn sqlite() -> Rig {
    let clock = Arc::new(TestClock::default());
    let path = tempfile::tempdir().unwrap().keep().join("sutler.db");
    let options = sqlite::Options { store: options(&clock), ..sqlite::Options::default() };
    let store = Arc::new(Sqlite::open(path, options).unwrap());
    let whole = Stores::of(&store, |store: Arc<Sqlite>| {
        async move {
            let swept = store.maintain().await.unwrap();
            (swept.keys, swept.jobs)
        }
        .boxed()
    });
    Rig::new(clock, node(&store, redis().await, whole).await)
}

/// Between the steps of a case another node takes over, which remembers nothing and finds Redis warm.
async fn nodes() -> Rig {
    let clock = Arc::new(TestClock::default());
    let memory = Arc::new(Memory::new(options(&clock)));
    let first = node(&memory, redis().await, of_memory(&memory)).await;
    let reopen = move || -> BoxFuture<'static, Stores> {
        let memory = Arc::clone(&memory);
        async move { node(&memory, redis().await, of_memory(&memory)).await }.boxed()
    };
    Rig::reopening(clock, first, Box::new(reopen))
}

/// Redis is gone once the node has started.
async fn bereft() -> Rig {
    let clock = Arc::new(TestClock::default());
    let memory = Arc::new(Memory::new(options(&clock)));
    let server = servers::redis::Redis::start().unwrap();
    let redis = cache::Redis::open(&server.socket_url(), USUAL).await.unwrap();
    let stores = node(&memory, redis, of_memory(&memory)).await;
    drop(server);
    Rig::new(clock, stores)
}

macro_rules! suites {
    ($($rig:ident { $($name:ident: $suite:expr),* $(,)? })*) => {$($(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            contract::run($suite, $rig).await;
        }
    )*)*};
}
suites! {
    memory {
        tiers_over_memory_are_a_store: contract::store::CASES,
        tiers_over_memory_answer_reads: contract::reads::CASES,
    }
    sqlite {
        tiers_over_sqlite_are_a_store: contract::store::CASES,
        tiers_over_sqlite_answer_reads: contract::reads::CASES,
    }
    nodes {
        nodes_with_one_redis_answer_reads: contract::reads::CASES,
    }
    bereft {
        tiers_without_redis_answer_reads: contract::reads::CASES,
    }
}

//! The suites of the ports, run on SQLite, each case on its own.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::SignedDuration;
use sutler_adapters::Options;
use sutler_adapters::sqlite::{self, Sqlite};
use sutler_testkit::clock::TestClock;
use sutler_testkit::contract::{self, JOB_TTL_S, KEY_TTL_S, Rig, Stores};
use tempfile::TempDir;

/// The names of the cases that fail.
pub(crate) fn failed() -> Vec<&'static str> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let suites = [
        contract::store::CASES,
        contract::reads::CASES,
        contract::feed::CASES,
        contract::jobs::CASES,
        contract::queues::CASES,
    ];
    let fails = |case: contract::Case| {
        let (folder, rig) = rig();
        let held = runtime.block_on(runtime.spawn(async move { case.1(&rig).await })).is_ok();
        drop(folder);
        (!held).then_some(case.0)
    };
    suites.concat().into_iter().filter_map(fails).collect()
}

fn rig() -> (TempDir, Rig) {
    let (clock, folder) = (Arc::new(TestClock::default()), tempfile::tempdir().unwrap());
    let store = Options {
        clock: Arc::<TestClock>::clone(&clock),
        key_ttl: SignedDuration::from_secs(KEY_TTL_S),
        ended_job_ttl: SignedDuration::from_secs(JOB_TTL_S),
        ..Options::default()
    };
    let options = sqlite::Options { store, ..sqlite::Options::default() };
    let sqlite = Arc::new(Sqlite::open(folder.path().join("sutler.db"), options).unwrap());
    let maintain = |sqlite: Arc<Sqlite>| -> BoxFuture<'static, (u64, u64)> {
        async move {
            let swept = sqlite.maintain().await.unwrap();
            (swept.keys, swept.jobs)
        }
        .boxed()
    };
    let stores = Stores::of(&sqlite, maintain);
    (folder, Rig::new(clock, stores))
}

//! A disk that is full, and one whose sync fails, under the debug binary. The power cuts under load are
//! `cargo xtask power`. Where FUSE is not to be had, each test says so in a line that CI looks for.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::time::{Duration, Instant};

use serde_json::json;
use sutler_testkit::crash::check::{Invariant, State, Violation};
use sutler_testkit::crash::ledger::{Answer, Request};
use sutler_testkit::crash::scene::Scene;
use sutler_testkit::crash::server::{Launch, Server};
use sutler_testkit::power::{Disk, Mode, Mount, clear_leftovers, probe};
use tempfile::TempDir;

/// How long a server may take to notice that there is room again.
const RECOVERY_PATIENCE: Duration = Duration::from_secs(10);

/// More orders than a log grows by before it begins anew.
const ORDERS_MAX: u32 = 5000;

/// A shop on a disk of ours.
struct Rig {
    scene: Scene,
    server: Server,
    disk: Disk,
    mount: Mount,
    asked: u32,
    /// Dropped last: the mount is inside.
    _folder: TempDir,
}

impl Rig {
    async fn new() -> Option<Self> {
        Self::with(|launch| launch).await
    }

    /// A server with a fault that is planted.
    async fn planted(bug: &str) -> Option<Self> {
        Self::with(|launch| launch.with("SUTLER_SEEDED_BUG", bug)).await
    }

    /// `None` where FUSE is not to be had, which is said.
    #[expect(clippy::print_stdout, reason = "a skipped test is to be seen")]
    async fn with(set: impl FnOnce(Launch) -> Launch) -> Option<Self> {
        clear_leftovers().unwrap();
        if let Err(reason) = probe() {
            println!("SKIPPED: {reason}");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        // The sync that is to fail is one of the database, and an index syncs files of its own whenever it likes.
        let launch = Launch::new(env!("CARGO_BIN_EXE_sutler"), folder.path());
        let launch = set(launch.with("SUTLER_SEARCH__ENABLED", "false"));
        std::fs::create_dir_all(launch.data()).unwrap();
        let disk = Disk::new(Duration::ZERO);
        let mount = disk.mount(&launch.data()).unwrap();
        let (scene, server) = Scene::open(launch).await.unwrap();
        Some(Self { scene, server, disk, mount, asked: 0, _folder: folder })
    }

    /// An order without payment, of which only the database knows.
    fn order(&mut self) -> Request {
        self.asked += 1;
        let key = format!("order-{}", self.asked);
        let body = json!({"items": [{"product_id": "L1", "quantity": 1}], "metadata": {"request": key}});
        Request { key, path: "/orders".to_owned(), body: body.to_string() }
    }

    /// Ask, and write a success down. `None`: the answer never came.
    async fn ask(&self, request: &Request) -> Option<Answer> {
        self.scene.ledger.ask(request).unwrap();
        let answer = self.server.wire().post(request).await.ok()?;
        if answer.is_success() {
            self.scene.ledger.acknowledge(&request.key, &answer).await.unwrap();
        }
        Some(answer)
    }

    /// An order whose sync fails: it is not acknowledged, and the server ends by itself with an error.
    async fn fail_a_sync(&mut self) {
        self.disk.fail_sync(1);
        let order = self.order();
        let answer = self.ask(&order).await;
        assert!(answer.as_ref().is_none_or(|answer| !answer.is_success()), "acknowledged: {answer:?}");
        assert!(!self.server.ended().await.unwrap().success());
    }

    async fn place(&mut self, count: usize) {
        for _ in 0..count {
            let order = self.order();
            assert_eq!(self.ask(&order).await.unwrap().status, 201);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_orders_answers_reads_and_recovers_by_itself() {
    let Some(mut rig) = Rig::new().await else { return };
    rig.place(3).await;
    rig.disk.set_bytes_max(Some(rig.disk.bytes()));
    let refused = loop {
        let order = rig.order();
        match rig.ask(&order).await.unwrap() {
            Answer { status: 201, .. } => assert!(rig.asked < ORDERS_MAX, "the disk never was full"),
            Answer { status: 503, .. } => break order,
            other => panic!("a full disk was answered with {other:?}"),
        }
    };
    let mut wire = rig.server.wire();
    assert_eq!(wire.get("/products/L1").await.unwrap()["product_id"], "L1");
    assert!(!wire.get("/orders?limit=1").await.unwrap()["data"].as_array().unwrap().is_empty());

    rig.disk.set_bytes_max(None);
    let begun = Instant::now();
    while rig.ask(&refused).await.unwrap().status != 201 {
        assert!(begun.elapsed() < RECOVERY_PATIENCE, "there is room, and the server does not use it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    rig.server.kill().await.unwrap();
    assert_eq!(rig.scene.compare(State::Crashed).unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failed_sync_acknowledges_nothing_and_ends_the_process() {
    let Some(mut rig) = Rig::new().await else { return };
    rig.place(3).await;
    rig.fail_a_sync().await;
    rig.server = rig.scene.launch.start().await.unwrap();
    rig.place(3).await;
    rig.server.kill().await.unwrap();
    assert_eq!(rig.scene.compare(State::Crashed).unwrap(), []);
}

/// The pages of a failed sync are lost, although the file still shows them. What is acknowledged after the restart
/// must not stand on them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_acknowledged_after_a_failed_sync_survives_a_power_cut() {
    let Some(mut rig) = Rig::new().await else { return };
    rig.place(3).await;
    rig.fail_a_sync().await;
    rig.server = rig.scene.launch.start().await.unwrap();
    rig.place(3).await;
    rig.disk.cut(Mode::Drop, 1);
    rig.server.kill().await.unwrap();
    drop(rig.mount);
    rig.mount = rig.disk.mount(&rig.scene.launch.data()).unwrap();
    assert_eq!(rig.scene.compare(State::Crashed).unwrap(), []);
}

/// Whether an acknowledged order is gone: I-ORD-1.
fn is_lost(found: &[Violation]) -> bool {
    found.iter().any(|violation| violation.invariant == Invariant::Acknowledged)
}

/// A planted fault: commits are acknowledged before the disk has them. What a cut leaves says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_does_not_sync_its_commits_is_found_by_a_power_cut() {
    let Some(mut rig) = Rig::planted("UnsyncedCommit").await else { return };
    rig.place(3).await;
    rig.disk.cut(Mode::Drop, 1);
    rig.server.kill().await.unwrap();
    drop(rig.mount);
    rig.mount = rig.disk.mount(&rig.scene.launch.data()).unwrap();
    // Of a file without one sync, not even the tables may be there.
    let found = rig.scene.compare(State::Crashed);
    assert!(found.as_ref().map_or(true, |found| is_lost(found)), "nothing was lost: {found:?}");
}

/// A planted fault: commits whose sync failed are acknowledged. What a cut leaves says so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_acknowledges_what_the_disk_refused_is_found_by_a_failed_sync() {
    let Some(mut rig) = Rig::planted("FailedCommitAcknowledged").await else { return };
    rig.place(3).await;
    // Not only the next one, which may be that of a job.
    rig.disk.fail_every_sync();
    rig.place(1).await;
    rig.disk.cut(Mode::Drop, 1);
    rig.server.kill().await.unwrap();
    drop(rig.mount);
    rig.mount = rig.disk.mount(&rig.scene.launch.data()).unwrap();
    let found = rig.scene.compare(State::Crashed).unwrap();
    assert!(is_lost(&found), "nothing was lost: {found:?}");
}

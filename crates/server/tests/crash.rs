//! Two kills of the debug binary under load, and a check that sees what is missing. The long runs are
//! `cargo xtask crash`.

use std::path::Path;

use rusqlite::Connection;
use sutler_testkit::crash::check::{Invariant, State};
use sutler_testkit::crash::report::Report;
use sutler_testkit::crash::scene::Scene;
use sutler_testkit::crash::server::{Launch, copy_database};

/// Clients at the same time.
const CLIENTS: u32 = 4;

/// Requests that are acknowledged before the first kill; before the second there are twice as many.
const ACKNOWLEDGED: u64 = 25;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let launch = Launch::new(env!("CARGO_BIN_EXE_sutler"), folder.path());
    let (scene, mut server) = Scene::open(launch).await.unwrap();
    let mut report = Report::default();
    for cycle in 1..=2_u64 {
        let name = format!("c{cycle}");
        let mut load = scene.load(&server, (&name, cycle), CLIENTS).await.unwrap();
        load.acknowledged(ACKNOWLEDGED * cycle).await.unwrap();
        server.kill().await.unwrap();
        report.tally.add(load.end().await.unwrap());
        report.found(scene.compare(State::Crashed).unwrap());
        server =
            scene.recover((&name, 20), &mut report).await.unwrap().expect("a server that comes up again");
    }
    assert_eq!(report.violations(), []);
    assert!(report.tally.acknowledged > 0 && report.replayed > 0, "{report}");

    server.kill().await.unwrap();
    let copy = folder.path().join("spoiled.db");
    for (spoil, invariant) in SPOILED {
        copy_database(&scene.launch.database(), &copy).unwrap();
        Connection::open(&copy).unwrap().execute_batch(spoil).unwrap();
        let found = scene.compare_with(Path::new(&copy), State::Crashed).unwrap();
        assert!(found.iter().any(|found| found.invariant == *invariant), "{spoil}: {found:?}");
    }
}

/// What a store that forgets would look like, and which invariant must be named.
const SPOILED: &[(&str, Invariant)] = &[
    (
        "DELETE FROM events WHERE stream = (SELECT max(stream) FROM events WHERE stream LIKE 'order:%')",
        Invariant::Acknowledged,
    ),
    ("DELETE FROM events WHERE position = (SELECT max(position) FROM events)", Invariant::Positions),
    (
        "UPDATE orders SET total = total + 1 WHERE number = (SELECT min(number) FROM orders)",
        Invariant::Versions,
    ),
    ("DELETE FROM journal WHERE row = (SELECT max(row) FROM journal)", Invariant::Stock),
    ("UPDATE stock SET on_hand = on_hand + 1", Invariant::Balance),
];

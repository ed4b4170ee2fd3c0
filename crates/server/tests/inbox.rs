//! The lane of webhooks in short: a receiver that is down half of the time, under the debug binary. The long run is
//! `cargo xtask webhooks`.
#![cfg(unix)]

use std::time::Duration;

use sutler_testkit::webhooks::{Options, run};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_is_down_half_of_the_time_gets_everything_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options {
        sutler: env!("CARGO_BIN_EXE_sutler").into(),
        folder: folder.path().to_owned(),
        events: 1_000,
        phase: Duration::from_secs(2),
        absences: 3,
        // Absences of seconds are not told from single failures, so that everything waits for its next attempt.
        retries: Some(["1s"; 30].join(",")),
        clients: 4,
    };
    let report = run(&options, &|_| {}).await.unwrap();
    assert_eq!(report.wrong, Vec::<String>::new(), "{report}");
    assert!(report.events >= 1_000 && report.backlog > 0 && report.refused > 0, "{report}");
}

//! `features/`, run: every scenario through every door, on every store.

mod bank;
mod door;
mod graph;
mod rest;
mod shop;
mod steps;
mod within;
mod words;
mod world;

use std::process::ExitCode;

use cucumber::World;
use cucumber::writer::Stats;
use futures::FutureExt;

use shop::{Kept, Way};
use world::Scene;

/// Scenarios at a time.
const AT_A_TIME: usize = 8;

/// Every way in, on every store.
const RUNS: &[(Way, Kept)] = &[
    (Way::Within, Kept::Memory),
    (Way::Within, Kept::Sqlite),
    (Way::Rest, Kept::Memory),
    (Way::Rest, Kept::Sqlite),
    (Way::Rest, Kept::Postgres),
    (Way::Graph, Kept::Memory),
    (Way::Graph, Kept::Sqlite),
];

/// Run everything, one summary for each way in and store.
pub(crate) async fn run() -> ExitCode {
    let features = concat!(env!("CARGO_MANIFEST_DIR"), "/../../features");
    let mut failed = false;
    for (way, kept) in RUNS.iter().copied() {
        println!("\n{way:?}, {kept:?}");
        let ran = Scene::cucumber()
            .max_concurrent_scenarios(AT_A_TIME)
            .repeat_failed()
            .fail_on_skipped()
            .before(move |_, _, _, scene| scene.open(way, kept).boxed_local())
            .after(|_, _, _, _, scene| {
                async {
                    if let Some(scene) = scene {
                        scene.close().await;
                    }
                }
                .boxed_local()
            })
            .filter_run(features, move |_, _, scenario| {
                way == Way::Rest || !scenario.tags.iter().any(|tag| tag == "http")
            })
            .await;
        failed |= ran.execution_has_failed();
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

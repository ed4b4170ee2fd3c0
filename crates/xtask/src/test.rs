//! `cargo xtask test`: everything that proves the product, in one run with one count.

use std::{path::PathBuf, process::Command};

use crate::{settings, shell, tally::Tally, tools};

/// The scenarios speak cucumber, not the protocol of Rust's test runners, so they run by themselves.
const SCENARIOS: &str = "not binary(features)";

/// Tests whose name says `locust` need that program; without it they count as skipped.
const WITHOUT_LOCUST: &str = "not binary(features) and not test(locust)";

/// Runs everything, whatever fails on the way, and counts it.
pub(crate) fn run() -> anyhow::Result<Tally> {
    let locust = tools::locust();
    tools::servers();
    let mut tally = Tally::default();
    if tools::nextest() {
        tally += with_nextest(locust)?;
        tally += scenarios()?;
    } else {
        tally += with_cargo(locust)?;
    }
    tally += doc_tests()?;
    Ok(tally)
}

fn with_nextest(locust: Option<PathBuf>) -> anyhow::Result<Tally> {
    let filter = if locust.is_some() { SCENARIOS } else { WITHOUT_LOCUST };
    let mut command =
        shell::cargo(["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--filterset", filter]);
    command.envs(locust.map(|path| ("SUTLER_LOCUST", path)));
    count(command)
}

/// The scenarios of `features/`, in-process and over REST.
fn scenarios() -> anyhow::Result<Tally> {
    if !settings::root().join("crates/testkit/tests/features.rs").exists() {
        return Ok(Tally::default());
    }
    // The whole workspace, though one binary is meant: a package alone would unify features otherwise and build all anew.
    count(shell::cargo(["test", "--workspace", "--locked", "--test", "features"]))
}

/// Where nextest cannot be had. Runs the scenarios too; without Locust its tests say themselves that they skip.
fn with_cargo(locust: Option<PathBuf>) -> anyhow::Result<Tally> {
    let mut command =
        shell::cargo(["test", "--workspace", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    command.envs(locust.map(|path| ("SUTLER_LOCUST", path)));
    count(command)
}

fn doc_tests() -> anyhow::Result<Tally> {
    count(shell::cargo(["test", "--workspace", "--locked", "--no-fail-fast", "--doc"]))
}

fn count(command: Command) -> anyhow::Result<Tally> {
    let (succeeded, output) = shell::tee(command)?;
    Ok(Tally::of_run(succeeded, &output))
}

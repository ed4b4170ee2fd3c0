//! `cargo xtask test`: everything that proves the product, in one run with one count.

use std::{path::PathBuf, process::Command};

use crate::{judges, settings, shell, tally::Tally, tools};

/// The scenarios speak cucumber, not the protocol of Rust's test runners, so they run by themselves.
const SCENARIOS: &str = "not binary(features)";

/// Tests whose name says `locust` need that program; without it they count as skipped.
const WITHOUT_LOCUST: &str = "not binary(features) and not test(locust)";

/// The whole workspace; without cmake, all but the balancer.
pub(crate) fn workspace(with_balancer: bool) -> &'static [&'static str] {
    if with_balancer { &["--workspace"] } else { &["--workspace", "--exclude", "sutler-balance"] }
}

/// Variables that name judges of others.
type Judges = [(&'static str, PathBuf)];

/// Runs everything, whatever fails on the way, and counts it.
pub(crate) fn run() -> anyhow::Result<Tally> {
    let locust = tools::locust();
    let judges = judges::all();
    tools::servers();
    let all = workspace(tools::cmake());
    let mut tally = Tally::default();
    if tools::nextest() {
        tally += with_nextest(all, locust, &judges)?;
        tally += scenarios(all)?;
    } else {
        tally += with_cargo(all, locust, &judges)?;
    }
    tally += doc_tests(all)?;
    Ok(tally)
}

fn with_nextest(all: &[&str], locust: Option<PathBuf>, judges: &Judges) -> anyhow::Result<Tally> {
    let filter = if locust.is_some() { SCENARIOS } else { WITHOUT_LOCUST };
    let mut command = shell::cargo(["nextest", "run", "--locked", "--no-fail-fast", "--filterset", filter]);
    command.args(all);
    command.envs(locust.map(|path| ("SUTLER_LOCUST", path))).envs(judges.iter().cloned());
    count(command)
}

/// The scenarios of `features/`, in-process and over REST.
fn scenarios(all: &[&str]) -> anyhow::Result<Tally> {
    if !settings::root().join("crates/testkit/tests/features.rs").exists() {
        return Ok(Tally::default());
    }
    // The whole workspace, though one binary is meant: a package alone would unify features otherwise and build all anew.
    let mut command = shell::cargo(["test", "--locked", "--test", "features"]);
    command.args(all);
    count(command)
}

/// Where nextest cannot be had. Runs the scenarios too; without Locust its tests say themselves that they skip.
fn with_cargo(all: &[&str], locust: Option<PathBuf>, judges: &Judges) -> anyhow::Result<Tally> {
    let mut command = shell::cargo(["test", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    command.args(all);
    command.envs(locust.map(|path| ("SUTLER_LOCUST", path))).envs(judges.iter().cloned());
    count(command)
}

fn doc_tests(all: &[&str]) -> anyhow::Result<Tally> {
    let mut command = shell::cargo(["test", "--locked", "--no-fail-fast", "--doc"]);
    command.args(all);
    count(command)
}

fn count(command: Command) -> anyhow::Result<Tally> {
    let (succeeded, output) = shell::tee(command)?;
    Ok(Tally::of_run(succeeded, &output))
}

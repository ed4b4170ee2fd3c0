//! `cargo xtask test`: everything that proves the product, in one run with one count.

use std::{path::PathBuf, process::Command, thread};

use crate::{judges, scratch::Scratch, shell, tally::Tally, tools};

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
    let scratch = Scratch::open();
    let count = |mut command: Command| {
        command.envs(scratch.variable());
        let (succeeded, output) = shell::tee(command)?;
        anyhow::Ok(Tally::of_run(succeeded, &output))
    };
    let mut tally = Tally::default();
    if tools::nextest() {
        tally += count(with_nextest(all, locust, &judges))?;
        tally += count(scenarios(all))?;
    } else {
        tally += count(with_cargo(all, locust, &judges))?;
    }
    tally += count(doc_tests(all))?;
    Ok(tally)
}

/// Many tests wait, for a server to start or for a lease to run out: half as many again as there are cores keep them busy.
fn at_a_time() -> String {
    (thread::available_parallelism().map_or(1, usize::from) * 3).div_ceil(2).to_string()
}

fn with_nextest(all: &[&str], locust: Option<PathBuf>, judges: &Judges) -> Command {
    let filter = if locust.is_some() { SCENARIOS } else { WITHOUT_LOCUST };
    let mut command = shell::cargo(["nextest", "run", "--locked", "--no-fail-fast", "--filterset", filter]);
    command.args(["--test-threads", &at_a_time()]).args(all);
    command.envs(locust.map(|path| ("SUTLER_LOCUST", path))).envs(judges.iter().cloned());
    command
}

/// The scenarios of `features/`, in-process and over REST.
fn scenarios(all: &[&str]) -> Command {
    // The whole workspace, though one binary is meant: a package alone would unify features otherwise and build all anew.
    let mut command = shell::cargo(["test", "--locked", "--test", "features"]);
    command.args(all);
    command
}

/// Where nextest cannot be had. Runs the scenarios too; without Locust its tests say themselves that they skip.
fn with_cargo(all: &[&str], locust: Option<PathBuf>, judges: &Judges) -> Command {
    let mut command = shell::cargo(["test", "--locked", "--no-fail-fast", "--lib", "--bins", "--tests"]);
    command.args(all);
    command.envs(locust.map(|path| ("SUTLER_LOCUST", path))).envs(judges.iter().cloned());
    command
}

fn doc_tests(all: &[&str]) -> Command {
    let mut command = shell::cargo(["test", "--locked", "--no-fail-fast", "--doc"]);
    command.args(all);
    command
}

//! What a developer and CI run, in the same words:
//! `cargo xtask test | check | api | audit | sim | money | webhooks | crash | power | cluster | e2e | bench | nightly | bless`.
//!
//! A fresh machine needs nothing but cargo: what a task lacks, it installs, and what it cannot install it says
//! loudly that it skips. To add a task: a variant of [`Task`], a file beside this one, a row in CONTRIBUTING.md.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is what this program is for"
)]

mod api;
mod audit;
mod bench;
mod bless;
mod check;
mod cluster;
mod crash;
mod e2e;
mod judges;
mod lanes;
mod money;
mod nightly;
mod npm;
mod power;
mod scratch;
mod settings;
mod shell;
mod sim;
mod tally;
mod test;
mod tools;
mod webhooks;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use tally::Tally;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The tasks of this repository", version)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run every test, installing what is missing, and end with one line: `N passed, N failed, N skipped`.
    Test,
    /// Run what CI runs: format, lints, tests, audit, documentation.
    Check,
    /// Let Schemathesis ask a running server for whatever the description of the API allows and forbids, at length.
    Api(api::Api),
    /// Look up every crate of Cargo.lock in a local copy of the RustSec database; no network.
    Audit {
        /// Folder of the database. Default: `SUTLER_ADVISORY_DB`, else `../shared/advisory-db`.
        #[arg(long, value_name = "PATH")]
        db: Option<PathBuf>,
    },
    /// Measure the engine beside the limits of the machine: rates, CPU, bytes, and which goals are reached.
    Bench(bench::Bench),
    /// Kill the server at random moments under load, or at each call of the system, and compare it with its clients.
    Crash(crash::Crash),
    /// Play seeds of the simulation: everything goes wrong, nothing may be lost. Ends with a count of seeds.
    Sim(sim::Sim),
    /// Play payments against a hostile Stripe while the engine dies anywhere, and compare both books to the minor unit.
    Money(money::Money),
    /// Send events to a receiver that is down half of the time, and compare what it has with the log.
    Webhooks(webhooks::Webhooks),
    /// Cut the power of the server under load: what was not synced is dropped, kept or torn; what was acknowledged stays.
    Power(power::Power),
    /// Start a whole cluster on this machine, or kill its parts in turn under load and compare.
    Cluster(cluster::Cluster),
    /// Look at the dashboard in a real browser: every page, a day's work by keyboard and without scripts, live updates.
    E2e,
    /// Run every lane at the length of a release, and the benchmarks; takes hours.
    Nightly,
    /// Run the snapshot tests and accept what they say now. Read the diff before committing it.
    Bless,
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(Some(tally)) => {
            println!("\n{tally}");
            if tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Ok(None) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Does the task. A task that ran the tests gives their count, which is the last thing to be said.
fn run(task: Task) -> anyhow::Result<Option<Tally>> {
    match task {
        Task::Test => test::run().map(Some),
        Task::Check => check::run().map(Some),
        Task::Api(api) => api::run(&api).map(|()| None),
        Task::Audit { db } => audit::run(db).map(|()| None),
        Task::Bench(bench) => bench::run(&bench).map(|()| None),
        Task::Crash(crash) => crash::run(&crash).map(|()| None),
        Task::Sim(sim) => sim::run(&sim).map(Some),
        Task::Money(money) => money::run(&money).map(|()| None),
        Task::Webhooks(webhooks) => webhooks::run(&webhooks).map(|()| None),
        Task::Power(power) => power::run(&power).map(|()| None),
        Task::Cluster(cluster) => cluster::run(&cluster).map(|()| None),
        Task::E2e => e2e::run().map(|()| None),
        Task::Nightly => nightly::run().map(|()| None),
        Task::Bless => bless::run().map(|()| None),
    }
}

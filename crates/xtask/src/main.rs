//! What a developer and CI run, in the same words: `cargo xtask test | check | audit | bless`.
//!
//! A fresh machine needs nothing but cargo: what a task lacks, it installs, and what it cannot install it says
//! loudly that it skips. To add a task: a variant of [`Task`], a file beside this one, a row in CONTRIBUTING.md.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is what this program is for"
)]

mod audit;
mod bless;
mod check;
mod settings;
mod shell;
mod tally;
mod test;
mod tools;

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
    /// Look up every crate of Cargo.lock in a local copy of the RustSec database; no network.
    Audit {
        /// Folder of the database. Default: `SUTLER_ADVISORY_DB`, else `../shared/advisory-db`.
        #[arg(long, value_name = "PATH")]
        db: Option<PathBuf>,
    },
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
        Task::Audit { db } => audit::run(db).map(|()| None),
        Task::Bless => bless::run().map(|()| None),
    }
}

//! `cargo xtask check`: what CI runs, in the order in which it fails soonest.

use std::process::Command;

use crate::{audit, shell, tally::Tally, test, tools};

/// Stops at the first step that fails: with its error, or with the count of the tests.
pub(crate) fn run() -> anyhow::Result<Tally> {
    shell::run(shell::cargo(["fmt", "--all", "--check"]))?;
    let all = test::workspace(tools::cmake());
    let mut clippy = shell::cargo(["clippy", "--all-targets", "--locked"]);
    clippy.args(all).args(["--", "-D", "warnings"]);
    shell::run(clippy)?;
    let tally = test::run()?;
    if tally.failed == 0 {
        audit::run(None)?;
        shell::run(documentation(all))?;
    }
    Ok(tally)
}

fn documentation(all: &[&str]) -> Command {
    let mut command = shell::cargo(["doc", "--no-deps", "--locked"]);
    command.args(all).env("RUSTDOCFLAGS", "-D warnings");
    command
}

//! `cargo xtask check`: what CI runs, in the order in which it fails soonest.

use std::process::Command;

use crate::{audit, shell, tally::Tally, test};

/// Stops at the first step that fails: with its error, or with the count of the tests.
pub(crate) fn run() -> anyhow::Result<Tally> {
    shell::run(shell::cargo(["fmt", "--all", "--check"]))?;
    shell::run(shell::cargo(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    let tally = test::run()?;
    if tally.failed == 0 {
        audit::run(None)?;
        shell::run(documentation())?;
    }
    Ok(tally)
}

fn documentation() -> Command {
    let mut command = shell::cargo(["doc", "--workspace", "--no-deps", "--locked"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    command
}

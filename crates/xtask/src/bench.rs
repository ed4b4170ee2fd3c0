//! `cargo xtask bench`: build the release binary and the bench, and let the bench measure.

use std::process::Command;

use clap::Args;

use crate::{settings, shell};

#[derive(Args)]
pub(crate) struct Bench {
    /// Run the criterion benches of the parts instead: the door, the fold, the JSON of an order, the writer.
    #[arg(long)]
    micro: bool,
    /// What the bench is told: `--quick`, `--only NAME…`, `--orders-preload N`, `-o FILE`, `--write-docs`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Builds both with the profile that is shipped, then measures.
pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    if bench.micro {
        let mut command = shell::cargo(["bench", "--package", "sutler-testkit", "--bench", "parts", "--"]);
        command.args(&bench.rest);
        return shell::run(command);
    }
    let parts =
        ["--package", "sutler-server", "--package", "sutler-testkit", "--bin", "sutler", "--bin", "bench"];
    let mut build = shell::cargo(["build", "--release", "--locked"]);
    build.args(parts);
    shell::run(build)?;
    shell::run(measure(&bench.rest))
}

/// `cargo run` knows where the program was built to.
fn measure(rest: &[String]) -> Command {
    let mut command = shell::program(&settings::cargo());
    for name in settings::left_by_cargo_run() {
        command.env_remove(name);
    }
    command.args([
        "run",
        "--release",
        "--quiet",
        "--package",
        "sutler-testkit",
        "--bin",
        "bench",
        "--",
        "run",
    ]);
    command.args(rest);
    command
}

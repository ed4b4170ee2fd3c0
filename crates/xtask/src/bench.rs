//! `cargo xtask bench`: build the release binary and the bench, and let the bench measure.

use clap::Args;

use crate::{settings, shell, tools};

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
    tools::nats_server();
    let parts =
        ["--package", "sutler-server", "--package", "sutler-testkit", "--bin", "sutler", "--bin", "bench"];
    let mut build = shell::cargo(["build", "--release", "--locked"]);
    build.args(parts);
    shell::run(build)?;
    if asks_for_balancer(&bench.rest) && tools::cmake() {
        shell::run(shell::cargo(["build", "--release", "--locked", "--package", "sutler-balance"]))?;
    }
    // Not with `cargo run`, which would compile one package with other features than two.
    let mut measure = shell::program(&settings::target().join("release/bench"));
    measure.arg("run").args(&bench.rest);
    shell::run(measure)
}

/// Whether rows of the balancer are among those that are asked for.
fn asks_for_balancer(rest: &[String]) -> bool {
    !rest.iter().any(|word| word == "--only") || rest.iter().any(|word| word.starts_with("balance"))
}

//! `cargo xtask bench`: build the release binary and the bench, and let the bench measure.

use clap::Args;

use crate::{settings, shell, tools};

#[derive(Args)]
pub(crate) struct Bench {
    /// Run the criterion benches of the parts instead: the door, the fold, the JSON of an order, the writer.
    #[arg(long)]
    micro: bool,
    /// The profile to build with. Figures that are written down are those of `release`.
    #[arg(long, value_name = "NAME", default_value = "release")]
    profile: String,
    /// What the bench is told: `--quick`, `--only NAME…`, `--orders-preload N`, `--products N`, `-o FILE`, `--write-docs`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Builds both, with the profile that is shipped unless told otherwise, then measures.
pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    if bench.micro {
        let mut command = shell::cargo(["bench", "--profile", bench.profile.as_str()]);
        command.args(["--package", "sutler-server", "--package", "sutler-testkit", "--bench", "parts", "--"]);
        command.args(&bench.rest);
        return shell::run(command);
    }
    tools::nats_server();
    if asks_for(&bench.rest, "pg") {
        tools::postgres();
    }
    let parts =
        ["--package", "sutler-server", "--package", "sutler-testkit", "--bin", "sutler", "--bin", "bench"];
    let profile = ["build", "--locked", "--profile", bench.profile.as_str()];
    let mut build = shell::cargo(profile);
    build.args(parts);
    shell::run(build)?;
    if asks_for(&bench.rest, "balance") && tools::cmake() {
        let mut build = shell::cargo(profile);
        build.args(["--package", "sutler-balance"]);
        shell::run(build)?;
    }
    // Not with `cargo run`, which would compile one package with other features than two.
    let mut measure = shell::program(&settings::target().join(&bench.profile).join("bench"));
    measure.arg("run").args(&bench.rest);
    shell::run(measure)
}

/// Whether rows whose names begin so are among those that are asked for.
fn asks_for(rest: &[String], begin: &str) -> bool {
    !rest.iter().any(|word| word == "--only") || rest.iter().any(|word| word.starts_with(begin))
}

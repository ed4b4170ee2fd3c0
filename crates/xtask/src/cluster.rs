//! `cargo xtask cluster`: build the server, the balancer and the lane, optimized, install the servers, and let the lane run.

use clap::Args;

use crate::{lanes, shell, tools};

#[derive(Args)]
#[command(after_help = "Examples:
  cargo xtask cluster up
  cargo xtask cluster test --kills 60 --seed 7
  cargo xtask cluster test --help")]
pub(crate) struct Cluster {
    #[command(flatten)]
    build: lanes::Build,
    /// `up` until Ctrl-C, or `test` with `--kills N` and `--seed S`; both take `--nodes N`, `--keep` and `--help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    rest: Vec<String>,
}

/// Installs and builds what is missing, then becomes the lane, so that Ctrl-C and a signal reach it alone.
pub(crate) fn run(cluster: &Cluster) -> anyhow::Result<()> {
    if !tools::cmake() {
        return Ok(());
    }
    tools::servers();
    let built = cluster.build.folder()?;
    let mut lane = shell::program(&built.join("cluster"));
    lane.arg("--sutler").arg(built.join("sutler")).arg("--balancer").arg(lanes::balancer()?);
    lane.args(&cluster.rest);
    shell::become_it(lane)
}

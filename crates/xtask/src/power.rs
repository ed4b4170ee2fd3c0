//! `cargo xtask power`: build the server and the lane that cuts its power, optimized, and let the lane run.

use clap::Args;

use crate::{lanes, settings, shell};

#[derive(Args)]
pub(crate) struct Power {
    #[command(flatten)]
    build: lanes::Build,
    /// What the lane is told: `--cuts N`, `--seed S`, `--mode drop|subset|torn|all`, `--clients N`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Builds both, with the build that the simulation and the kills use too, then cuts. Where FUSE is not to be had, the
/// lane says so in a line that begins with `SKIPPED`.
pub(crate) fn run(power: &Power) -> anyhow::Result<()> {
    let built = power.build.folder()?;
    let mut lane = shell::program(&built.join("power"));
    lane.arg("--sutler").arg(built.join("sutler")).arg("--folder").arg(settings::target().join("power"));
    lane.args(&power.rest);
    shell::run(lane)
}

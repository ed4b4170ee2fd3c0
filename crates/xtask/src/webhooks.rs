//! `cargo xtask webhooks`: build the server and the lane of webhooks, optimized, and let the lane run.

use clap::Args;

use crate::{lanes, settings, shell};

#[derive(Args)]
pub(crate) struct Webhooks {
    #[command(flatten)]
    build: lanes::Build,
    /// What the lane is told: `--events N`, `--phase SECONDS`, `--absences N`, `--retries LIST`, `--clients N`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Builds with the profile that the other lanes use too, then sends.
pub(crate) fn run(webhooks: &Webhooks) -> anyhow::Result<()> {
    let built = webhooks.build.folder()?;
    let mut lane = shell::program(&built.join("webhooks"));
    lane.arg("--sutler").arg(built.join("sutler")).arg("--folder").arg(settings::target().join("webhooks"));
    lane.args(&webhooks.rest);
    shell::run(lane)
}

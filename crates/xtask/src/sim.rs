//! `cargo xtask sim`: build the simulation, optimized, and let it play seeds on all cores.

use clap::Args;

use crate::{lanes, shell, tally::Tally};

#[derive(Args)]
pub(crate) struct Sim {
    #[command(flatten)]
    build: lanes::Build,
    /// What the simulation is told: `--seeds A..B`, `--seed N` (with its history), `--minutes M`, `--threads N`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Builds with the profile that the other lanes use too, then plays; the last line that is said counts the seeds.
pub(crate) fn run(sim: &Sim) -> anyhow::Result<Tally> {
    let mut play = shell::program(&sim.build.folder()?.join("sim"));
    play.args(&sim.rest);
    let (succeeded, said) = shell::tee(play)?;
    let counts = said.lines().rfind(|line| line.ends_with(" skipped")).unwrap_or_default();
    let mut tally = Tally::count(counts);
    if !succeeded {
        tally.failed = tally.failed.max(1);
    }
    Ok(tally)
}

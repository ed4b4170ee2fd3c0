//! `cargo xtask money`: build the money lane, optimized, and let it play payments against the hostile Stripe.

use clap::Args;

use crate::{lanes, shell};

#[derive(Args)]
pub(crate) struct Money {
    #[command(flatten)]
    build: lanes::Build,
    /// What the lane is told: `--payments N`, `--seed N`, `--faults N` and `--deaths N` of a thousand, `--sqlite`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Builds with the profile that the other lanes use too, then plays.
pub(crate) fn run(money: &Money) -> anyhow::Result<()> {
    let mut play = shell::program(&money.build.folder()?.join("money"));
    play.args(&money.rest);
    shell::run(play)
}

//! `cargo xtask api`: Schemathesis at length over a running server. The tests let it ask for little.

use clap::Args;

use crate::{judges, shell, test, tools};

#[derive(Args)]
pub(crate) struct Api {
    /// Requests that are made up for each operation, besides those at the edges of its schemas.
    #[arg(long, default_value_t = 25, value_name = "N")]
    examples: u32,
}

/// Runs the test with every phase of Schemathesis. Where it cannot be had, that is said loudly, and is no failure.
pub(crate) fn run(api: &Api) -> anyhow::Result<()> {
    let mut lane = shell::cargo(["test", "--locked", "--test", "e2e"]);
    // As the tests have it: the package alone would unify features otherwise, and build all anew.
    lane.args(test::workspace(tools::cmake()))
        .args(["schemathesis", "--", "--nocapture"])
        .envs(judges::all());
    lane.env("SUTLER_SCHEMATHESIS_EXAMPLES", api.examples.to_string());
    shell::run(lane)
}

//! The one optimized build that the simulation, the kills, the power cuts and the cluster share.

use std::path::PathBuf;

use crate::{settings, shell};

/// Cargo's profile, and its folder below the target folder.
const PROFILE: &str = "ci";

/// Builds the server and every lane at once, so that none of them compiles the engine with other features than the
/// last. Gives the folder of the binaries.
pub(crate) fn build() -> anyhow::Result<PathBuf> {
    let mut build = shell::cargo(["build", "--profile", PROFILE, "--locked"]);
    build.args(["--package", "sutler-server", "--package", "sutler-testkit"]);
    for binary in ["sutler", "sim", "money", "webhooks", "crash", "power", "cluster"] {
        build.args(["--bin", binary]);
    }
    shell::run(build)?;
    Ok(settings::target().join(PROFILE))
}

/// Builds the balancer as the tests do, with whose build it shares everything: optimized it would take nine minutes of a
/// core, for a program that is not what the lane measures. Gives the program.
pub(crate) fn balancer() -> anyhow::Result<PathBuf> {
    let mut build = shell::cargo(["test", "--no-run", "--locked", "--workspace", "--test", "front"]);
    build.arg("--quiet");
    shell::run(build)?;
    Ok(settings::target().join("debug/sutler-balance"))
}

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
    for binary in ["sutler", "sim", "crash", "power", "cluster"] {
        build.args(["--bin", binary]);
    }
    shell::run(build)?;
    Ok(settings::target().join(PROFILE))
}

/// Builds the balancer with the same profile, by itself: its libraries want features that would build those of the lanes
/// anew. Gives the program.
pub(crate) fn balancer() -> anyhow::Result<PathBuf> {
    let mut build = shell::cargo(["build", "--profile", PROFILE, "--locked"]);
    build.args(["--package", "sutler-balance"]);
    shell::run(build)?;
    Ok(settings::target().join(PROFILE).join("sutler-balance"))
}

//! The one build that the simulation, the kills, the power cuts and the cluster share.

use std::path::PathBuf;

use clap::Args;

use crate::{settings, shell, test, tools};

/// Cargo's profile of the optimized build, and its folder below the target folder.
const PROFILE: &str = "ci";

/// What is optimized where the tests have compiled everything else: what an order passes through.
const ENGINE: [&str; 3] = ["sutler-domain", "sutler-app", "sutler-adapters"];

/// Which build a lane runs.
#[derive(Args)]
pub(crate) struct Build {
    /// Optimize the engine alone, over the libraries that the tests have compiled: where they have run it takes half as long
    /// as to optimize everything, and the lane itself about twice.
    #[arg(long)]
    engine: bool,
}

impl Build {
    /// Builds the server and every lane at once, so that none of them compiles the engine with other features than the
    /// last. Gives the folder of the binaries.
    pub(crate) fn folder(&self) -> anyhow::Result<PathBuf> {
        if self.engine {
            // Both packages have a test of this name, and with a test of a package come its programs.
            return beside_the_test("power", &ENGINE);
        }
        let mut build = shell::cargo(["build", "--profile", PROFILE, "--locked"]);
        build.args(["--package", "sutler-server", "--package", "sutler-testkit"]);
        for binary in ["sutler", "sim", "money", "webhooks", "crash", "power", "cluster"] {
            build.args(["--bin", binary]);
        }
        shell::run(build)?;
        Ok(settings::target().join(PROFILE))
    }
}

/// The server and every lane, as the tests have them. Gives the folder of the programs.
pub(crate) fn as_tests_do() -> anyhow::Result<PathBuf> {
    beside_the_test("power", &[])
}

/// Builds the balancer as the tests do, with whose build it shares everything: optimized it would take nine minutes of a
/// core, for a program that is not what the lane measures. Gives the program.
pub(crate) fn balancer() -> anyhow::Result<PathBuf> {
    Ok(beside_the_test("front", &[])?.join("sutler-balance"))
}

/// The whole workspace, though one test is meant: a package alone would unify features otherwise and build all anew.
fn beside_the_test(name: &str, optimized: &[&str]) -> anyhow::Result<PathBuf> {
    let mut build = shell::cargo(["test", "--no-run", "--locked", "--quiet", "--test", name]);
    for package in optimized {
        build.args(["--config", &format!("profile.dev.package.{package}.opt-level=2")]);
    }
    build.args(test::workspace(tools::cmake()));
    shell::run(build)?;
    Ok(settings::target().join("debug"))
}

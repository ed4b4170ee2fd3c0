//! `cargo xtask e2e`: the dashboard in a real browser.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{lanes, npm, settings, shell, tools};

/// The tests, from the root of the repository.
const TESTS: &str = "e2e";

/// Where Debian puts the browser.
const CHROMIUM: &str = "/usr/bin/chromium";

/// Builds the server and runs the tests of `e2e/` against it. What they need is installed on first use; where that is
/// not to be had, this says loudly that they were skipped, and is no failure.
pub(crate) fn run() -> anyhow::Result<()> {
    let Some(home) = ready() else {
        println!(
            "\nSKIPPED: the dashboard in a browser: Chromium, Node 18 or npm's packages are not to be had.\n\
             Install chromium, nodejs and npm by hand and run `cargo xtask e2e` again."
        );
        return Ok(());
    };
    let built = lanes::as_tests_do()?;
    let mut node = shell::program(Path::new("node"));
    node.current_dir(&home).args(["--test", "--test-concurrency=1"]);
    node.env("SUTLER_BIN", fs::canonicalize(built.join("sutler"))?);
    node.env("SUTLER_CHROMIUM", CHROMIUM);
    shell::run(node)
}

/// Where the tests can run: a copy of them beside the build, so that no package lies in the repository.
fn ready() -> Option<PathBuf> {
    tools::browser();
    let home = settings::tools().join(TESTS);
    let from = settings::root().join(TESTS);
    let is_there = Path::new(CHROMIUM).exists();
    (is_there && npm::copy(&from, &home).is_ok() && npm::packages(&home).is_ok()).then_some(home)
}

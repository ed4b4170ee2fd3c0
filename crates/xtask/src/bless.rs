//! `cargo xtask bless`: what the snapshots say now is what they shall say.

use std::fs;

use anyhow::Context;

use crate::{settings, shell};

/// Runs the tests of every crate that has snapshots, accepting what they produce.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut command = shell::cargo(["test", "--locked", "--no-fail-fast"]);
    command.env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1");
    for package in with_snapshots()? {
        command.args(["--package", &package]);
    }
    shell::run(command)?;
    println!("\nSnapshots accepted. `git diff` shows which promises changed.");
    Ok(())
}

/// The packages that list insta among their dependencies.
fn with_snapshots() -> anyhow::Result<Vec<String>> {
    let crates = settings::root().join("crates");
    let mut packages = Vec::new();
    for entry in fs::read_dir(&crates).with_context(|| format!("{} cannot be read", crates.display()))? {
        let folder = entry?;
        let manifest = fs::read_to_string(folder.path().join("Cargo.toml")).unwrap_or_default();
        if manifest.lines().any(|line| line.starts_with("insta")) {
            packages.push(format!("sutler-{}", folder.file_name().to_string_lossy()));
        }
    }
    packages.sort();
    Ok(packages)
}

//! Packages of npm, in a copy of what needs them beside the build: no package lies in the repository.

use std::fs;
use std::path::Path;

use crate::shell;

/// The files of a folder as they are now; of scripts no others.
pub(crate) fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for old in fs::read_dir(to)? {
        let old = old?.path();
        if old.extension().is_some_and(|extension| extension == "mjs") {
            fs::remove_file(old)?;
        }
    }
    for file in fs::read_dir(from)? {
        let file = file?;
        if file.file_type()?.is_file() {
            fs::copy(file.path(), to.join(file.file_name()))?;
        }
    }
    Ok(())
}

/// What the lockfile names, to the byte, unless it is there already.
pub(crate) fn packages(home: &Path) -> anyhow::Result<()> {
    let (lock, installed) = (home.join("package-lock.json"), home.join("node_modules/installed.json"));
    if fs::read(&lock)? == fs::read(&installed).unwrap_or_default() {
        return Ok(());
    }
    let mut npm = shell::program(Path::new("npm"));
    npm.current_dir(home).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    shell::run(npm)?;
    fs::copy(lock, installed)?;
    Ok(())
}

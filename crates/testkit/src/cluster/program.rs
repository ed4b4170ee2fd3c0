//! Programs that end with this process, however it ends.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;

use anyhow::Result;
use tokio::process::Command;

/// What starts a program so that the kernel kills it when the thread that started it is gone, also by a kill.
pub const LEASH: [&str; 3] = ["setpriv", "--pdeathsig", "KILL"];

/// The leash, as a launch takes it.
pub fn leash() -> Vec<OsString> {
    LEASH.map(OsString::from).to_vec()
}

/// A program on the leash, in a folder, with nothing of this process's environment but the path.
pub fn program(path: &Path, folder: &Path) -> Result<Command> {
    let path = std::path::absolute(path)?;
    let [setpriv, rest @ ..] = LEASH;
    let mut command = Command::new(setpriv);
    command
        .args(rest)
        .arg(path)
        .current_dir(folder)
        .env_clear()
        .envs(option_env!("PATH").map(|path| ("PATH", path)))
        .env("SUTLER_NO_HINTS", "1")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    Ok(command)
}

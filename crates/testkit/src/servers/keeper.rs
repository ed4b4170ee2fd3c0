//! The shell that outlives us: it ends a server when we end, also when we are killed.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStderr, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};

/// A script whose input ends when this is dropped, or with this process; then it does what stands behind `cat > /dev/null`,
/// and is waited for. It is in a group of its own, so that a signal to ours does not end it.
pub(super) struct Keeper {
    shell: Child,
    /// The script reads it to its end.
    life: Option<ChildStdin>,
}

impl Keeper {
    /// Run a script; `$1` and those behind it are the arguments. Nobody hears what it says.
    pub(super) fn start<A: AsRef<OsStr>>(script: &str, arguments: &[A]) -> Result<Self> {
        Self::run(script, arguments, Stdio::null())
    }

    /// The same, and what it and its server say on stderr.
    pub(super) fn heard<A: AsRef<OsStr>>(script: &str, arguments: &[A]) -> Result<(Self, ChildStderr)> {
        let mut keeper = Self::run(script, arguments, Stdio::piped())?;
        let said = keeper.shell.stderr.take().context("the keeper has an output")?;
        Ok((keeper, said))
    }

    fn run<A: AsRef<OsStr>>(script: &str, arguments: &[A], stderr: Stdio) -> Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", script, "sh"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(stderr)
            .process_group(0)
            .spawn()?;
        let life = Some(shell.stdin.take().context("the keeper has an input")?);
        Ok(Self { shell, life })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.life.take());
        if let Err(error) = self.shell.wait() {
            tracing::warn!(%error, "the keeper of a server was lost");
        }
    }
}

//! Starting other programs, always announced, always from the root of the workspace.

use std::{
    ffi::OsStr,
    io::{self, BufRead, BufReader, Read, Write},
    path::Path,
    process::{Command, Stdio},
    thread,
};

use anyhow::{Context, bail};

use crate::settings;

/// `cargo` with these arguments.
pub(crate) fn cargo<const N: usize>(arguments: [&str; N]) -> Command {
    let mut command = program(&settings::cargo());
    command.args(arguments);
    for name in settings::left_by_cargo_run() {
        command.env_remove(name);
    }
    command
}

/// Any program, run from the root of the workspace.
pub(crate) fn program(path: &Path) -> Command {
    let mut command = Command::new(path);
    command.current_dir(settings::root());
    command
}

/// Runs the command in full view. An error names it.
pub(crate) fn run(mut command: Command) -> anyhow::Result<()> {
    let line = announce(&command);
    let status = command.status().with_context(|| format!("`{line}` could not be started"))?;
    if !status.success() {
        bail!("`{line}` failed ({status}); its output is above");
    }
    Ok(())
}

/// Becomes the program, so that signals and its exit code are its own. An error names it.
#[cfg(unix)]
pub(crate) fn become_it(mut command: Command) -> anyhow::Result<()> {
    let line = announce(&command);
    let failed = std::os::unix::process::CommandExt::exec(&mut command);
    Err(failed).with_context(|| format!("`{line}` could not be started"))
}

/// Runs the program to its end, where a process cannot become another.
#[cfg(not(unix))]
pub(crate) fn become_it(command: Command) -> anyhow::Result<()> {
    run(command)
}

/// Whether the command runs and succeeds; nothing is shown.
pub(crate) fn succeeds(mut command: Command) -> bool {
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Runs the command in full view and keeps what it said. `true` when it succeeded.
pub(crate) fn tee(mut command: Command) -> anyhow::Result<(bool, String)> {
    let line = announce(&command);
    let start = || format!("`{line}` could not be started");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().with_context(start)?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let errors =
        thread::spawn(move || stderr.map_or_else(|| Ok(String::new()), |pipe| echo(pipe, io::stderr())));
    let mut said = stdout.map_or_else(|| Ok(String::new()), |pipe| echo(pipe, io::stdout()))?;
    let errors = errors.join().map_err(|_| anyhow::anyhow!("the reader of `{line}` panicked"))?;
    said.push_str(&errors?);
    Ok((child.wait()?.success(), said))
}

/// Copies line by line, so that progress is visible while it happens.
fn echo(from: impl Read, mut to: impl Write) -> io::Result<String> {
    let mut said = String::new();
    let mut from = BufReader::new(from);
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        said.push_str(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(said)
}

/// Prints the command as one would type it, and returns that.
fn announce(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words: Vec<_> = std::iter::once(name).chain(command.get_args()).map(OsStr::to_string_lossy).collect();
    let line = words.join(" ");
    println!("\n$ {line}");
    line
}

//! `sutler balance`: the balancer, which is a program of its own. Its libraries need cmake; nothing else here does.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;

use crate::config::Environment;
use crate::connect::Context;
use crate::console::{Exit, Failure};

/// The program.
const PROGRAM: &str = "sutler-balance";

/// How one gets it.
const INSTALL: &str = "cargo install --locked --path crates/balance";

/// Spread requests over the nodes of a shop that are ready
#[derive(Args, Debug)]
#[command(disable_help_flag = true)]
#[command(after_help = "Examples:
  sutler balance --listen 127.0.0.1:8400 --upstream http://127.0.0.1:8421 --upstream http://127.0.0.1:8422
  sutler balance --help

It starts the program sutler-balance, which must be beside sutler or in PATH, with the same arguments.")]
pub(crate) struct Balance {
    /// What sutler-balance is told
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    args: Vec<OsString>,
}

/// Become the balancer, or run it to its end where a process cannot become another.
pub(crate) fn run(balance: &Balance, context: &Context) -> Result<(), Failure> {
    let beside = std::env::current_exe().ok().and_then(|ours| Some(ours.parent()?.to_owned()));
    let Some(program) = find(beside.as_deref(), &context.env) else {
        let asks_for_help = balance.args.iter().any(|arg| arg == "--help" || arg == "-h");
        return if asks_for_help { tell(context) } else { Err(missing(beside.as_deref())) };
    };
    become_it(&program, &balance.args)
}

/// Beside our own program first: there it is of our version.
fn find(beside: Option<&Path>, env: &Environment) -> Option<PathBuf> {
    let in_path = env.get("PATH").map(OsString::from).unwrap_or_default();
    let folders = beside.map(Path::to_owned).into_iter().chain(std::env::split_paths(&in_path));
    let name = format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX);
    folders.map(|folder| folder.join(&name)).find(|program| program.is_file())
}

fn missing(beside: Option<&Path>) -> Failure {
    let looked = beside.map_or_else(String::new, |folder| format!("in {} and ", folder.display()));
    Failure::new(Exit::NotFound, format!("the program {PROGRAM} is not there (looked {looked}in PATH)"))
        .next(format!("install it from a checkout; it needs cmake:  {INSTALL}"))
        .next("nginx, HAProxy and Caddy do as well:  docs/balancing.md")
}

/// What it is, for whoever asks and does not have it.
fn tell(context: &Context) -> Result<(), Failure> {
    context.output.line(format!(
        "Spread requests over the nodes of a shop that are ready; never repeat one that may have had an effect\n\n\
         Usage: sutler balance --listen ADDRESS --upstream URL [--upstream URL]... [OPTIONS]\n\n\
         It is a program of its own, {PROGRAM}, which is not there yet. From a checkout, with cmake:\n  {INSTALL}"
    ))
}

/// The process becomes the balancer: signals reach it, and its exit code is its own.
#[cfg(unix)]
fn become_it(program: &Path, args: &[OsString]) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt;
    Err(failed(program, &Command::new(program).args(args).exec()))
}

#[cfg(not(unix))]
fn become_it(program: &Path, args: &[OsString]) -> Result<(), Failure> {
    let ended = Command::new(program).args(args).status().map_err(|error| failed(program, &error))?;
    if ended.success() { Ok(()) } else { Err(Failure::told(Exit::Failed)) }
}

fn failed(program: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Failed, format!("cannot start {} ({error})", program.display()))
        .next(format!("install it anew:  {INSTALL}"))
}

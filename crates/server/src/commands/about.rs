//! What the program says about itself: version, completions, man pages.

use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use serde_json::json;

use crate::cli::Cli;
use crate::connect::Context;
use crate::console::{Exit, Failure};

/// The commit this was built from; empty when the build did not say.
pub(crate) const COMMIT: &str = match option_env!("SUTLER_COMMIT") {
    Some(commit) => commit,
    None => "",
};

/// Completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler completions bash > ~/.local/share/bash-completion/completions/sutler
  sutler completions zsh > ~/.zfunc/_sutler")]
pub(crate) struct Completions {
    /// Which shell
    shell: Shell,
}

/// Man pages into a folder
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler man ~/.local/share/man/man1
  sutler man ./man")]
pub(crate) struct Man {
    /// Where to write them
    dir: PathBuf,
}

/// Version and build
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler version
  sutler version --json")]
pub(crate) struct Version {}

/// The description of the events for programs
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler gen-asyncapi
  sutler gen-asyncapi > docs/asyncapi.json

The same as GET /asyncapi.json of a server of this version; needs no server.")]
pub(crate) struct GenAsyncapi {}

/// The GraphQL schema
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler gen-sdl
  sutler gen-sdl > schema.graphql

The same as GET /schema.graphql of a server of this version; needs no server.")]
pub(crate) struct GenSdl {}

pub(crate) fn gen_sdl(context: &Context) -> Result<(), Failure> {
    context.output.line(sutler_api::graphql::SDL.trim_end())
}

/// The description of the REST API for programs
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler gen-openapi
  sutler gen-openapi > docs/openapi.json

The same as GET /openapi.json of a server of this version; needs no server.")]
pub(crate) struct GenOpenapi {}

pub(crate) fn gen_openapi(context: &Context) -> Result<(), Failure> {
    context.output.line(sutler_api::openapi::text().trim_end())
}

pub(crate) fn gen_asyncapi(context: &Context) -> Result<(), Failure> {
    context.output.line(sutler_api::asyncapi::text().trim_end())
}

pub(crate) fn completions(args: &Completions, context: &Context) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "sutler", &mut script);
    context.output.line(String::from_utf8_lossy(&script).trim_end())
}

pub(crate) fn man(args: &Man, context: &Context) -> Result<(), Failure> {
    let place = args.dir.display();
    let failed = |error: std::io::Error| {
        Failure::new(Exit::Failed, format!("cannot write man pages to {place} ({error})"))
    };
    std::fs::create_dir_all(&args.dir).map_err(failed)?;
    clap_mangen::generate_to(Cli::command(), &args.dir).map_err(failed)?;
    context.output.say(format!("man pages written to {place}"));
    context.output.hint(format!("man -l {place}/sutler.1"));
    Ok(())
}

/// `sutler 0.1.0 (4f2c1aa)`.
pub(crate) fn version_line() -> String {
    let version = env!("CARGO_PKG_VERSION");
    if COMMIT.is_empty() { format!("sutler {version}") } else { format!("sutler {version} ({COMMIT})") }
}

pub(crate) fn version(context: &Context) -> Result<(), Failure> {
    if context.output.is_for_people() {
        return context.output.line(version_line());
    }
    let commit = (!COMMIT.is_empty()).then_some(COMMIT);
    context.output.json(&json!({"version": env!("CARGO_PKG_VERSION"), "commit": commit}))
}

//! `sutler init`: the files of a new installation.

use std::path::PathBuf;

use clap::Args;

use crate::config::show;
use crate::connect::Context;
use crate::console::{Exit, Failure};

/// One server in a container, as the repository has it.
const COMPOSE: &str = include_str!("../../../../compose.yaml");

/// Write a commented sutler.toml, .env.example and compose.yaml
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler init
  sutler init --dir /etc/sutler")]
pub(crate) struct Init {
    /// Where to write
    #[arg(long, default_value = ".")]
    dir: PathBuf,
    /// Write over files that are there
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Init, context: &Context) -> Result<(), Failure> {
    let files = [
        ("sutler.toml", show::template()),
        (".env.example", show::env_template()),
        ("compose.yaml", COMPOSE.to_owned()),
    ];
    for (name, _) in &files {
        let path = args.dir.join(name);
        if path.exists() && !args.force {
            return Err(Failure::new(
                Exit::Conflict,
                format!("{} is there already; nothing was written", path.display()),
            )
            .next("to write over it:  sutler init --force"));
        }
    }
    for (name, text) in files {
        let path = args.dir.join(name);
        let failed = |error| Failure::new(Exit::Failed, format!("cannot write {} ({error})", path.display()));
        std::fs::write(&path, text).map_err(failed)?;
        context.output.line(path.display().to_string())?;
    }
    context.output.hint("next:  sutler config check");
    Ok(())
}

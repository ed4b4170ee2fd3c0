//! `sutler-balance`: spreads requests over the nodes of a shop, and never repeats one that may have had an effect.
#![expect(clippy::doc_markdown, reason = "the comments of arguments are the help, as people read it")]

mod admin;
mod answers;
mod balancer;
mod client;
mod failure;
mod forward;
mod limits;
mod listen;
mod logging;
mod metrics;
mod options;
mod pool;
mod probe;
mod problem;
mod repeat;
mod run;
mod standing;
mod upgrade;
mod upstream;

use std::process::ExitCode;

use clap::Parser;

use failure::{Exit, Failure};
use options::Options;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let options = Options::parse();
    logging::begin(options.log_format, options.verbose);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run::run(options)),
        Err(error) => Err(Failure::new(Exit::Failed, format!("cannot start threads ({error})"))),
    };
    match outcome {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => {
            failure.tell();
            ExitCode::from(failure.exit.code())
        }
    }
}

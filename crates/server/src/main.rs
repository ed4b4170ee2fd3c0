//! `sutler`: the engine, wired, with its commands.
#![expect(clippy::doc_markdown, reason = "the comments of arguments are the help, as people read it")]

mod ask;
mod background;
mod banner;
mod bus;
mod cli;
mod commands;
mod config;
mod connect;
mod console;
#[cfg(test)]
mod deployment;
mod index;
mod instance;
mod logging;
mod numbers;
mod sample;
mod serve;
mod systemd;
mod wiring;
mod workers;

use std::process::ExitCode;

use clap::Parser;

use cli::Cli;
use config::Environment;
use connect::Context;
use console::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Threads for calls that block.
const BLOCKING_THREADS_MAX: usize = 16;

fn main() -> ExitCode {
    // Whoever speaks TLS needs a provider; the first one installed counts.
    _ = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    let context = Context::new(&cli.globals, Environment::of_process());
    // Reads of the store are bounded by its connections; more threads than that would only hold memory.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(commands::run(cli.command, &context)),
        Err(error) => Err(Failure::from(error)),
    };
    logging::end();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            context.report(&failure);
            ExitCode::from(failure.exit.code())
        }
    }
}

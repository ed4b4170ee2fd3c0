//! `cargo xtask bench`: what an order costs, beside what the machine can do.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use sutler_testkit::bench::{Bench, ceiling};

/// As the server has it, so that the bare handler is no slower for its allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "bench", about = "Measures Sutler beside the limits of the machine")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Measure and print the table.
    Run(Bench),
    /// Be the bare handler that stands for the limit of HTTP.
    #[command(hide = true)]
    Ceiling {
        /// Where to listen, on loopback.
        #[arg(long)]
        port: u16,
        /// The file whose bytes are every answer.
        #[arg(long)]
        body: PathBuf,
    },
}

#[expect(clippy::print_stdout, clippy::print_stderr, reason = "the table is for the person at the terminal")]
fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Run(bench) => {
            // One thread: the generator is to take no more of the cores than it must.
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(bench.run())).map(Some)
        }
        Task::Ceiling { port, body } => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
            let serve = |runtime: tokio::runtime::Runtime| runtime.block_on(ceiling::serve(port, &body));
            runtime.map_err(anyhow::Error::from).and_then(serve).map(|()| None)
        }
    };
    match done {
        Ok(report) => {
            if let Some(report) = report {
                println!("{}", report.markdown());
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

//! Sends events to a receiver that is down half of the time; `cargo xtask webhooks` builds and starts it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that reports to whoever started it"
)]

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use sutler_testkit::webhooks::{Options, run};

#[derive(Parser)]
#[command(
    name = "webhooks",
    about = "Sends events to a receiver that is down half of the time, and compares"
)]
struct Webhooks {
    /// The program `sutler`
    #[arg(long, value_name = "PATH")]
    sutler: PathBuf,
    /// Where its data goes, and stays when something is found
    #[arg(long, value_name = "PATH", default_value = "target/webhooks")]
    folder: PathBuf,
    /// Events to be delivered, at least
    #[arg(long, default_value_t = 10_000)]
    events: usize,
    /// How long the receiver is there, and away, each time, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 75)]
    phase: u64,
    /// How often it goes away
    #[arg(long, default_value_t = 3)]
    absences: u32,
    /// Waits between attempts, as webhooks.retries has them; else those that a server has by itself
    #[arg(long)]
    retries: Option<String>,
    /// Connections that place orders
    #[arg(long, default_value_t = 16)]
    clients: u32,
}

#[tokio::main]
async fn main() -> ExitCode {
    let webhooks = Webhooks::parse();
    let folder = webhooks.folder.join(format!("run-{}", std::process::id()));
    let options = Options {
        sutler: webhooks.sutler,
        folder: folder.clone(),
        events: webhooks.events,
        phase: Duration::from_secs(webhooks.phase),
        absences: webhooks.absences,
        retries: webhooks.retries,
        clients: webhooks.clients,
    };
    let begun = Instant::now();
    match run(&options, &|word| println!("{:>5} s  {word}", begun.elapsed().as_secs())).await {
        Ok(report) => {
            println!("{report}");
            if report.wrong.is_empty() {
                // What is left of a clean run is of no use.
                std::fs::remove_dir_all(&folder).unwrap_or_default();
                return ExitCode::SUCCESS;
            }
        }
        Err(error) => eprintln!("error: {error:#}"),
    }
    eprintln!("the data is in {}", folder.display());
    ExitCode::FAILURE
}

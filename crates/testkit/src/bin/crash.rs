//! `cargo xtask crash`: kill the real binary, start it again, and compare it with what its clients were told.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "talking to the person at the terminal is its purpose")]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use sutler_testkit::crash::report::Report;
use sutler_testkit::crash::run::{self, Plan};

/// Kill the server under load, and compare what is there with what its clients were told
#[derive(Parser)]
struct Cli {
    /// The program `sutler` to be killed
    #[arg(long, value_name = "PATH")]
    sutler: PathBuf,
    /// Where the data goes, and stays when something is found
    #[arg(long, value_name = "PATH", default_value = "target/crash")]
    folder: PathBuf,
    /// Kills
    #[arg(long, default_value_t = 30)]
    cycles: u32,
    /// Kills on the same data
    #[arg(long, default_value_t = 50)]
    shop: u32,
    /// Clients at the same time
    #[arg(long, default_value_t = 16)]
    clients: u32,
    /// Decides about what clients do and when the server is killed
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match crash(&cli).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}\n  the data is in {}", cli.folder.display());
            ExitCode::FAILURE
        }
    }
}

/// Whether everything held.
async fn crash(cli: &Cli) -> Result<bool> {
    let folder = cli.folder.join(format!("run-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let plan = Plan {
        sutler: cli.sutler.clone(),
        folder: folder.clone(),
        cycles: cli.cycles,
        cycles_of_a_shop: cli.shop,
        clients: cli.clients,
        seed: cli.seed,
    };
    let mut report = Report::default();
    let ended = run::run(&plan, &mut report, &|word| println!("{word}")).await;
    print!("{report}");
    for violation in report.violations().iter().take(20) {
        eprintln!("VIOLATION {violation}");
    }
    ended?;
    if report.is_clean() {
        std::fs::remove_dir_all(&folder)?;
        println!("everything that was acknowledged is there, as it was answered (seed {})", cli.seed);
    } else {
        eprintln!("{} violations; the data is in {}", report.violations().len(), folder.display());
    }
    Ok(report.is_clean())
}

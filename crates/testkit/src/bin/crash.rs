//! `cargo xtask crash`: kill the real binary, start it again, and compare it with what its clients were told.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is its purpose"
)]

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use sutler_testkit::crash::report::Report;
use sutler_testkit::crash::run::{self, Plan};
use sutler_testkit::crash::syscalls;

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
    /// Events in the log before the first kill: how long is a start on a long log? The files are not compared then
    #[arg(long, default_value_t = 0)]
    events: u64,
    /// Instead: a kill, and a failed sync, at each single write, sync and unlink of a script of 50 orders (strace)
    #[arg(long)]
    syscalls: bool,
    /// With --syscalls: only every so many-th call
    #[arg(long, default_value = "1")]
    stride: NonZeroUsize,
    /// With --syscalls: begin with this call. `--stride 2` and `--stride 2 --first 2` together are every call, on two cores
    #[arg(long, default_value = "1")]
    first: NonZeroUsize,
    /// With --syscalls: only from there; both unless told
    #[arg(long, value_enum)]
    start: Option<syscalls::Start>,
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
    let folder = folder.canonicalize()?;
    let mut report = Report::default();
    let tell = |word: &str| println!("{word}");
    let ended = if cli.syscalls {
        if !syscalls::has_strace().await {
            println!("SKIPPED: faults at single calls of the system; strace is not here or may not trace.");
            return Ok(true);
        }
        let (first, stride) = (cli.first, cli.stride);
        let plan = syscalls::Plan {
            sutler: cli.sutler.clone(),
            folder: folder.clone(),
            start: cli.start,
            first,
            stride,
        };
        syscalls::run(&plan, &mut report, &tell).await
    } else {
        run::run(&plan(cli, &folder), &mut report, &tell).await
    };
    conclude(cli, &folder, &report, ended.is_ok())?;
    ended?;
    Ok(report.is_clean())
}

fn plan(cli: &Cli, folder: &Path) -> Plan {
    Plan {
        sutler: cli.sutler.clone(),
        folder: folder.to_owned(),
        cycles: cli.cycles,
        cycles_of_a_shop: cli.shop,
        clients: cli.clients,
        seed: cli.seed,
        events: cli.events,
    }
}

/// Say what was found, and keep the data if that is something or the lane did not come to its end.
fn conclude(cli: &Cli, folder: &Path, report: &Report, has_ended: bool) -> Result<()> {
    print!("{report}");
    for violation in report.violations().iter().take(20) {
        eprintln!("VIOLATION {violation}");
    }
    if report.is_clean() && has_ended {
        std::fs::remove_dir_all(folder)?;
        println!("everything that was acknowledged is there, as it was answered (seed {})", cli.seed);
    } else if !report.is_clean() {
        eprintln!("{} violations; the data is in {}", report.violations().len(), folder.display());
    }
    Ok(())
}

//! `cargo xtask power`: cut the power of the real binary, start it again, and compare it with what its clients were
//! told.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is its purpose"
)]

use std::process::ExitCode;

#[cfg(target_os = "linux")]
#[tokio::main]
async fn main() -> ExitCode {
    linux::main().await
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    println!("SKIPPED: no FUSE here: power is cut on Linux only");
    ExitCode::SUCCESS
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{path::PathBuf, process::ExitCode};

    use anyhow::{Result, bail};
    use clap::Parser;
    use sutler_testkit::{
        crash::report::Report,
        power::{
            Mode, Toll, clear_leftovers,
            lane::{self, Plan},
            probe,
        },
    };

    /// Cut the power of the server under load, and compare what is there with what its clients were told
    #[derive(Parser)]
    struct Cli {
        /// The program `sutler` whose power is cut
        #[arg(long, value_name = "PATH")]
        sutler: PathBuf,
        /// Where ledgers and copies go, and stay when something is found
        #[arg(long, value_name = "PATH", default_value = "target/power")]
        folder: PathBuf,
        /// Cuts
        #[arg(long, default_value_t = 50)]
        cuts: u32,
        /// Cuts on the same data
        #[arg(long, default_value_t = 50)]
        shop: u32,
        /// What a cut leaves of the unsynced: drop (nothing), subset (any writes), torn (any sectors), all (in turn)
        #[arg(long, default_value = "all", value_parser = modes)]
        mode: Modes,
        /// Clients at the same time
        #[arg(long, default_value_t = 16)]
        clients: u32,
        /// Decides about what clients do, when power goes, and what it leaves
        #[arg(long, default_value_t = 1)]
        seed: u64,
    }

    #[derive(Clone)]
    struct Modes(Vec<Mode>);

    fn modes(text: &str) -> Result<Modes, String> {
        if text == "all" { Ok(Modes(Mode::ALL.into())) } else { text.parse().map(|mode| Modes(vec![mode])) }
    }

    pub(super) async fn main() -> ExitCode {
        let cli = Cli::parse();
        if let Err(reason) = probe() {
            println!("SKIPPED: {reason}");
            return ExitCode::SUCCESS;
        }
        // What ends early is dropped, and with it the mount.
        let ended = tokio::select! {
            ended = power(&cli) => ended,
            _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("interrupted")),
        };
        match ended {
            Ok(true) => ExitCode::SUCCESS,
            Ok(false) => ExitCode::FAILURE,
            Err(error) => {
                eprintln!("error: {error:#}\n  ledgers and logs are in {}", cli.folder.display());
                ExitCode::FAILURE
            }
        }
    }

    /// Whether everything held, and every promised fault happened.
    async fn power(cli: &Cli) -> Result<bool> {
        if cli.cuts == 0 {
            bail!("0 cuts prove nothing; say --cuts 1 or more");
        }
        let cleared = clear_leftovers()?;
        if cleared > 0 {
            println!("took away {cleared} mounts of runs that were killed");
        }
        let folder = std::path::absolute(cli.folder.join(format!("run-{}", std::process::id())))?;
        std::fs::create_dir_all(&folder)?;
        let plan = Plan {
            sutler: cli.sutler.clone(),
            folder: folder.clone(),
            cuts: cli.cuts,
            cuts_of_a_shop: cli.shop,
            modes: cli.mode.0.clone(),
            clients: cli.clients,
            seed: cli.seed,
        };
        let mut report = Report::default();
        let tolls = lane::run(&plan, &mut report, &|word| println!("{word}")).await;
        print!("{report}");
        for violation in report.violations().iter().take(20) {
            eprintln!("VIOLATION {violation}");
        }
        let missing = tell(&tolls?);
        if report.is_clean() && missing.is_empty() {
            std::fs::remove_dir_all(&folder)?;
            println!(
                "everything that was acknowledged survived {} power cuts (seed {})",
                report.kills, cli.seed
            );
            return Ok(true);
        }
        for fault in &missing {
            eprintln!("NEVER HAPPENED {fault}");
        }
        eprintln!("{} violations; the data is in {}", report.violations().len(), folder.display());
        Ok(false)
    }

    /// Says what the cuts did; gives the faults that never happened.
    fn tell(tolls: &[(Mode, Toll)]) -> Vec<String> {
        for (mode, count, toll) in lane::sums(tolls) {
            println!("{count} cuts of mode {mode}: {toll}");
        }
        lane::missing(tolls)
    }
}

//! `cargo xtask cluster`: a whole cluster on this machine, to look at, or to be killed part by part under load.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "talking to the person at the terminal is its purpose"
)]

use std::process::ExitCode;

#[cfg(unix)]
#[tokio::main]
async fn main() -> ExitCode {
    unix::main().await
}

#[cfg(not(unix))]
fn main() -> ExitCode {
    println!("SKIPPED: a cluster: its servers are started on Unix only");
    ExitCode::SUCCESS
}

#[cfg(unix)]
mod unix {
    use std::{fs, os::unix::fs::PermissionsExt, path::Path, path::PathBuf, process::ExitCode};

    use anyhow::{Context, Result};
    use clap::{Args, Parser, Subcommand};
    use sutler_testkit::cluster::{
        lane::{self, Plan},
        report::Report,
        stack::{Programs, Stack},
    };
    use sutler_testkit::crash::wire::API_KEY;
    use tokio::signal::unix::{SignalKind, signal};

    /// Start PostgreSQL, Redis, NATS, nodes and the balancer on this machine
    #[derive(Parser)]
    #[command(name = "cargo xtask cluster", bin_name = "cargo xtask cluster")]
    struct Cli {
        /// The program `sutler`
        #[arg(long, value_name = "PATH", global = true, hide = true, default_value = "target/ci/sutler")]
        sutler: PathBuf,
        /// The program `sutler-balance`
        #[arg(
            long,
            value_name = "PATH",
            global = true,
            hide = true,
            default_value = "target/ci/sutler-balance"
        )]
        balancer: PathBuf,
        #[command(subcommand)]
        task: Task,
    }

    #[derive(Subcommand)]
    enum Task {
        /// Start a cluster and leave it running until Ctrl-C
        #[command(after_help = "Examples:
  cargo xtask cluster up
  cargo xtask cluster up --nodes 5 --keep

It prints the addresses, the key and where the logs are. Ctrl-C ends every process and removes the folder.")]
        Up(Cluster),
        /// Kill a node, Redis, NATS and PostgreSQL in turn under load, and compare when all is quiet
        #[command(after_help = "Examples:
  cargo xtask cluster test
  cargo xtask cluster test --kills 60 --seed 7

Each kill takes 8 seconds. The exit code is 1 when anything differs, and when a kill hit nothing; the data is kept then.")]
        Test {
            #[command(flatten)]
            cluster: Cluster,
            /// Kills, one after the other and round again
            #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
            kills: u32,
            /// Decides which node is killed, when, and how long everything stays away
            #[arg(long, value_name = "S", default_value_t = 1)]
            seed: u64,
        },
    }

    #[derive(Args, Clone, Copy)]
    struct Cluster {
        /// Nodes
        #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=8))]
        nodes: u8,
        /// Keep the folder with data and logs
        #[arg(long)]
        keep: bool,
    }

    /// Below the folder of temporary files, and short: the socket of PostgreSQL is in it.
    const PREFIX: &str = "sutler-cluster-";

    pub(super) async fn main() -> ExitCode {
        match run(Cli::parse()).await {
            Ok(exit) => exit,
            Err(error) => {
                eprintln!("error: {error:#}");
                ExitCode::FAILURE
            }
        }
    }

    async fn run(cli: Cli) -> Result<ExitCode> {
        let found = |path: &Path| fs::canonicalize(path).with_context(|| path.display().to_string());
        let programs = Programs { sutler: found(&cli.sutler)?, balancer: found(&cli.balancer)? };
        let (Task::Up(cluster) | Task::Test { cluster, .. }) = cli.task;
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        // PostgreSQL runs as somebody else where we are root, and has its folder in here.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711))?;
        let place = folder.path().to_owned();
        _ = tempfile::env::override_temp_dir(&place);
        let ended = with(&cli.task, &programs, &place).await;
        if cluster.keep || !matches!(ended, Ok(Ended::Well | Ended::Interrupted)) {
            eprintln!("data and logs are in {}", folder.keep().display());
        } else {
            folder.close().with_context(|| format!("cannot remove {}", place.display()))?;
        }
        Ok(match ended? {
            Ended::Well => ExitCode::SUCCESS,
            Ended::Differs => ExitCode::FAILURE,
            Ended::Interrupted => ExitCode::from(130),
        })
    }

    /// How a task ended.
    enum Ended {
        Well,
        Differs,
        Interrupted,
    }

    /// Do the task, unless somebody asks to end before. What is dropped in the middle takes its processes with it.
    async fn with(task: &Task, programs: &Programs, folder: &Path) -> Result<Ended> {
        let (Task::Up(cluster) | Task::Test { cluster, .. }) = task;
        let nodes = usize::from(cluster.nodes);
        println!("starting PostgreSQL, Redis, NATS, {nodes} nodes and the balancer");
        let mut stack = tokio::select! {
            started = Stack::start(programs, folder, nodes) => started?,
            () = asked_to_end() => return Ok(Ended::Interrupted),
        };
        let outcome = match *task {
            Task::Up(_) => {
                tell(&stack, folder, cluster.keep);
                asked_to_end().await;
                Ok(Ended::Well)
            }
            Task::Test { kills, seed, .. } => {
                let plan = Plan { programs: programs.clone(), folder: folder.to_owned(), nodes, kills, seed };
                tokio::select! {
                    ran = lane::run(&plan, &mut stack, &|word| println!("{word}")) => conclude(ran, seed),
                    () = asked_to_end() => Ok(Ended::Interrupted),
                }
            }
        };
        stack.end(cluster.keep || !matches!(outcome, Ok(Ended::Well | Ended::Interrupted))).await?;
        outcome
    }

    fn conclude(ran: Result<Report>, seed: u64) -> Result<Ended> {
        let report = ran.with_context(|| format!("with seed {seed}"))?;
        print!("\n{report}");
        let differences = report.differences().len();
        if differences > 0 {
            eprintln!("{differences} differences (seed {seed})");
            return Ok(Ended::Differs);
        }
        println!("everything that was acknowledged is there, as it was answered (seed {seed})");
        Ok(Ended::Well)
    }

    fn tell(stack: &Stack, folder: &Path, keep: bool) {
        let (address, admin) = (&stack.balancer.address, &stack.balancer.admin);
        println!("\n  API         http://{address}     the balancer; its numbers: http://{admin}/metrics");
        for (number, node) in (1..).zip(stack.nodes()) {
            println!("  node {number}      http://{node}");
        }
        println!("  API key     {API_KEY}");
        println!("  PostgreSQL  {}", stack.database_url());
        println!("  Redis       {}", stack.redis.url());
        println!("  NATS        {}     stream SUTLER", stack.nats.url());
        println!("  logs        {0}/node-*/server.log {0}/balance.log", folder.display());
        println!("  try         curl -H 'Authorization: Bearer {API_KEY}' http://{address}/products");
        let end = if keep { "the folder is kept" } else { "the folder is removed" };
        println!("\nCtrl-C ends everything; {end}.");
    }

    /// Wait for Ctrl-C or SIGTERM.
    async fn asked_to_end() {
        let Ok(mut term) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = term.recv() => {}
        }
    }
}

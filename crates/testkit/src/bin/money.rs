//! Plays payments against the hostile Stripe, and compares both books; `cargo xtask money` builds and starts it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that reports to whoever started it"
)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use sutler_testkit::money::{Keeping, Options, run};

#[derive(Parser)]
#[command(name = "money", about = "Plays payments against a hostile Stripe")]
struct Money {
    /// How many payments.
    #[arg(long, default_value_t = 1_000)]
    payments: usize,
    /// The seed of everything.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many calls of a thousand go wrong.
    #[arg(long, default_value_t = 300)]
    faults: u32,
    /// How many attempts of a thousand die in the middle.
    #[arg(long, default_value_t = 200)]
    deaths: u32,
    /// Keep orders in SQLite instead of in memory.
    #[arg(long)]
    sqlite: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let money = Money::parse();
    let options = Options {
        payments: money.payments,
        seed: money.seed,
        faults_per_mille: money.faults,
        deaths_per_mille: money.deaths,
        keeping: if money.sqlite { Keeping::Sqlite } else { Keeping::Memory },
        timeout: Duration::from_millis(200),
    };
    let begin = Instant::now();
    let told =
        |played| eprintln!("{played} of {} payments, {} s", options.payments, begin.elapsed().as_secs());
    let report = match run(&options, told).await {
        Ok(report) => report,
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    };
    println!(
        "{} payments, {} calls, {} deaths, {} dead letters retried: {} captures and {} refunds ({} at Stripe's desk) took effect, {} taken, {} given back",
        report.payments,
        report.calls,
        report.deaths,
        report.retried,
        report.captures,
        report.refunds,
        report.at_desk,
        report.taken,
        report.given_back
    );
    for (ending, count) in &report.ended {
        println!("{count:>8}  {ending}");
    }
    for wrong in &report.wrong {
        println!("  WRONG  {wrong}");
    }
    println!("{} wrong", report.wrong.len());
    if report.wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

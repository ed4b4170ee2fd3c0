//! Plays seeds of the simulation on all cores; `cargo xtask sim` builds and starts it.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that reports to whoever started it"
)]

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use sutler_testkit::simulation::{Day, Options, Plan, Report, run, search};

/// Seeds of one run that are shrunk to their shortest history.
const SHRUNK_MAX: usize = 3;
/// Seeds from which on a mishap that never fired is a failure of the run.
const REACH_FROM: u64 = 1000;
/// How often the progress is told.
const PROGRESS_EVERY: Duration = Duration::from_secs(5);

#[derive(Parser)]
#[command(name = "sim", about = "Plays seeds of the simulation")]
struct Sim {
    /// Which seeds: from..to, without the last.
    #[arg(long, default_value = "0..5000", value_parser = range)]
    seeds: (u64, u64),
    /// This seed only, with its history.
    #[arg(long)]
    seed: Option<u64>,
    /// Stop after so many minutes; seeds that were not reached count as skipped.
    #[arg(long)]
    minutes: Option<u64>,
    /// Threads; all cores when not said.
    #[arg(long)]
    threads: Option<usize>,
}

fn range(text: &str) -> Result<(u64, u64), String> {
    let (from, to) = text.split_once("..").ok_or("write a range such as 0..5000")?;
    let number = |part: &str| part.parse::<u64>().map_err(|error| format!("'{part}': {error}"));
    let (from, to) = (number(from)?, number(to)?);
    if from < to { Ok((from, to)) } else { Err(format!("{from}..{to} holds no seed")) }
}

#[expect(
    clippy::disallowed_methods,
    reason = "this program measures how long it takes, and nothing it plays does"
)]
fn main() -> ExitCode {
    let sim = Sim::parse();
    let (from, to) = sim.seed.map_or(sim.seeds, |seed| (seed, seed + 1));
    let begin = Instant::now();
    let end = sim.minutes.map(|minutes| begin + Duration::from_secs(60 * minutes));
    let threads = sim.threads.or_else(|| thread::available_parallelism().ok().map(Into::into)).unwrap_or(1);
    let next = AtomicU64::new(from);
    let play = || {
        let mut report = Report::default();
        while end.is_none_or(|end| Instant::now() < end) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= to {
                break;
            }
            let outcome = run(seed, &Options::default());
            if let Some(first) = outcome.violations.first() {
                eprintln!("seed {seed} fails: {first}");
            }
            report.add(seed, &outcome);
        }
        report
    };
    let report = thread::scope(|scope| {
        let players: Vec<_> = (0..threads).map(|_| scope.spawn(play)).collect();
        let mut told = begin;
        while players.iter().any(|player| !player.is_finished()) {
            thread::sleep(Duration::from_millis(50));
            if told.elapsed() > PROGRESS_EVERY {
                told = Instant::now();
                let played = next.load(Ordering::Relaxed).min(to) - from;
                eprintln!("{played} of {} seeds, {} a second", to - from, rate(played, begin.elapsed()));
            }
        }
        let mut all = Report::default();
        for player in players {
            match player.join() {
                Ok(report) => all.merge(report),
                Err(_) => {
                    all.failed.insert(u64::MAX, "a player panicked; its message is above".to_owned());
                }
            }
        }
        all
    });
    if let Some(seed) = sim.seed {
        let day = Day::of(&Plan::of(seed), &Options::default(), true);
        println!("{}\ntrace {:016x}", day.words.join("\n"), day.outcome.trace_hash);
    }
    tell(&report, (from, to), begin.elapsed(), threads)
}

fn rate(seeds: u64, time: Duration) -> u64 {
    seeds.saturating_mul(1000) / u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1)
}

fn tell(report: &Report, (from, to): (u64, u64), time: Duration, threads: usize) -> ExitCode {
    print!("{}", report.counts());
    for seed in report.failed.keys().filter(|seed| **seed != u64::MAX).take(SHRUNK_MAX) {
        if let Some(failure) = search([*seed], &Options::default()) {
            println!("\n{}", failure.words());
        }
    }
    let never = if report.played >= REACH_FROM { report.never_fired() } else { Vec::new() };
    for kind in &never {
        println!("never fired in {} seeds: {}", report.played, kind.words());
    }
    let failed = u64::try_from(report.failed.len() + never.len()).unwrap_or(u64::MAX);
    println!(
        "\n{} seeds in {} s on {threads} threads: {} a second",
        report.played,
        time.as_secs(),
        rate(report.played, time)
    );
    let passed = report.played.saturating_sub(u64::try_from(report.failed.len()).unwrap_or(0));
    println!("{passed} passed, {failed} failed, {} skipped", (to - from).saturating_sub(report.played));
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

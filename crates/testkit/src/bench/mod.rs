//! What an order costs, beside what the machine can do: every figure has its reference in the same run.
//!
//! `cargo xtask bench` runs it. Two references stand for the limits of the machine: a bare HTTP handler
//! ([`ceiling`]), and raw SQLite that writes the rows of our orders (`raw`). On PostgreSQL (`postgres`) there are others.
//! Everything else asks the real program over HTTP ([`rows`]), from one thread ([`load`]).

pub mod answer;
mod catalog;
pub mod ceiling;
pub mod engine;
pub mod figures;
pub mod goals;
pub mod load;
mod pattern;
#[cfg(unix)]
mod postgres;
pub mod process;
mod raw;
mod recording;
pub mod report;
pub mod requests;
pub mod rows;
mod stage;
pub mod wal;

#[cfg(test)]
mod tests;

use std::path::PathBuf;

use anyhow::{Result, bail};

use figures::Row;
use report::Report;
use stage::Stage;

/// What to measure, and how.
#[derive(Clone, Debug, clap::Args)]
pub struct Bench {
    /// Short measurements, each once, with small files, and nothing that needs a million orders or products.
    #[arg(long)]
    pub quick: bool,
    /// Measure only rows of these names: `orders` means `orders-1`, `orders-8` and so on. References that a ratio needs
    /// come with them.
    #[arg(long, value_name = "NAME", num_args = 1..)]
    pub only: Vec<String>,
    /// Orders that are in the database before any is placed.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub orders_preload: u64,
    /// Products of the catalog that is searched and listed. With fewer, its rows have other names, and no goals.
    #[arg(long, value_name = "N", default_value_t = catalog::PRODUCTS)]
    pub products: u64,
    /// Where the figures are written, as JSON; the table goes beside it, as Markdown.
    #[arg(short, long, value_name = "FILE", default_value = "target/bench/last.json")]
    pub output: PathBuf,
    /// Put the table into docs/performance.md.
    #[arg(long)]
    pub write_docs: bool,
    /// The program to measure. Default: `sutler` beside this program.
    #[arg(long, value_name = "PATH")]
    pub sutler: Option<PathBuf>,
}

/// How often each row is measured, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Measurements of each row; the median counts.
    pub rounds: usize,
    /// Seconds of each.
    pub seconds: u64,
}

impl Bench {
    fn pace(&self) -> Pace {
        if self.quick { Pace { rounds: 1, seconds: 2 } } else { Pace { rounds: 3, seconds: 5 } }
    }

    /// Whether a row is asked for.
    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|asked| is_of(asked, name))
    }

    /// Measure, and write down what came of it.
    pub async fn run(&self) -> Result<Report> {
        let stage = Stage::set(self).await?;
        let mut report = Report::begin(self, &stage);
        let wanted: Vec<_> = rows::all().filter(|row| self.wanted(row)).collect();
        let can = |row: &&&rows::Kind| stage.balance.is_some() || !row.is_balanced();
        if !wanted.iter().all(|row| can(&row)) {
            skipped();
        }
        let names: Vec<&str> = wanted.iter().filter(can).map(|row| row.name).collect();
        if names.is_empty() {
            bail!("no row has one of the names {:?}; there are: {}", self.only, rows::names());
        }
        let pace = self.pace();
        let mut measured: Vec<(&str, Vec<Row>)> = names.iter().map(|name| (*name, Vec::new())).collect();
        for round in 0..pace.rounds {
            for (name, rows) in &mut measured {
                let Some(row) = rows::of(name) else { continue };
                if round > 0 && row.once {
                    continue;
                }
                // What half an hour has measured is not lost with one row.
                match rows::measure(row, &stage).await {
                    Ok(one) => {
                        progress(round, &one);
                        rows.push(one);
                    }
                    Err(error) => {
                        failed(name, &error);
                        if !report.failed.iter().any(|(known, _)| known == name) {
                            report.failed.push((row.name.to_owned(), format!("{error:#}")));
                        }
                    }
                }
            }
        }
        report.rows = measured.into_iter().filter_map(|(_, rows)| figures::median(rows)).collect();
        report.judge(&stage);
        report.write(&self.output)?;
        if self.write_docs {
            report.write_docs()?;
        }
        if !report.failed.is_empty() {
            let names: Vec<&str> = report.failed.iter().map(|(name, _)| name.as_str()).collect();
            bail!("{} rows could not be measured: {}", names.len(), names.join(", "));
        }
        Ok(report)
    }

    fn wanted(&self, row: &rows::Kind) -> bool {
        let is_affordable = !self.quick || !row.long;
        // What is asked for by name is measured however long it takes.
        (is_affordable || !self.only.is_empty())
            && (!row.asked || !self.only.is_empty())
            && (self.wants(row.name)
                || rows::all().any(|other| self.wants(other.name) && other.beside == Some(row.name)))
    }
}

#[expect(clippy::print_stderr, reason = "whoever waits for minutes wants to see that something happens")]
fn progress(round: usize, row: &Row) {
    eprintln!("  {:>2}  {}", round + 1, report::line(row));
}

#[expect(clippy::print_stderr, reason = "what is not measured is said where it would have been")]
fn failed(name: &str, error: &anyhow::Error) {
    eprintln!("  FAILED: {name}: {error:#}");
}

#[expect(clippy::print_stderr, reason = "what is not measured is said where it would have been")]
fn skipped() {
    eprintln!(
        "SKIPPED: the rows of the balancer; build it beside sutler: cargo build --release -p sutler-balance"
    );
}

/// Whether a row has this name, or is one of the rows with this name.
fn is_of(asked: &str, name: &str) -> bool {
    name.strip_prefix(asked.trim_end_matches('-'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

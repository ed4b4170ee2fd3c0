//! `sutler verify`: whether what is stored is true.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::Value;
use sutler_adapters::postgres;
use sutler_adapters::sqlite::{OpenError, Reading};
use sutler_api::rest::system::verify::report_body;
use sutler_app::ports::Audit;
use sutler_app::verify::{self, Progress as Reached};
use sutler_client::Call;
use sutler_client::types::verify::Verification;

use super::backup::DatabaseArgs;
use crate::config::Database;
use crate::connect::Context;
use crate::console::{Column, Exit, Failure, Paint, Progress, Table, field, plural, text};

/// How long it may take before anybody wants to know how far it is.
const PATIENCE: Duration = Duration::from_millis(500);

/// Compute everything anew from the log, and compare
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  sutler verify
  sutler verify --dev --json
  sutler verify --server http://127.0.0.1:8420

It reads the database itself, without a server or beside one: it needs no lock, changes nothing, and sees what was
committed before it began. While it runs beside a server, the file FILE-wal grows by what is written meanwhile.
With --server, that server verifies itself and tells; its limit for the time of a request holds then.

What is checked: that the log has every position and every hash follows from its row and the one before; versions of
streams; every stored view against the fold of its events, to the byte; the life and the sums of every order; numbers;
every move of stock against its event; every level against its moves and against what orders and reservations hold.
The exit code is 9 when anything differs; each difference is told with its place and its cause.")]
pub(crate) struct Verify {
    #[command(flatten)]
    at: DatabaseArgs,
}

pub(crate) async fn run(args: Verify, context: &Context) -> Result<(), Failure> {
    let quiet = context.globals.quiet;
    let found = if context.globals.server.is_some() {
        context.send(Call::post("/verify")).await?.json()?
    } else if let Database::Postgres(url) = args.at.database(context)? {
        let reading = postgres::Reading::open(url.expose()).await;
        let reading = reading.map_err(|error| crate::wiring::refused_there(&error))?;
        look(&reading, "the database", quiet).await?
    } else {
        file(&args.at.path(context)?, quiet).await?
    };
    tell(&found, context)?;
    if found.clean { Ok(()) } else { Err(Failure::told(Exit::Unverified)) }
}

/// Verify a file.
async fn file(path: &Path, quiet: bool) -> Result<Verification, Failure> {
    if !path.exists() {
        let what = format!("there is no database at {}", path.display());
        return Err(Failure::new(Exit::NotFound, what).next(
            "name another one:  DATABASE_URL=sqlite:///orders.db        that of 'sutler dev':  --dev",
        ));
    }
    let reading = Reading::open(path).map_err(|error| unopened(&error))?;
    look(&reading, &path.display().to_string(), quiet).await
}

/// Verify what can be read, and say how far it is.
async fn look(reading: &dyn Audit, place: &str, quiet: bool) -> Result<Verification, Failure> {
    let (begun, bar) = (Instant::now(), Arc::new(Mutex::new(None::<Progress>)));
    let shown = Arc::clone(&bar);
    let told = move |reached: Reached| {
        if let (true, Ok(mut bar)) = (begun.elapsed() >= PATIENCE, shown.lock()) {
            let bar = bar.get_or_insert_with(|| Progress::new("verify", "events", reached.total, quiet));
            bar.at(reached.done, usize::try_from(reached.differences).unwrap_or(usize::MAX));
        }
    };
    let report = verify::verify(reading, told).await;
    if let Ok(Some(bar)) = bar.lock().as_deref() {
        bar.end();
    }
    let report = report.map_err(|error| {
        Failure::new(Exit::Failed, format!("cannot verify {place}: {error}")).next("look: sutler doctor")
    })?;
    Ok(report_body(&report))
}

/// Why it did not open, in its own words, which end with what to do.
fn unopened(error: &OpenError) -> Failure {
    let text = error.to_string();
    let (what, next) = text.split_once('\n').unwrap_or((&text, ""));
    next.lines().fold(Failure::new(Exit::Failed, what), |failure, line| failure.next(line.trim_start()))
}

fn tell(found: &Verification, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    let whole = serde_json::to_value(found).unwrap_or_default();
    if !out.is_for_people() {
        return out.json(&whole);
    }
    let columns = [
        Column::new("", |row| if int(row) == 0 { "✓".to_owned() } else { "✗".to_owned() }),
        Column::at("check", "/check"),
        Column::at("count", "/count").right(),
        Column::at("differences", "/differences").right(),
        Column::at("what", "/description"),
    ];
    let rows: Vec<Value> = field(&whole, "/checked").as_array().cloned().unwrap_or_default();
    let lines = Table { columns: &columns, rows: &rows }.lines(None);
    lines.iter().try_for_each(|line| out.line(line))?;
    let position = plural(usize::try_from(found.position).unwrap_or(usize::MAX), "event");
    if found.clean {
        return out
            .line(format!("\n{} everything stored follows from {position}", out.paint(Paint::Good, "✓")));
    }
    for difference in &found.differences {
        out.line(format!("\n{} {}", out.paint(Paint::Bad, "✗"), difference.place))?;
        out.line(format!("  {}", difference.cause))?;
    }
    let listed = u64::try_from(found.differences.len()).unwrap_or(u64::MAX);
    match found.differences_total.saturating_sub(listed) {
        0 => Ok(()),
        more => out.line(format!("\n… and {more} more")),
    }
}

fn int(row: &Value) -> u64 {
    text(row, "/differences").parse().unwrap_or(0)
}

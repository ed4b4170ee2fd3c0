//! Orders that were placed elsewhere: a file, or several, by a mapping.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::os::fd::AsFd;
use std::path::Path;

use serde_json::json;
use sutler_app::transfer::{Cell, Table};
use sutler_client::ImportStream;
use sutler_client::types::import::{ImportLine, ImportTally, OrderImportReport};

use super::mapping::Mapped;
use super::{Import, SHOWN_MAX};
use crate::connect::Context;
use crate::console::{Exit, Failure, Paint, Progress, plural};

/// Import every file named, one after the other.
pub(super) async fn run(args: &Import, mapping: &Mapped, context: &Context) -> Result<(), Failure> {
    let query = mapping.query(args);
    let mut total = OrderImportReport { dry_run: args.dry_run, ..OrderImportReport::default() };
    for file in std::iter::once(&args.file).chain(&args.more) {
        let report = one(args, file, &query, context).await?;
        add(&mut total, &report);
    }
    if context.output.is_for_people() {
        tell(args, &total, context)?;
    } else {
        context.output.json(&json!(total))?;
    }
    if total.skipped.is_empty() { Ok(()) } else { Err(Failure::told(Exit::Partly)) }
}

async fn one(
    args: &Import,
    file: &str,
    query: &[(&str, &str)],
    context: &Context,
) -> Result<OrderImportReport, Failure> {
    let client = context.client()?;
    let sent = if file == "-" {
        let stdin = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
        client.import_from(tokio::fs::File::from_std(stdin), query).await
    } else {
        std::fs::metadata(file).map_err(|error| Failure::usage(format!("cannot read {file} ({error})")))?;
        client.import_orders(Path::new(file), query).await
    };
    let stream = sent.map_err(|error| context.explained(error))?;
    let listening = listen(args, file, stream, context);
    let again = format!("nothing is lost; go on with:  sutler import {file} --map …");
    tokio::select! {
        report = listening => report.map_err(|failure| failure.next(again)),
        stopped = tokio::signal::ctrl_c() => {
            stopped?;
            Err(Failure::new(Exit::Interrupted, "interrupted; what was taken in stays").next(again))
        }
    }
}

async fn listen(
    args: &Import,
    file: &str,
    mut stream: ImportStream,
    context: &Context,
) -> Result<OrderImportReport, Failure> {
    let out = &context.output;
    let mut progress = Progress::new("import", "rows", 0, context.globals.quiet);
    let mut mend = Mend { file, columns: Vec::new(), table: None, write: !args.dry_run };
    let (mut errors, mut warnings) = (0usize, 0usize);
    while let Some(line) = stream.next().await.map_err(|error| context.explained(error))? {
        match line {
            ImportLine::Columns { columns } => mend.columns = columns,
            ImportLine::Progress { done, total, skipped } => {
                progress.of(total);
                progress.at(done, usize::try_from(skipped).unwrap_or(usize::MAX));
            }
            ImportLine::Warning { row, message, .. } => {
                warnings += 1;
                if warnings <= SHOWN_MAX && out.is_for_people() {
                    out.say(format!("  {} {file} row {row}  {message}", out.paint(Paint::Warn, "!")));
                }
            }
            ImportLine::Error { row, cells, code, message } => {
                errors += 1;
                if errors <= SHOWN_MAX && !code.is_empty() && out.is_for_people() {
                    out.say(format!("  {} {file} row {row}  {message}", out.paint(Paint::Bad, "✗")));
                }
                mend.keep(&cells, &code, &message)?;
            }
            ImportLine::Report { report, .. } => {
                progress.end();
                mend.end(context)?;
                return Ok(*report);
            }
            ImportLine::Problem { problem } => {
                return Err(Failure::from(sutler_client::Error::Problem(problem)));
            }
        }
    }
    Err(Failure::new(Exit::Unreachable, "the server ended the import without a report"))
}

/// The rows that were not taken, beside the file they are from, written as they are told of.
struct Mend<'f> {
    file: &'f str,
    columns: Vec<String>,
    table: Option<Table<BufWriter<File>>>,
    write: bool,
}

impl Mend<'_> {
    fn path(&self) -> String {
        let file = if self.file == "-" { "import" } else { self.file };
        format!("{file}.errors.csv")
    }

    fn keep(&mut self, cells: &[String], code: &str, message: &str) -> Result<(), Failure> {
        if !self.write {
            return Ok(());
        }
        let path = self.path();
        let failed = |error| Failure::new(Exit::Failed, format!("cannot write {path} ({error})"));
        let table = if let Some(table) = &mut self.table {
            table
        } else {
            let file = File::create(&path).map_err(failed)?;
            let mut table = Table::new(BufWriter::new(file), false);
            let names = self.columns.iter().map(String::as_str).chain(["error_code", "error"]);
            let header: Vec<Cell> = names.map(|name| Cell::Text(name.to_owned())).collect();
            table.row(&header).map_err(failed)?;
            self.table.insert(table)
        };
        let cells = cells.iter().map(String::as_str).chain([code, message]);
        let row: Vec<Cell> = cells.map(cell).collect();
        table.row(&row).map_err(failed)
    }

    fn end(self, context: &Context) -> Result<(), Failure> {
        let path = self.path();
        let Some(table) = self.table else { return Ok(()) };
        let failed = |error| Failure::new(Exit::Failed, format!("cannot write {path} ({error})"));
        std::io::Write::flush(&mut table.end().map_err(failed)?).map_err(failed)?;
        context.output.say(format!("  mend the rows in {path}, then import that file by the same mapping"));
        Ok(())
    }
}

/// A number is no formula, whatever it begins with.
fn cell(text: &str) -> Cell {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_number { Cell::Number(text.to_owned()) } else { Cell::Text(text.to_owned()) }
}

fn add(total: &mut OrderImportReport, one: &OrderImportReport) {
    total.rows += one.rows;
    total.orders += one.orders;
    total.orders_new += one.orders_new;
    total.refunds_new += one.refunds_new;
    total.warnings += one.warnings;
    total.sha256.clone_from(&one.sha256);
    total.resumed_after = one.resumed_after;
    merge(&mut total.taken, &one.taken);
    merge(&mut total.canceled, &one.canceled);
    merge(&mut total.written_off, &one.written_off);
    for (code, tally) in &one.skipped {
        merge(total.skipped.entry(code.clone()).or_default(), tally);
    }
}

fn merge(sum: &mut ImportTally, one: &ImportTally) {
    sum.rows += one.rows;
    sum.quantity += one.quantity;
    for (currency, amount) in &one.amount {
        *sum.amount.entry(currency.clone()).or_default() += amount;
    }
}

fn tell(args: &Import, total: &OrderImportReport, context: &Context) -> Result<(), Failure> {
    let out = &context.output;
    let would = if args.dry_run { "would import" } else { "imported" };
    let orders = usize::try_from(total.orders).unwrap_or(usize::MAX);
    out.line(format!(
        "  {would} {} ({} new) from {} rows",
        plural(orders, "order"),
        total.orders_new,
        total.rows
    ))?;
    let mut lines = vec![
        ("lines of orders".to_owned(), &total.taken),
        ("lines canceled".to_owned(), &total.canceled),
        ("lines written off".to_owned(), &total.written_off),
    ];
    lines.extend(total.skipped.iter().map(|(code, tally)| (format!("not taken: {code}"), tally)));
    for (what, tally) in lines.into_iter().filter(|(_, tally)| tally.rows > 0) {
        let amounts = amounts(&tally.amount);
        out.line(format!("  {what:<34} {:>9} rows {:>11} units  {amounts}", tally.rows, tally.quantity))?;
    }
    if total.warnings > 0 {
        out.line(format!("  {} rows say something else than the first row of their order", total.warnings))?;
    }
    if args.dry_run {
        out.hint("  nothing was changed; import it without --dry-run");
    }
    Ok(())
}

fn amounts(amounts: &BTreeMap<String, i64>) -> String {
    let shown = |(code, amount): (&String, &i64)| {
        let currency = sutler_domain::Currency::parse(code).ok()?;
        let money = sutler_domain::Money { amount: *amount, currency };
        Some(format!("{} {code}", money.to_decimal()))
    };
    amounts.iter().filter_map(shown).collect::<Vec<_>>().join(", ")
}

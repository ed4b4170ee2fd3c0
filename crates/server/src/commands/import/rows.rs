//! Files of which the server tells row by row: orders that were placed elsewhere, customers, stock.

use std::fs::File;
use std::io::BufWriter;
use std::os::fd::AsFd;
use std::path::Path;

use sutler_app::transfer::{Cell, Table};
use sutler_client::ImportStream;
use sutler_client::types::import::ImportLine;

use super::mapping::Mapped;
use super::told::Report;
use super::{Import, SHOWN_MAX};
use crate::connect::Context;
use crate::console::{Exit, Failure, Paint, Progress};

/// Import every file named, one after the other.
pub(super) async fn run(args: &Import, mapping: &Mapped, context: &Context) -> Result<(), Failure> {
    let query = mapping.query(args);
    let mut total = None;
    for file in std::iter::once(&args.file).chain(&args.more) {
        let report = one(args, file, &query, context).await?;
        total = Some(report.after(total));
    }
    let Some(total) = total else { return Ok(()) };
    if context.output.is_for_people() {
        total.tell(args, context)?;
    } else {
        context.output.json(&total.json())?;
    }
    if total.is_whole() { Ok(()) } else { Err(Failure::told(Exit::Partly)) }
}

async fn one(
    args: &Import,
    file: &str,
    query: &[(&str, &str)],
    context: &Context,
) -> Result<Report, Failure> {
    let client = context.client()?;
    let sent = if file == "-" {
        let stdin = File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
        client.import_from(tokio::fs::File::from_std(stdin), query).await
    } else {
        std::fs::metadata(file).map_err(|error| Failure::usage(format!("cannot read {file} ({error})")))?;
        client.import_rows(Path::new(file), query).await
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
) -> Result<Report, Failure> {
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
                return Ok(Report::Orders(*report));
            }
            ImportLine::Rows { report } => {
                progress.end();
                mend.end(context)?;
                return Ok(Report::Rows(*report));
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

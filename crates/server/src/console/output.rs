//! Where a command's words go.

use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use super::{Color, Column, Exit, Failure, Paint, Table};
use crate::config::Environment;

/// `-o`: the form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    #[value(alias = "text")]
    Table,
    /// One document, with the fields of the REST answer.
    Json,
    /// One document a line.
    Ndjson,
    /// With a row of titles.
    Csv,
    /// Ids only, one a line.
    Id,
    /// Lines for a shell to evaluate; `sutler status` knows it.
    Env,
}

/// The two streams of a command, and its manners.
#[derive(Clone)]
pub(crate) struct Output {
    pub(crate) format: Format,
    quiet: bool,
    hints: bool,
    colored: bool,
    /// Characters of a line where a person reads stdout; else nothing is cut.
    width: Option<usize>,
}

impl Output {
    pub(crate) fn new(format: Format, quiet: bool, color: Color, env: &Environment) -> Self {
        let is_terminal = io::stdout().is_terminal();
        let columns = env.get("COLUMNS").and_then(|columns| columns.parse().ok());
        Self {
            format,
            quiet,
            hints: env.get("SUTLER_NO_HINTS").is_none(),
            colored: color.decide(env, is_terminal),
            width: is_terminal.then(|| columns.unwrap_or_else(terminal_width)),
        }
    }

    /// Whether the answer is for people.
    pub(crate) fn is_for_people(&self) -> bool {
        self.format == Format::Table
    }

    /// A word in color, where color is seen.
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        paint.paint(text, self.colored)
    }

    /// A line of the answer. Whoever reads it may have gone (`| head`): then there is nothing left to say.
    #[expect(clippy::unused_self, reason = "the answer goes where this output's other words go")]
    pub(crate) fn line(&self, text: impl AsRef<str>) -> Result<(), Failure> {
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{}", text.as_ref()).and_then(|()| out.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Failure::told(Exit::Failed)),
            other => other.map_err(Failure::from),
        }
    }

    /// Talk, for people only.
    pub(crate) fn say(&self, text: impl AsRef<str>) {
        if !self.quiet {
            _ = writeln!(io::stderr().lock(), "{}", text.as_ref());
        }
    }

    /// The likely next command.
    pub(crate) fn hint(&self, text: impl AsRef<str>) {
        if self.hints && self.width.is_some() && self.is_for_people() {
            self.say(self.paint(Paint::Faint, text.as_ref()));
        }
    }

    /// A document, as programs read it.
    pub(crate) fn json(&self, value: &Value) -> Result<(), Failure> {
        let text = match self.format {
            Format::Ndjson => serde_json::to_string(value),
            _ => serde_json::to_string_pretty(value),
        };
        self.line(text.unwrap_or_default())
    }

    /// A list: as a table, or in the form that was asked for. `page` is the whole answer of the server.
    pub(crate) fn list(
        &self,
        columns: &[Column],
        rows: &[Value],
        id: &str,
        page: &Value,
    ) -> Result<(), Failure> {
        match self.format {
            Format::Json => self.json(page),
            Format::Ndjson => rows.iter().try_for_each(|row| self.json(row)),
            Format::Id => rows.iter().try_for_each(|row| self.line(super::text(row, id))),
            Format::Csv => {
                self.line(csv_line(columns.iter().map(|column| column.title().to_owned())))?;
                rows.iter()
                    .try_for_each(|row| self.line(csv_line(columns.iter().map(|column| column.cell(row)))))
            }
            Format::Table | Format::Env if rows.is_empty() => {
                self.say("none");
                Ok(())
            }
            Format::Table | Format::Env => {
                Table { columns, rows }.lines(self.width).iter().try_for_each(|line| self.line(line))
            }
        }
    }
}

/// What a line of a terminal holds when nothing says otherwise.
fn terminal_width() -> usize {
    terminal_size::terminal_size().map_or(120, |(width, _)| usize::from(width.0))
}

/// One record (RFC 4180). A cell that a spreadsheet would take for a formula gets an apostrophe.
fn csv_line(cells: impl Iterator<Item = String>) -> String {
    let quoted = |cell: String| {
        let cell = if cell.starts_with(['=', '+', '-', '@']) { format!("'{cell}") } else { cell };
        let special = cell.contains([',', '"', '\n', '\r']);
        if special { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell }
    };
    cells.map(quoted).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_cells_are_quoted_and_run_nothing() {
        let line = csv_line(["a,b", "say \"x\"", "=1+1", "plain"].map(str::to_owned).into_iter());
        assert_eq!(line, "\"a,b\",\"say \"\"x\"\"\",'=1+1,plain");
    }
}

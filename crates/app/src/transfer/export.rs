//! Tables for other programs: CSV by RFC 4180 that no spreadsheet takes for a program.
//!
//! A spreadsheet runs a cell that begins like a formula, whoever wrote it: a buyer's name may be one. Such texts get an
//! apostrophe in front, which spreadsheets take as "this is text", and which our own import takes off again. Numbers
//! that the engine made, money among them, are no texts: `-3` of a stock move stays a number, so that it can be added up.

use std::borrow::Cow;
use std::io::Write;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Words that somebody may have chosen.
    Text(String),
    /// Digits that the engine made, with sign and point.
    Number(String),
}

/// A text as a cell holds it: with an apostrophe when it begins, or a line of it begins, like a formula. White space
/// before it counts for nothing, since spreadsheets drop it.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_formula(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// What [`guarded`] made a cell of.
pub fn unguarded(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| is_formula(text)).unwrap_or(cell)
}

fn is_formula(text: &str) -> bool {
    // A carriage return at the very beginning would be lost as the end of an empty line.
    let begins = |line: &str| {
        let shown = line.trim_start_matches(|c: char| c.is_whitespace() && !matches!(c, '\t' | '\r' | '\n'));
        shown.starts_with(['=', '+', '-', '@', '\t', '\r'])
    };
    begins(text) || text.split(['\n', '\r']).skip(1).any(begins)
}

/// A table that is written row by row.
pub struct Table<W: Write> {
    csv: csv::Writer<W>,
    raw: bool,
}

impl<W: Write> Table<W> {
    /// Begin a table. `raw` writes texts as they are, for programs that run no formulas.
    pub fn new(out: W, raw: bool) -> Self {
        Self { csv: csv::Writer::from_writer(out), raw }
    }

    /// Write a row.
    pub fn row<'c>(&mut self, cells: impl IntoIterator<Item = &'c Cell>) -> std::io::Result<()> {
        for cell in cells {
            match cell {
                Cell::Text(text) if !self.raw => self.csv.write_field(guarded(text).as_bytes()),
                Cell::Text(text) | Cell::Number(text) => self.csv.write_field(text),
            }
            .map_err(std::io::Error::from)?;
        }
        self.csv.write_record(None::<&[u8]>).map_err(std::io::Error::from)
    }

    /// Write what is still held back, and give back where it went.
    pub fn end(self) -> std::io::Result<W> {
        self.csv.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_begins_like_a_formula() {
        for text in [
            "=1+1",
            "+49 30 1",
            "-1",
            "@SUM(A1)",
            "\tx",
            "\rx",
            "  =1",
            "\u{a0}=1",
            "\u{a0} \u{2003}+1",
            "Ada\n=1",
            "Ada\r\n  @x",
            "Ada\r=1",
            "Ada\n\u{a0}-1",
            "Ada\n\t1",
            "\n=1",
        ] {
            assert_eq!(guarded(text), format!("'{text}"), "{text:?}");
            assert_eq!(unguarded(&guarded(text)), text, "{text:?}");
        }
        for text in
            ["", "Ada", "a=b", "1-2", "'=1", "Ada\nLovelace", "Ada\r\nLovelace\r\n", "'quoted'", " x", "ü+1"]
        {
            assert_eq!(guarded(text), text, "{text:?}");
            assert_eq!(unguarded(text), if text == "'=1" { "=1" } else { text }, "{text:?}");
        }
    }

    #[test]
    fn numbers_stay_numbers_and_raw_stays_raw() {
        let cells = [Cell::Text("-1".into()), Cell::Number("-1".into()), Cell::Text("a,\"b\"".into())];
        for (raw, expected) in [(false, "'-1,-1,\"a,\"\"b\"\"\"\n"), (true, "-1,-1,\"a,\"\"b\"\"\"\n")] {
            let mut table = Table::new(Vec::new(), raw);
            table.row(&cells).unwrap();
            assert_eq!(String::from_utf8(table.end().unwrap()).unwrap(), expected);
        }
    }
}

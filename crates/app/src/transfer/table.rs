//! A file as a table: its cells, one row at a time. CSV has its columns in the header; of lines of JSON the mapping names the
//! members, and those are the columns.

use std::io::{BufRead, BufReader};
use std::sync::Arc;

use csv::{ByteRecord, Reader, ReaderBuilder};
use parking_lot::Mutex;
use serde_json::Value;

use super::header::{Header, Row, Wrong};
use super::mapping::{Encoding, Mapping};
use super::source::{Gauge, Metered};
use super::{ROW_BYTES_MAX, Source};
use crate::error::{Kind, Problem};

/// A file being read.
pub(super) struct Table {
    pub(super) header: Arc<Header>,
    rows: Rows,
    gauge: Arc<Mutex<Gauge>>,
    encoding: Encoding,
    row: u64,
}

/// How the rows stand in the file.
enum Rows {
    Csv { reader: Box<Reader<Metered>>, record: ByteRecord },
    Json { reader: BufReader<Metered>, line: Vec<u8> },
}

/// What a file is, by its first letters.
enum Sort {
    /// With this between its cells.
    Csv(u8),
    Json,
}

impl Table {
    /// Begin to read.
    ///
    /// Problems: `not_such_a_file` names what is missing.
    pub(super) fn open(source: &dyn Source, mapping: &Mapping) -> Result<Self, Problem> {
        let sort = sniffed(source)?;
        let (metered, gauge) = Metered::new(source.open().map_err(refused)?);
        let encoding = mapping.encoding;
        match sort {
            Sort::Csv(sniffed) => {
                let delimiter = mapping.delimiter.unwrap_or(sniffed);
                let mut reader = ReaderBuilder::new();
                let reader = reader.flexible(true).has_headers(false).delimiter(delimiter);
                let mut reader = Box::new(reader.from_reader(metered));
                let mut record = ByteRecord::new();
                if !reader.read_byte_record(&mut record).map_err(refused)? {
                    return Err(refused("it is empty"));
                }
                let header = Arc::new(Header::of(cells(&record, encoding).map_err(refused)?, mapping)?);
                gauge.lock().row();
                Ok(Self { header, rows: Rows::Csv { reader, record }, gauge, encoding, row: 1 })
            }
            Sort::Json => {
                let header = Arc::new(Header::of(mapping.members(), mapping)?);
                let rows = Rows::Json { reader: BufReader::new(metered), line: Vec::new() };
                Ok(Self { header, rows, gauge, encoding, row: 0 })
            }
        }
    }

    /// The next row; what is wrong with its shape is told beside it.
    pub(super) fn next(&mut self) -> Result<Option<(Row, Option<Wrong>)>, Problem> {
        let fails = |error: &dyn std::fmt::Display| refused(format!("after row {}: {error}", self.row));
        let (cells, wrong) = match &mut self.rows {
            Rows::Csv { reader, record } => {
                if !reader.read_byte_record(record).map_err(|error| fails(&error))? {
                    return Ok(None);
                }
                match cells(record, self.encoding) {
                    Ok(cells) => {
                        let wrong = shape(&cells, self.header.columns.len());
                        (cells, wrong)
                    }
                    Err(reason) => {
                        let lossy = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
                        (record.iter().map(lossy).collect(), Some(("not_utf8", reason)))
                    }
                }
            }
            Rows::Json { reader, line } => {
                line.clear();
                if reader.read_until(b'\n', line).map_err(|error| fails(&error))? == 0 {
                    return Ok(None);
                }
                members(line, &self.header.columns)
            }
        };
        self.gauge.lock().row();
        self.row = self.row.saturating_add(1);
        Ok(Some((Row { row: self.row, cells }, wrong)))
    }

    /// The SHA-256 of what was read, once all of it was.
    pub(super) fn sha256(&self) -> String {
        self.gauge.lock().sha256()
    }
}

fn shape(cells: &[String], wanted: usize) -> Option<Wrong> {
    let found = cells.len();
    let bytes: usize = cells.iter().map(String::len).sum();
    if found != wanted {
        let message =
            format!("has {found} cells where the header has {wanted}; look for a stray separator or quote");
        return Some(("wrong_cell_count", message));
    }
    let message = format!("has {bytes} bytes, at most {ROW_BYTES_MAX} are allowed");
    (bytes > ROW_BYTES_MAX).then_some(("row_too_long", message))
}

/// The members of a line of JSON, as cells: texts as they are, lists and objects as JSON. A blank line is a blank row; one that
/// cannot be read stands in the first cell.
fn members(line: &[u8], pointers: &[String]) -> (Vec<String>, Option<Wrong>) {
    let unread = |reason: Option<String>| {
        let mut cells = vec![String::new(); pointers.len()];
        if let Some(first) = cells.first_mut() {
            *first = String::from_utf8_lossy(line.trim_ascii()).into_owned();
        }
        (cells, reason.map(|reason| ("invalid_json", reason)))
    };
    if line.trim_ascii().is_empty() {
        return unread(None);
    }
    let cell = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    match serde_json::from_slice::<Value>(line) {
        Ok(value @ Value::Object(_)) => (pointers.iter().map(|at| cell(value.pointer(at))).collect(), None),
        Ok(_) => unread(Some("is no JSON object".to_owned())),
        Err(error) => unread(Some(format!("is not JSON that can be read: {error}"))),
    }
}

fn cells(record: &ByteRecord, encoding: Encoding) -> Result<Vec<String>, String> {
    let read = |cell: &[u8]| {
        match encoding {
        Encoding::Utf8 => std::str::from_utf8(cell).map(str::to_owned).map_err(|_| {
            "holds bytes that are not UTF-8; export it as 'CSV UTF-8', or say encoding = \"latin-1\" in the mapping"
                .to_owned()
        }),
        Encoding::Latin1 => Ok(cell.iter().map(|byte| char::from(*byte)).collect()),
    }
    };
    record.iter().map(read).collect()
}

/// What the file is, and what separates the cells of its header.
fn sniffed(source: &dyn Source) -> Result<Sort, Problem> {
    let mut start = [0u8; 4096];
    let mut file = source.open().map_err(refused)?;
    let read = file.read(&mut start).map_err(refused)?;
    let start = start.get(..read).unwrap_or_default();
    if start.trim_ascii_start().starts_with(b"{") {
        return Ok(Sort::Json);
    }
    let line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let cells = |separator: u8| line.split(|byte| *byte == separator).count();
    Ok(Sort::Csv(if cells(b';') > cells(b',') { b';' } else { b',' }))
}

pub(super) fn refused(reason: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::Invalid, "not_such_a_file", format!("the file cannot be read: {reason}"))
}

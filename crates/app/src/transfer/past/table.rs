//! A file of orders as a table: fields by the columns that a mapping names, one row at a time.

use std::collections::BTreeMap;
use std::sync::Arc;

use csv::{ByteRecord, Reader, ReaderBuilder};
use parking_lot::Mutex;

use super::source::{Gauge, Metered, Source};
use crate::error::{Kind, Problem};
use crate::transfer::ROW_BYTES_MAX;
use crate::transfer::export::unguarded;
use crate::transfer::mapping::{Encoding, Field, Mapping};
use crate::transfer::report::is_error_column;

/// A row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number as a spreadsheet shows it; the header is row 1.
    pub(super) row: u64,
    /// Its cells as they stand in the file.
    pub(super) cells: Vec<String>,
}

/// What the columns of a file hold.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// The columns as the file names them.
    pub(super) columns: Vec<String>,
    fields: BTreeMap<Field, usize>,
    metadata: Vec<(String, usize)>,
    suffixes: BTreeMap<Field, String>,
}

/// A file being read.
pub(super) struct Table {
    pub(super) header: Arc<Header>,
    reader: Reader<Metered>,
    gauge: Arc<Mutex<Gauge>>,
    encoding: Encoding,
    record: ByteRecord,
    row: u64,
}

impl Table {
    /// Begin to read.
    ///
    /// Problems: `not_such_a_file` names what is missing.
    pub(super) fn open(source: &dyn Source, mapping: &Mapping) -> Result<Self, Problem> {
        let delimiter = match mapping.delimiter {
            Some(byte) => byte,
            None => sniffed(source)?,
        };
        let (metered, gauge) = Metered::new(source.open().map_err(refused)?);
        let mut reader =
            ReaderBuilder::new().flexible(true).has_headers(false).delimiter(delimiter).from_reader(metered);
        let mut record = ByteRecord::new();
        if !reader.read_byte_record(&mut record).map_err(refused)? {
            return Err(refused("it is empty"));
        }
        let columns = cells(&record, mapping.encoding).map_err(refused)?;
        let header = Arc::new(Header::of(columns, mapping)?);
        gauge.lock().row();
        Ok(Self { header, reader, gauge, encoding: mapping.encoding, record, row: 1 })
    }

    /// The next row; what is wrong with its shape is told beside it.
    pub(super) fn next(&mut self) -> Result<Option<(Row, Option<Wrong>)>, Problem> {
        let more = self.reader.read_byte_record(&mut self.record);
        let fails = |error: csv::Error| refused(format!("after row {}: {error}", self.row));
        if !more.map_err(fails)? {
            return Ok(None);
        }
        self.gauge.lock().row();
        self.row = self.row.saturating_add(1);
        let (cells, wrong) = match cells(&self.record, self.encoding) {
            Ok(cells) => {
                let wrong = self.shape(&cells);
                (cells, wrong)
            }
            Err(reason) => {
                let lossy = |cell: &[u8]| String::from_utf8_lossy(cell).into_owned();
                (self.record.iter().map(lossy).collect(), Some(("not_utf8", reason)))
            }
        };
        Ok(Some((Row { row: self.row, cells }, wrong)))
    }

    fn shape(&self, cells: &[String]) -> Option<Wrong> {
        let (found, wanted) = (cells.len(), self.header.columns.len());
        let bytes: usize = cells.iter().map(String::len).sum();
        if found != wanted {
            let message = format!(
                "has {found} cells where the header has {wanted}; look for a stray separator or quote"
            );
            return Some(("wrong_cell_count", message));
        }
        let message = format!("has {bytes} bytes, at most {ROW_BYTES_MAX} are allowed");
        (bytes > ROW_BYTES_MAX).then_some(("row_too_long", message))
    }

    /// The SHA-256 of what was read, once all of it was.
    pub(super) fn sha256(&self) -> String {
        self.gauge.lock().sha256()
    }
}

/// Why something of a row is not what it should be: a code and words.
pub(super) type Wrong = (&'static str, String);

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

/// What separates the cells of the header, when the mapping does not say it.
fn sniffed(source: &dyn Source) -> Result<u8, Problem> {
    let mut start = [0u8; 4096];
    let mut file = source.open().map_err(refused)?;
    let read = file.read(&mut start).map_err(refused)?;
    let line = start.get(..read).unwrap_or_default().split(|byte| *byte == b'\n').next().unwrap_or_default();
    let cells = |separator: u8| line.split(|byte| *byte == separator).count();
    Ok(if cells(b';') > cells(b',') { b';' } else { b',' })
}

fn refused(reason: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::Invalid, "not_such_a_file", format!("the file cannot be read: {reason}"))
}

impl Header {
    fn of(columns: Vec<String>, mapping: &Mapping) -> Result<Self, Problem> {
        let columns: Vec<String> =
            columns.into_iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        let lowered: Vec<String> = columns.iter().map(|name| name.trim().to_lowercase()).collect();
        let place = |names: &[String]| lowered.iter().position(|name| names.contains(name));
        let mut fields = BTreeMap::new();
        for (field, names) in &mapping.columns {
            match place(names) {
                Some(index) => drop(fields.insert(*field, index)),
                None if NEEDED.contains(field) => {
                    let wanted = names.first().cloned().unwrap_or_default();
                    let detail = format!(
                        "it has no column '{wanted}', which the mapping '{}' needs for '{}'; its columns are {}",
                        mapping.name,
                        field.word(),
                        columns.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", "),
                    );
                    return Err(refused(detail).fact("missing_column", wanted));
                }
                None => {}
            }
        }
        let metadata =
            mapping.metadata.iter().filter_map(|(key, names)| Some((key.clone(), place(names)?))).collect();
        Ok(Self { columns, fields, metadata, suffixes: mapping.suffixes.clone() })
    }

    /// A cell without the spaces around it, the apostrophe of an export and the suffix of its field; empty when there
    /// is none.
    pub(super) fn cell<'r>(&self, row: &'r Row, field: Field) -> &'r str {
        let cell = self.fields.get(&field).and_then(|index| row.cells.get(*index));
        let cell = cell.map_or("", |cell| unguarded(cell.trim()));
        self.suffixes.get(&field).and_then(|suffix| cell.strip_suffix(suffix.as_str())).unwrap_or(cell)
    }

    /// Whether the file has a column for a field.
    pub(super) fn has(&self, field: Field) -> bool {
        self.fields.contains_key(&field)
    }

    /// What is kept as metadata of a row.
    pub(super) fn metadata<'r>(&self, row: &'r Row) -> impl Iterator<Item = (&str, &'r str)> {
        self.metadata.iter().filter_map(|(key, index)| {
            let cell = row.cells.get(*index)?.trim();
            (!cell.is_empty()).then_some((key.as_str(), cell))
        })
    }

    /// The columns of a file of rows to be mended: those of this one without what an earlier such file added.
    pub(super) fn kept(&self) -> impl Iterator<Item = (usize, &str)> {
        self.columns
            .iter()
            .enumerate()
            .filter(|(_, name)| !is_error_column(name))
            .map(|(i, n)| (i, n.as_str()))
    }
}

/// Fields without whose column a file holds no orders.
const NEEDED: [Field; 5] = [Field::Reference, Field::PlacedAt, Field::Sku, Field::Quantity, Field::UnitPrice];

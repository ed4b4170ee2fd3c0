//! A Shopify product file as a table: columns by name, rows by product.

use std::collections::HashMap;

use super::columns::{Column, Extra};
use crate::error::{Kind, Problem};
use crate::transfer::export::unguarded;
use crate::transfer::report::{RowError, SheetRow, is_error_column};

/// Bytes of one row.
pub const ROW_BYTES_MAX: usize = 64 * 1024;

/// A file, read.
#[derive(Debug)]
pub(in crate::transfer) struct Sheet {
    /// The columns as the file names them.
    pub(in crate::transfer) columns: Vec<String>,
    /// The rows in the order of the file.
    pub(in crate::transfer) rows: Vec<SheetRow>,
    known: HashMap<Column, usize>,
    pub(super) extras: Vec<Extra>,
}

/// The rows of one product.
#[derive(Debug)]
pub(in crate::transfer) struct Group<'s> {
    /// The handle they share.
    pub(in crate::transfer) handle: String,
    /// The rows in the order of the file; at least one.
    pub(in crate::transfer) rows: Vec<&'s SheetRow>,
}

impl Sheet {
    /// Read a file. Quotes, line breaks of any sort and a byte order mark are those of RFC 4180 and of spreadsheets.
    pub(in crate::transfer) fn read(bytes: &[u8]) -> Result<Self, Problem> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let place = error.valid_up_to();
            refused(format!("it is not UTF-8 text (byte {place}); export it again as 'CSV UTF-8'"))
        })?;
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text.as_bytes());
        let mut records = reader.records();
        let header = records.next().transpose().map_err(refused)?;
        let header = header.ok_or_else(|| refused("it is empty"))?;
        let columns: Vec<String> = header.iter().map(str::to_owned).collect();
        let known = known(&columns)?;
        let extras = extras(&columns, &known);
        let mut rows = Vec::new();
        for (row, record) in (2..).zip(records) {
            let record = record.map_err(refused)?;
            rows.push(SheetRow { row, record: record.iter().map(str::to_owned).collect() });
        }
        Ok(Self { columns, rows, known, extras })
    }

    /// Whether the file has a column.
    pub(super) fn has(&self, column: Column) -> bool {
        self.known.contains_key(&column)
    }

    /// Whether the file has a column that says something about variants.
    pub(super) fn has_variants(&self) -> bool {
        self.known.keys().any(|column| column.is_of_variant())
    }

    /// A cell without the spaces around it and without the apostrophe of an export; `None` when the file has no such column.
    pub(super) fn cell<'r>(&self, row: &'r SheetRow, column: Column) -> Option<&'r str> {
        self.known.get(&column).map(|index| row.record.get(*index).map_or("", |cell| unguarded(cell.trim())))
    }

    /// The name of a column as the file has it.
    pub(super) fn name(&self, column: Column) -> &str {
        self.known.get(&column).and_then(|index| self.columns.get(*index)).map_or("", |name| name.trim())
    }

    /// The rows by product, in the order in which the products first appear, and the rows that belong to none.
    pub(in crate::transfer) fn groups(&self) -> (Vec<Group<'_>>, Vec<RowError>) {
        let (mut groups, mut errors): (Vec<Group<'_>>, _) = (Vec::new(), Vec::new());
        let mut places: HashMap<&str, usize> = HashMap::new();
        for row in &self.rows {
            let handle = self.cell(row, Column::Handle).unwrap_or_default();
            if handle.is_empty() {
                if row.record.iter().any(|cell| !cell.trim().is_empty()) {
                    let message =
                        format!("{} is empty; each row names its product", self.name(Column::Handle));
                    errors.push(RowError {
                        row: row.row,
                        handle: String::new(),
                        code: "handle_missing",
                        message,
                    });
                }
                continue;
            }
            let place = *places.entry(handle).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.rows.push(row),
                None => groups.push(Group { handle: handle.to_owned(), rows: vec![row] }),
            }
        }
        (groups, errors)
    }

    /// What is wrong with the shape of a row.
    pub(super) fn shape(&self, row: &SheetRow) -> Option<(&'static str, String)> {
        let (found, wanted) = (row.record.len(), self.columns.len());
        let bytes: usize = row.record.iter().map(String::len).sum();
        if found != wanted {
            let message =
                format!("has {found} cells where the header has {wanted}; look for a stray comma or quote");
            return Some(("wrong_cell_count", message));
        }
        let message = format!("has {bytes} bytes, at most {ROW_BYTES_MAX} are allowed");
        (bytes > ROW_BYTES_MAX).then_some(("row_too_long", message))
    }
}

fn refused(reason: impl std::fmt::Display) -> Problem {
    Problem::new(Kind::Invalid, "not_a_shopify_file", format!("not a Shopify product file: {reason}"))
}

fn known(columns: &[String]) -> Result<HashMap<Column, usize>, Problem> {
    let mut known: HashMap<Column, usize> = HashMap::new();
    for (index, name) in columns.iter().enumerate() {
        let Some(column) = Column::named(name) else { continue };
        if let Some(first) = known.insert(column, index) {
            let first = columns.get(first).map_or("", |name| name.trim());
            return Err(refused(format!(
                "'{first}' and '{}' are the same column; keep one of them",
                name.trim()
            )));
        }
    }
    let missing = Column::REQUIRED.iter().find(|(column, _)| !known.contains_key(column));
    let Some((column, words)) = missing else { return Ok(known) };
    let semicolons = columns.len() <= 1 && columns.iter().any(|name| name.contains(';'));
    let tabs = columns.len() <= 1 && columns.iter().any(|name| name.contains('\t'));
    let advice = match (semicolons, tabs) {
        (true, _) => "; its cells are separated by ';', export it with commas",
        (_, true) => "; its cells are separated by tabs, export it with commas",
        _ => "",
    };
    let name = Column::NAMES.iter().find(|(c, _)| c == column).and_then(|(_, names)| names.first()).copied();
    let name = if name == Some("handle") { "Handle" } else { "Title" };
    Err(refused(format!("it has no column {words}{advice}")).fact("missing_column", name))
}

fn extras(columns: &[String], known: &HashMap<Column, usize>) -> Vec<Extra> {
    let mut extras: Vec<Extra> = Vec::new();
    for (index, name) in columns.iter().enumerate() {
        if known.values().any(|known| *known == index) || is_error_column(name) {
            continue;
        }
        let mut extra = Extra::of(index, name);
        if extras.iter().any(|other| other.key == extra.key && other.of_variant == extra.of_variant) {
            extra.key = Extra::of(index, "").key;
        }
        extras.push(extra);
    }
    extras
}

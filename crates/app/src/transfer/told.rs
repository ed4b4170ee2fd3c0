//! What an import says while it runs, and the file of what is to be mended.

use std::borrow::Cow;

use async_trait::async_trait;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::export::guarded;

/// Rows that were not taken, as many as are kept with an import; whoever hears them one by one hears all.
pub const ERRORS_KEPT_MAX: usize = 1_000;

/// A row that was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportError {
    /// Its number; the header is row 1.
    pub row: u64,
    /// Its cells, without those that an earlier file of errors added.
    pub cells: Vec<String>,
    /// A stable code; empty for a right row of an order with a wrong one.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
}

/// What an import says while it runs.
#[derive(Debug)]
pub enum ImportTold<'t> {
    /// The columns of the file, before everything else.
    Columns(&'t [String]),
    /// A row that was not taken.
    Error(&'t ImportError),
    /// Something of a row that was taken otherwise than it stands there.
    Warning {
        /// Its number; the header is row 1.
        row: u64,
        /// A stable code.
        code: &'t str,
        /// What was done.
        message: &'t str,
    },
    /// How far it is, in rows.
    Progress {
        /// Dealt with.
        done: u64,
        /// Of the file.
        total: u64,
        /// Not taken so far.
        skipped: u64,
    },
}

/// Who hears what an import says.
#[async_trait]
pub trait Witness: Send {
    /// Something is said.
    fn hear(&mut self, told: ImportTold<'_>);

    /// Whether there is somebody to hear more; asked now and then. Else the import stops there.
    async fn is_listening(&mut self) -> bool {
        true
    }
}

impl<F: FnMut(ImportTold<'_>) + Send> Witness for F {
    fn hear(&mut self, told: ImportTold<'_>) {
        self(told);
    }
}

/// Rows that were not taken, with the columns of the file and `error_code` and `error`: mend them there and import that
/// file alone. Cells that begin like a formula are guarded, and read again without the guard.
pub fn import_errors_csv(columns: &[String], errors: &[ImportError]) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let header = columns.iter().map(String::as_str).chain(["error_code", "error"]);
    // A vector takes whatever is written to it.
    _ = writer.write_record(header);
    for error in errors {
        let told = [error.code.as_str(), error.message.as_str()];
        let cells = error.cells.iter().map(String::as_str).chain(told);
        _ = writer.write_record(cells.map(|cell| shown(cell).into_owned()));
    }
    writer.into_inner().unwrap_or_default()
}

/// A number is no formula, whatever it begins with.
fn shown(cell: &str) -> Cow<'_, str> {
    if cell.parse::<Decimal>().is_ok() { Cow::Borrowed(cell) } else { guarded(cell) }
}

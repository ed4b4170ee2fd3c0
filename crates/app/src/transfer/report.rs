//! What became of a file: how many of what, and every row that was not taken, so that it can be mended.

use serde::Serialize;

/// A row of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SheetRow {
    /// Its number as a spreadsheet shows it; the header is row 1.
    pub row: usize,
    /// Its cells as they stand in the file.
    pub record: Vec<String>,
}

/// A row that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowError {
    /// Its number; the header is row 1.
    pub row: usize,
    /// The product it is of.
    pub handle: String,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
}

/// Something of a row that was taken otherwise than it stands there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowWarning {
    /// Its number; the header is row 1.
    pub row: usize,
    /// The product it is of.
    pub handle: String,
    /// What was done.
    pub message: String,
}

/// What became of a file. A product with a wrong row is not taken at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing was written, only looked at.
    pub dry_run: bool,
    /// Rows of the file without the header.
    pub rows: usize,
    /// Products that are new.
    pub products_created: usize,
    /// Products that were known and changed.
    pub products_updated: usize,
    /// Products that were known and are as the file says.
    pub products_unchanged: usize,
    /// Variants of all products taken.
    pub variants: usize,
    /// Pictures of all products taken.
    pub images: usize,
    /// The columns of the file.
    pub columns: Vec<String>,
    /// What is wrong, in the order of the rows.
    pub errors: Vec<RowError>,
    /// All rows of the products that were not taken, in the order of the file.
    pub skipped: Vec<SheetRow>,
    /// What was taken otherwise than it stands in the file.
    pub warnings: Vec<RowWarning>,
}

/// The rows of all products that were not taken, with the columns of the file and `error_code` and `error`: mend
/// them there and import that file alone. Right rows of a product with a wrong one are among them, without an
/// error, since a product is imported whole.
pub fn errors_csv(report: &Report) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let kept: Vec<usize> =
        (0..).zip(&report.columns).filter(|(_, name)| !is_error_column(name)).map(|(i, _)| i).collect();
    let cells = |record: &[String]| -> Vec<String> {
        kept.iter().map(|index| record.get(*index).cloned().unwrap_or_default()).collect()
    };
    let header = cells(&report.columns).into_iter().chain(["error_code".to_owned(), "error".to_owned()]);
    let mut lines = vec![header.collect::<Vec<_>>()];
    for row in &report.skipped {
        let errors: Vec<&RowError> = report.errors.iter().filter(|error| error.row == row.row).collect();
        let join =
            |of: &dyn Fn(&RowError) -> String| errors.iter().map(|e| of(e)).collect::<Vec<_>>().join("; ");
        let codes = errors.first().map_or(String::new(), |e| e.code.to_owned());
        let mut line = cells(&row.record);
        line.extend([codes, join(&|e| e.message.clone())]);
        lines.push(line);
    }
    for line in lines {
        // A vector takes whatever is written to it.
        if writer.write_record(&line).is_err() {
            break;
        }
    }
    writer.into_inner().unwrap_or_default()
}

/// A column that an errors file added, which says nothing about a product.
pub(super) fn is_error_column(name: &str) -> bool {
    matches!(name.trim(), "error_code" | "error")
}

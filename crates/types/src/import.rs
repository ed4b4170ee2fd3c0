//! Imports of orders that were placed elsewhere: what is said on the way, and what became of a file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ProblemBody;

/// Rows of one sort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImportTally {
    /// How many rows.
    pub rows: u64,
    /// Σ of their units, as they stand in the file.
    pub quantity: i64,
    /// Σ of units × price, in minor units, by currency, as they stand in the file.
    pub amount: BTreeMap<String, i64>,
}

/// What became of a file of orders: every row is in `taken`, `canceled`, `written_off` or one of `skipped`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrderImportReport {
    /// Whether nothing was written, only looked at.
    pub dry_run: bool,
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
    /// Rows of the file without the header and without empty ones.
    pub rows: u64,
    /// The row after which the last run went on; 0: from the beginning.
    pub resumed_after: u64,
    /// Orders of the file that are in the store.
    pub orders: u64,
    /// Of them, those that the last run stored.
    pub orders_new: u64,
    /// Lines of orders, the money in.
    pub taken: ImportTally,
    /// Lines of cancellations that found what they cancel, the money out.
    pub canceled: ImportTally,
    /// Refunds that the last run stored.
    pub refunds_new: u64,
    /// Lines of goods that were lost.
    pub written_off: ImportTally,
    /// Rows that were not taken, by the reason.
    pub skipped: BTreeMap<String, ImportTally>,
    /// Rows of which something was taken otherwise than it stands there.
    pub warnings: u64,
}

/// What became of a file of customers or of stock: every row is in `created`, `updated`, `unchanged`, `empty` or one of
/// `skipped`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RowImportReport {
    /// What the rows are of.
    #[schemars(extend("enum" = ["customers", "stock"]))]
    pub of: String,
    /// Whether nothing was written, only looked at.
    pub dry_run: bool,
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
    /// Rows of the file without the header and without blank ones.
    pub rows: u64,
    /// Rows that made something.
    pub created: u64,
    /// Rows that changed something.
    pub updated: u64,
    /// Rows that say what is so already.
    pub unchanged: u64,
    /// Rows that say nothing, such as a level that is not stocked.
    pub empty: u64,
    /// Rows that were not taken, by the reason.
    pub skipped: BTreeMap<String, u64>,
    /// What was not read of the file.
    pub warnings: u64,
}

/// How far an import is, or what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Import {
    /// Its id: the same for the same file and mapping.
    pub import_id: String,
    /// `import`.
    #[schemars(extend("const" = "import"))]
    pub object: String,
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
    /// The mapping by which it is read.
    pub mapping: String,
    /// `stopped` when it goes on after `row` once the file is sent again; `completed` at its end.
    #[schemars(extend("enum" = ["stopped", "completed"]))]
    pub status: String,
    /// Everything up to the order that begins in this row is in the store.
    pub row: u64,
    /// When it was written last.
    pub updated_at: String,
    /// What became of the file, once it was read to its end.
    pub report: Option<OrderImportReport>,
}

/// The imports that were written to last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Imports {
    /// `list`.
    #[schemars(extend("const" = "list"))]
    pub object: String,
    /// The newest first.
    pub data: Vec<Import>,
}

/// One line of what an import says while it runs; the last one is a report or a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "object")]
pub enum ImportLine {
    /// The columns of the file, first.
    #[serde(rename = "import_columns")]
    Columns {
        /// Their names.
        columns: Vec<String>,
    },
    /// How far it is.
    #[serde(rename = "import_progress")]
    Progress {
        /// Rows dealt with.
        done: u64,
        /// Rows of the file.
        total: u64,
        /// Rows not taken so far.
        skipped: u64,
    },
    /// A row that was not taken.
    #[serde(rename = "import_error")]
    Error {
        /// Its number; the header is row 1.
        row: u64,
        /// Its cells as they stand in the file.
        cells: Vec<String>,
        /// A stable code; empty for a right row of an order with a wrong one.
        code: String,
        /// What is wrong.
        message: String,
    },
    /// Something of a row that was taken otherwise than it stands there.
    #[serde(rename = "import_warning")]
    Warning {
        /// Its number; the header is row 1.
        row: u64,
        /// A stable code.
        code: String,
        /// What was done.
        message: String,
    },
    /// What became of the file.
    #[serde(rename = "import_report")]
    Report {
        /// The import, to ask for later; none of a dry run.
        import_id: Option<String>,
        /// What became of the file.
        report: Box<OrderImportReport>,
    },
    /// What became of a file of customers or of stock.
    #[serde(rename = "import_rows_report")]
    Rows {
        /// What became of the file.
        report: Box<RowImportReport>,
    },
    /// Why it ended early.
    #[serde(rename = "problem")]
    Problem {
        /// The error.
        problem: Box<ProblemBody>,
    },
}

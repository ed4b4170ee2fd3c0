//! What became of a file, as sums that can be compared with the file: every row is in one of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sutler_domain::ImportId;

use crate::transfer::told::ImportError;

/// Rows of one sort.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many rows.
    pub rows: u64,
    /// Σ of their units, as they stand in the file.
    pub quantity: i64,
    /// Σ of units × price, in minor units, by currency, as they stand in the file.
    pub amount: BTreeMap<String, i64>,
}

impl Tally {
    /// One more row.
    pub fn add(&mut self, currency: &str, quantity: i64, amount: i64) {
        self.rows = self.rows.saturating_add(1);
        self.quantity = self.quantity.saturating_add(quantity);
        if amount != 0 {
            let sum = self.amount.entry(currency.to_owned()).or_default();
            *sum = sum.saturating_add(amount);
        }
    }

    /// The rows of another sum as well.
    pub fn merge(&mut self, other: &Self) {
        self.rows = self.rows.saturating_add(other.rows);
        self.quantity = self.quantity.saturating_add(other.quantity);
        for (currency, amount) in &other.amount {
            let sum = self.amount.entry(currency.clone()).or_default();
            *sum = sum.saturating_add(*amount);
        }
    }
}

/// What became of a file of orders. `taken` + `canceled` + `written_off` + every `skipped` are all rows of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastReport {
    /// Whether nothing was written, only looked at.
    pub dry_run: bool,
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
    /// Rows of the file without the header and without empty ones.
    pub rows: u64,
    /// The row after which this run went on; 0: from the beginning.
    pub resumed_after: u64,
    /// Orders that are in the store now.
    pub orders: u64,
    /// Of them, those that this run stored.
    pub orders_new: u64,
    /// Lines of orders, the money in.
    pub taken: Tally,
    /// Lines of cancellations that found what they cancel, the money out.
    pub canceled: Tally,
    /// Refunds that this run stored.
    pub refunds_new: u64,
    /// Lines of goods that were lost.
    pub written_off: Tally,
    /// Rows that were not taken, by the reason.
    pub skipped: BTreeMap<String, Tally>,
    /// Rows of which something was taken otherwise than it stands there.
    pub warnings: u64,
}

impl PastReport {
    /// Rows that were not taken.
    pub fn rows_skipped(&self) -> u64 {
        self.skipped.values().map(|tally| tally.rows).sum()
    }
}

/// How far an import of a file is: written in the same commit as what it took in last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportRecord {
    /// Which import: the same for the same file and mapping.
    pub import_id: ImportId,
    /// The SHA-256 of the file, in hex.
    pub sha256: String,
    /// The mapping by which it is read.
    pub mapping: String,
    /// Everything up to the order that begins in this row is in the store.
    pub row: u64,
    /// When it was written last.
    pub updated_at: Timestamp,
    /// What became of the file, once it was read to its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<PastReport>,
    /// The first rows that were not taken, once it was read to its end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ImportError>,
    /// The columns of the file, for its rows that were not taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

//! Columns without a place of their own, as metadata within its limits.

use sutler_domain::Metadata;
use sutler_domain::text::{self, METADATA_PAIRS_MAX, METADATA_VALUE_MAX};

use super::sheet::Sheet;
use crate::transfer::report::SheetRow;

/// What the other columns of a product or of a variant say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Extras {
    /// Every key that the file has a column for.
    keys: Vec<String>,
    /// The pairs.
    pairs: Metadata,
    /// What was cut or left out.
    pub(super) warnings: Vec<String>,
}

impl Extras {
    /// What the other columns say in these rows; the first row that says something counts.
    pub(super) fn of(sheet: &Sheet, rows: &[&SheetRow], of_variant: bool) -> Self {
        let mut extras = Self::default();
        for extra in sheet.extras.iter().filter(|extra| extra.of_variant == of_variant) {
            extras.keys.push(extra.key.clone());
            let cells = rows.iter().filter_map(|row| row.record.get(extra.index)).map(|cell| cell.trim());
            if let Some(value) = cells.into_iter().find(|cell| !cell.is_empty()) {
                extras.keep(&extra.key, value);
            }
        }
        extras
    }

    fn keep(&mut self, key: &str, value: &str) {
        let kept: String = value.chars().take(METADATA_VALUE_MAX).collect();
        if let Err(error) = text::body(&kept, METADATA_VALUE_MAX) {
            self.warnings.push(format!("metadata {key} is left out: it {error}"));
            return;
        }
        if kept.len() < value.len() {
            self.warnings.push(format!("metadata {key} is cut to {METADATA_VALUE_MAX} characters"));
        }
        self.pairs.insert(key.to_owned(), kept);
    }

    /// The pairs of a product or variant after the file; pairs that the file has no column for stay. Gives how
    /// many had no room.
    pub(super) fn onto(&self, metadata: &mut Metadata) -> usize {
        metadata.retain(|key, _| !self.keys.contains(key));
        let room = METADATA_PAIRS_MAX.saturating_sub(metadata.len());
        metadata.extend(self.pairs.iter().take(room).map(|(key, value)| (key.clone(), value.clone())));
        self.pairs.len().saturating_sub(room)
    }
}

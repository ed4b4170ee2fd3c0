//! The columns of a file, and what a mapping says that they hold.

use std::collections::{BTreeMap, BTreeSet};

use super::export::unguarded;
use super::mapping::{Field, Mapping, lowered};
use super::report::is_error_column;
use super::table::refused;
use crate::error::Problem;

/// A row of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its number as a spreadsheet shows it; the header is row 1.
    pub(super) row: u64,
    /// Its cells as they stand in the file.
    pub(super) cells: Vec<String>,
}

/// Why something of a row is not what it should be: a code and words.
pub(super) type Wrong = (&'static str, String);

/// What the columns of a file hold.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// The columns as the file names them.
    pub(super) columns: Vec<String>,
    /// Where each field may stand; the first place that is not empty counts.
    fields: BTreeMap<Field, Vec<usize>>,
    metadata: Vec<(String, usize)>,
    suffixes: BTreeMap<Field, String>,
    words: BTreeMap<Field, BTreeMap<String, String>>,
}

impl Header {
    pub(super) fn of(columns: Vec<String>, mapping: &Mapping) -> Result<Self, Problem> {
        let columns: Vec<String> =
            columns.into_iter().map(|name| name.trim_start_matches('\u{feff}').to_owned()).collect();
        let lowered: Vec<String> = columns.iter().map(|name| lowered(name)).collect();
        let place = |name: &String| lowered.iter().position(|known| known == name);
        let mut fields = BTreeMap::new();
        for (field, names) in &mapping.columns {
            let places: Vec<usize> = names.iter().filter_map(place).collect();
            if !places.is_empty() {
                fields.insert(*field, places);
            } else if mapping.kind.needed().contains(field) {
                let wanted = names.first().cloned().unwrap_or_default();
                let detail = format!(
                    "it has no column '{wanted}', which the mapping '{}' needs for '{}'; its columns are {}",
                    mapping.name,
                    field.word(),
                    columns.iter().take(20).map(String::as_str).collect::<Vec<_>>().join(", "),
                );
                return Err(refused(detail).fact("missing_column", wanted));
            }
        }
        let kept = |(key, names): (&String, &Vec<String>)| Some((key.clone(), names.iter().find_map(place)?));
        let metadata = mapping.metadata.iter().filter_map(kept).collect();
        let words =
            mapping.kind.fields().filter_map(|(field, word)| Some((field, mapping.words.get(word)?.clone())));
        let words = words.collect();
        Ok(Self { columns, fields, metadata, suffixes: mapping.suffixes.clone(), words })
    }

    /// The first cell of a field that is not empty, without the spaces around it, the apostrophe of an export and the
    /// suffix of its field; by the words of the mapping.
    pub(super) fn cell<'r>(&'r self, row: &'r Row, field: Field) -> &'r str {
        let places = self.fields.get(&field).into_iter().flatten();
        let mut cells = places.filter_map(|index| row.cells.get(*index)).map(|cell| unguarded(cell.trim()));
        let cell = cells.find(|cell| !cell.is_empty()).unwrap_or_default();
        let cell =
            self.suffixes.get(&field).and_then(|suffix| cell.strip_suffix(suffix.as_str())).unwrap_or(cell);
        let word = self.words.get(&field).and_then(|words| words.get(&cell.to_lowercase()));
        word.map_or(cell, String::as_str)
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

    /// The columns of which nothing is read.
    pub(super) fn unread(&self) -> impl Iterator<Item = &str> {
        let read: BTreeSet<usize> =
            self.fields.values().flatten().copied().chain(self.metadata.iter().map(|(_, at)| *at)).collect();
        self.kept().filter(move |(at, _)| !read.contains(at)).map(|(_, name)| name)
    }
}

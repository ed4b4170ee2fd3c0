//! Product files of other shops, as the product file that they would be at Shopify. Rows stay where they are, so that
//! what is told of row 7 is in row 7 of the file.

use csv::{ReaderBuilder, StringRecord, Writer};
use sutler_domain::Currency;

use super::rows::Table;
use super::{Encoding, Mapping};
use crate::error::Problem;
use crate::transfer::table::refused;

/// The column that takes the words of several.
const TAGS: &str = "tags";
/// The column of a picture's address.
const PICTURE: &str = "image src";
/// What stands in a mapping for the shop's currency.
const CURRENCY: &str = "{currency}";

impl Mapping {
    /// The same file with the columns that Shopify has. Columns that the mapping does not name stay as they are, and so
    /// become metadata.
    ///
    /// Problems: `not_such_a_file` names the column that is missing.
    pub fn as_shopify(&self, file: &[u8], currency: Currency) -> Result<Vec<u8>, Problem> {
        let text = self.text(file)?;
        let line = text.lines().next().unwrap_or_default();
        let count = |wanted: char| line.chars().filter(|c| *c == wanted).count();
        let sniffed = if count(';') > count(',') { b';' } else { b',' };
        let delimiter = self.delimiter.unwrap_or(sniffed);
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .has_headers(false)
            .delimiter(delimiter)
            .from_reader(text.as_bytes());
        let mut records = reader.records();
        let header = records.next().transpose().map_err(refused)?.ok_or_else(|| refused("it is empty"))?;
        let records = records.collect::<Result<Vec<_>, _>>().map_err(refused)?;
        let mut places = self.places(&header, currency)?;
        // Names of files are no pictures that anybody could look at; as metadata they are kept.
        let has_pictures =
            |at: usize| records.iter().any(|record| is_address(record.get(at).unwrap_or_default()));
        places.columns.retain(|(at, column)| column != PICTURE || has_pictures(*at));
        let named = header.iter().enumerate().map(|(at, name)| places.name(at, name)).collect();
        let mut table = Table { header: named, rows: Vec::with_capacity(records.len()) };
        for record in &records {
            if record.len() != header.len() {
                let line = record.position().map_or(0, csv::Position::line);
                let (found, wanted) = (record.len(), header.len());
                return Err(refused(format!("line {line} has {found} cells where the header has {wanted}")));
            }
            table.rows.push((0..record.len()).map(|at| self.cell(&places, record, at)).collect());
        }
        table.tell_rows(&self.rows, currency);
        let mut out = Writer::from_writer(Vec::new());
        for cells in std::iter::once(&table.header).chain(&table.rows) {
            out.write_record(cells).map_err(refused)?;
        }
        out.into_inner().map_err(refused)
    }

    fn text(&self, file: &[u8]) -> Result<String, Problem> {
        let file = file.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(file);
        match self.encoding {
            Encoding::Latin1 => Ok(file.iter().map(|byte| char::from(*byte)).collect()),
            Encoding::Utf8 => String::from_utf8(file.to_vec())
                .map_err(|error| refused(format!("it is not UTF-8 text ({error})"))),
        }
    }

    fn places(&self, header: &StringRecord, currency: Currency) -> Result<Places, Problem> {
        let lowered: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
        let code = currency.code().to_lowercase();
        let mut places = Places::default();
        for (column, names) in &self.products {
            let named =
                |name: &String| lowered.iter().position(|known| *known == name.replace(CURRENCY, &code));
            let mut found = names.iter().filter_map(named);
            match found.next() {
                Some(at) if column == TAGS => {
                    places.columns.push((at, column.clone()));
                    places.tags = std::iter::once(at).chain(found).collect();
                }
                Some(at) => places.columns.push((at, column.clone())),
                None if matches!(column.as_str(), "handle" | "title") => {
                    let wanted = names.first().cloned().unwrap_or_default();
                    let detail = format!(
                        "it has no column '{wanted}', which the mapping '{}' needs for '{column}'",
                        self.name
                    );
                    return Err(refused(detail).fact("missing_column", wanted));
                }
                None => {}
            }
        }
        Ok(places)
    }

    fn cell(&self, places: &Places, record: &StringRecord, at: usize) -> String {
        let cell = record.get(at).unwrap_or_default();
        let Some((_, column)) = places.columns.iter().find(|(place, _)| *place == at) else {
            return cell.to_owned();
        };
        if column == TAGS {
            let tags = places.tags.iter().filter_map(|at| record.get(*at)).map(str::trim);
            return tags.filter(|tag| !tag.is_empty()).collect::<Vec<_>>().join(", ");
        }
        if column == PICTURE && !is_address(cell) {
            return String::new();
        }
        let word = self.words.get(column).and_then(|words| words.get(&cell.trim().to_lowercase()));
        word.cloned().unwrap_or_else(|| cell.to_owned())
    }
}

fn is_address(cell: &str) -> bool {
    let cell = cell.trim();
    cell.starts_with("https://") || cell.starts_with("http://")
}

/// Where the columns of Shopify are in a file.
#[derive(Default)]
struct Places {
    columns: Vec<(usize, String)>,
    /// The columns whose words are its tags.
    tags: Vec<usize>,
}

impl Places {
    /// The name of a column in the new header. One that was joined with another is named beside it.
    fn name(&self, at: usize, name: &str) -> String {
        self.columns
            .iter()
            .find(|(place, _)| *place == at)
            .map_or_else(|| name.to_owned(), |(_, to)| to.clone())
    }
}

//! Mapping files: which column of a file holds what. Other shops' exports are files of this sort, not code.

mod field;
mod products;
mod rows;
mod shipped;

use std::collections::{BTreeMap, BTreeSet};

pub use field::Field;
use serde::Deserialize;
pub use shipped::{SHIPPED, shipped};
use sutler_domain::Currency;

use crate::error::{Kind, Problem};

/// How a file is read.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// The name it is told of by.
    pub name: String,
    /// What it is of, for people.
    pub title: String,
    /// What the rows of the file are.
    pub kind: MappingKind,
    /// What separates cells; `None`: a comma, or what the header has more of.
    pub delimiter: Option<u8>,
    /// How the letters of the file are written.
    pub encoding: Encoding,
    /// What holds for all orders of the file.
    pub orders: OrderRules,
    /// The columns of each field, by the names they may have, in lower case.
    pub columns: BTreeMap<Field, Vec<String>>,
    /// Columns of a product file, as the columns of Shopify that they are.
    pub products: BTreeMap<String, Vec<String>>,
    /// Words by field, or by column of Shopify, in lower case, and what they are here.
    pub words: BTreeMap<String, BTreeMap<String, String>>,
    /// Which rows of a product file are no variants.
    pub rows: RowRules,
    /// What is taken off the end of a field's cells.
    pub suffixes: BTreeMap<Field, String>,
    /// Columns that are kept as metadata, by key.
    pub metadata: BTreeMap<String, Vec<String>>,
}

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MappingKind {
    /// Lines of orders that were placed elsewhere.
    Orders,
    /// Variants of products.
    Products,
    /// Customers.
    Customers,
    /// Units of a variant at a location.
    Stock,
}

/// How letters are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum Encoding {
    /// UTF-8; a byte order mark is skipped.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// ISO 8859-1, one byte a letter.
    #[serde(rename = "latin-1")]
    Latin1,
}

/// What a price with more decimals than its currency is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExcessPrecision {
    /// Wrong.
    #[default]
    Error,
    /// Exact: the total of its line is rounded once, half to even, and the price is kept as text.
    LineTotal,
}

/// What became of an order of which no column says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PastState {
    /// It was placed.
    #[default]
    Placed,
    /// It was paid at once.
    Paid,
    /// It was paid and delivered at once.
    Completed,
}

/// What holds for all orders of a file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrderRules {
    /// The currency of orders that name none; without it, the shop's.
    #[serde(deserialize_with = "currency")]
    pub currency: Option<Currency>,
    /// Where the clocks of times without an offset hang, by its IANA name; without it, UTC.
    pub timezone: Option<String>,
    /// How times are written, as `strftime` has it; RFC 3339 is always read.
    pub dates: Vec<String>,
    /// What became of orders of which no column says it.
    pub state: PastState,
    /// What prices with too many decimals are.
    pub excess_precision: ExcessPrecision,
    /// What references of cancellations begin with.
    pub cancellation_prefix: Option<String>,
    /// Whether units below zero at price 0 are goods that were lost.
    pub write_offs: bool,
}

/// Which rows of a product file are no variants.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RowRules {
    /// Whether the first of several rows of a product is the product alone.
    pub product_first: bool,
    /// The column with the currency of a row's price. A second row with the handle and SKU of another is one more price of it.
    pub currency: Option<String>,
}

fn currency<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Currency>, D::Error> {
    Currency::deserialize(deserializer).map(Some)
}

/// A mapping file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: MappingKind,
    #[serde(default)]
    title: String,
    delimiter: Option<char>,
    #[serde(default)]
    encoding: Encoding,
    #[serde(default)]
    orders: OrderRules,
    columns: BTreeMap<String, Names>,
    #[serde(default)]
    words: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    rows: RowRules,
    #[serde(default)]
    suffixes: BTreeMap<String, String>,
    #[serde(default)]
    metadata: BTreeMap<String, Names>,
}

/// One name, or several that a column may have.
#[derive(Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Several(Vec<String>),
}

impl Names {
    fn lowered(self) -> Vec<String> {
        let names = match self {
            Self::One(name) => vec![name],
            Self::Several(names) => names,
        };
        names.iter().map(|name| lowered(name)).collect()
    }
}

impl Mapping {
    /// Read a mapping file.
    ///
    /// Problems: `bad_mapping` names the line or the field, and what may stand there.
    pub fn parse(name: &str, text: &str) -> Result<Self, Problem> {
        let file: File = toml::from_str(text).map_err(|error| bad(name, error))?;
        let delimiter = match file.delimiter.map(u8::try_from) {
            None => None,
            Some(Ok(byte)) if !matches!(byte, b'"' | b'\r' | b'\n') => Some(byte),
            Some(_) => return Err(bad(name, "delimiter is one ASCII character, such as ';'")),
        };
        let mut mapping = Self {
            name: name.to_owned(),
            title: file.title,
            kind: file.kind,
            delimiter,
            encoding: file.encoding,
            orders: file.orders,
            columns: BTreeMap::new(),
            products: BTreeMap::new(),
            words: file
                .words
                .into_iter()
                .map(|(of, words)| (of.to_lowercase(), words_lowered(words)))
                .collect(),
            rows: file.rows,
            suffixes: BTreeMap::new(),
            metadata: file.metadata.into_iter().map(|(key, names)| (key, names.lowered())).collect(),
        };
        mapping.take_columns(file.columns)?;
        for (field, suffix) in file.suffixes {
            mapping.suffixes.insert(mapping.field(&field, "suffixes")?, suffix);
        }
        if mapping.kind != MappingKind::Products {
            for field in mapping.words.keys() {
                mapping.field(field, "words")?;
            }
        }
        mapping.check()?;
        Ok(mapping)
    }

    fn take_columns(&mut self, columns: BTreeMap<String, Names>) -> Result<(), Problem> {
        for (field, names) in columns {
            let names = names.lowered();
            match self.kind {
                MappingKind::Products => drop(self.products.insert(field.to_lowercase(), names)),
                _ => drop(self.columns.insert(self.field(&field, "columns")?, names)),
            }
        }
        Ok(())
    }

    fn field(&self, word: &str, section: &str) -> Result<Field, Problem> {
        let named = self.kind.fields().find(|(_, known)| *known == word);
        named.map(|(field, _)| field).ok_or_else(|| {
            let words: Vec<&str> = self.kind.fields().map(|(_, word)| word).collect();
            let (of, words) = (self.kind.noun(), words.join(", "));
            bad(&self.name, format!("[{section}] '{word}' is not a field; the fields of {of} are {words}"))
        })
    }

    /// The members that it names, of files with a JSON object in each line.
    pub(super) fn members(&self) -> Vec<String> {
        let named = self.columns.values().chain(self.metadata.values()).flatten();
        let members: BTreeSet<&String> = named.filter(|name| name.starts_with('/')).collect();
        members.into_iter().cloned().collect()
    }

    fn check(&self) -> Result<(), Problem> {
        if let Some(zone) = &self.orders.timezone {
            let detail = |error| {
                format!("timezone '{zone}' is not known ({error}); use a name such as 'Europe/London'")
            };
            jiff::tz::TimeZone::get(zone).map_err(|error| bad(&self.name, detail(error)))?;
        }
        if self.kind == MappingKind::Products {
            let missing = ["handle", "title"].into_iter().find(|column| !self.products.contains_key(*column));
            let detail = |column| {
                format!("[columns] names no column for '{column}', without which there is no product")
            };
            return missing.map_or(Ok(()), |column| Err(bad(&self.name, detail(column))));
        }
        let is_named = |field: &Field| self.columns.contains_key(field);
        if self.kind == MappingKind::Customers && !WAYS_TO_NAME.iter().any(is_named) {
            let detail =
                "[columns] names no column for 'email' or 'customer_id', by which customers are known";
            return Err(bad(&self.name, detail));
        }
        match self.kind.needed().iter().find(|field| !is_named(field)) {
            None => Ok(()),
            Some(field) => {
                let (word, of) = (field.word(), self.kind.noun());
                Err(bad(
                    &self.name,
                    format!("[columns] names no column for '{word}', without which there are no {of}"),
                ))
            }
        }
    }
}

/// The name of a column as it is compared, in lower case. That of a member of JSON (RFC 6901) is what it is.
pub(super) fn lowered(name: &str) -> String {
    let name = name.trim();
    if name.starts_with('/') { name.to_owned() } else { name.to_lowercase() }
}

/// Words are compared in lower case.
fn words_lowered(words: BTreeMap<String, String>) -> BTreeMap<String, String> {
    words.into_iter().map(|(word, here)| (word.to_lowercase(), here)).collect()
}

/// By what customers of a file are known again.
const WAYS_TO_NAME: [Field; 2] = [Field::Email, Field::CustomerId];

fn bad(name: &str, reason: impl std::fmt::Display) -> Problem {
    let reason = reason.to_string();
    Problem::new(
        Kind::Invalid,
        "bad_mapping",
        format!("the mapping '{name}' cannot be read: {}", reason.trim_end()),
    )
}

#[cfg(test)]
mod tests;

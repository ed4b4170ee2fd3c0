//! What the rows of one order say, line by line, before it is known what becomes of it.

use jiff::Timestamp;
use rust_decimal::Decimal;
use sutler_domain::inventory::QUANTITY_MAX;
use sutler_domain::orders::{EXACT_PRICE, exact_total};
use sutler_domain::{Currency, Metadata, Money, MoneyError};

use super::clock::Times;
use super::groups::Group;
use crate::transfer::header::{Header, Row, Wrong};
use crate::transfer::mapping::{ExcessPrecision, Field, Mapping};

/// One line of an order, as it stands in the file.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Its row.
    pub(super) row: u64,
    /// The code of the variant.
    pub(super) sku: String,
    /// What it is called.
    pub(super) title: String,
    /// Units; below zero for what came back.
    pub(super) quantity: i64,
    /// What one costs, rounded to the minor unit.
    pub(super) unit_price: i64,
    /// What one costs, as text, when it has more decimals.
    pub(super) exact_price: Option<String>,
    /// Units × price, rounded once.
    pub(super) amount: i64,
}

/// What becomes of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was sold.
    Sold,
    /// It takes units back.
    TakenBack,
    /// Goods that were lost.
    Lost,
    /// It cannot be taken.
    Wrong(Wrong),
}

/// The rows of one order, read.
pub(super) struct Lines {
    pub(super) currency: Currency,
    pub(super) placed_at: Timestamp,
    pub(super) all: Vec<(Line, Fate)>,
    /// Whether a reference says that it takes units back.
    pub(super) is_cancellation: bool,
    /// Whether something is wrong with the order as a whole.
    pub(super) is_broken: bool,
}

/// How the rows of a file are read.
pub(super) struct Reader<'m> {
    pub(super) mapping: &'m Mapping,
    pub(super) times: Times,
    pub(super) currency: Currency,
}

impl<'m> Reader<'m> {
    pub(super) fn of(mapping: &'m Mapping, shop: Currency) -> Self {
        let currency = mapping.orders.currency.unwrap_or(shop);
        Self { mapping, times: Times::of(&mapping.orders), currency }
    }

    /// Read the rows of an order. A fault of the order is told for its first row.
    pub(super) fn lines(&self, header: &Header, group: &Group) -> Lines {
        let mut faults: Vec<Wrong> = Vec::new();
        let first = group.rows.first();
        let currency = first.map_or(Ok(self.currency), |row| self.currency_of(header, row));
        let currency = currency.unwrap_or_else(|wrong| {
            faults.push(wrong);
            self.currency
        });
        let when = first.map_or("", |row| header.cell(row, Field::PlacedAt));
        let placed_at = self.times.read(when).unwrap_or_else(|wrong| {
            faults.push(wrong);
            Timestamp::UNIX_EPOCH
        });
        if group.reference.is_empty() {
            let name = self.mapping.columns.get(&Field::Reference).and_then(|names| names.first());
            let name = name.map_or("", String::as_str);
            faults.push(("reference_missing", format!("'{name}' is empty; each row names its order")));
        }
        let prefix = self.mapping.orders.cancellation_prefix.as_deref();
        let is_cancellation = prefix.is_some_and(|prefix| group.reference.starts_with(prefix));
        let is_broken = !faults.is_empty();
        let mut lines: Vec<(Line, Fate)> = Vec::with_capacity(group.rows.len());
        for row in &group.rows {
            let shape =
                group.wrong.iter().find(|(wrong, _)| *wrong == row.row).map(|(_, wrong)| wrong.clone());
            let (line, read) = self.line(header, row, currency);
            let fate = match shape.or_else(|| faults.pop()).map_or(read, Err) {
                Ok(()) => self.fate(&line, is_cancellation),
                Err(wrong) => Fate::Wrong(wrong),
            };
            lines.push((line, fate));
        }
        Lines { currency, placed_at, all: lines, is_cancellation, is_broken }
    }

    fn currency_of(&self, header: &Header, row: &Row) -> Result<Currency, Wrong> {
        match header.cell(row, Field::Currency) {
            "" => Ok(self.currency),
            code => Currency::parse(code).map_err(|error| ("unknown_currency", error.to_string())),
        }
    }

    /// What a row says; of a wrong one, what can be read of it.
    fn line(&self, header: &Header, row: &Row, currency: Currency) -> (Line, Result<(), Wrong>) {
        let cell = |field| header.cell(row, field);
        let (sku, title) = (cell(Field::Sku).to_owned(), cell(Field::Title).to_owned());
        let quantity = cell(Field::Quantity);
        let units = quantity.parse::<i64>().ok().filter(|units| units.abs() <= QUANTITY_MAX);
        let price = self.price(cell(Field::UnitPrice), currency, units.unwrap_or_default());
        let wrong = match (&units, &price) {
            (None, _) => Err((
                "not_a_number",
                format!("'{quantity}' is not a whole number of units up to {QUANTITY_MAX}"),
            )),
            (_, Err(wrong)) => Err(wrong.clone()),
            _ if sku.is_empty() && title.is_empty() => {
                Err(("sku_missing", "names neither a code nor a title; a line says what was sold".to_owned()))
            }
            _ => Ok(()),
        };
        let (unit_price, amount, exact_price) = price.unwrap_or((0, 0, None));
        let (quantity, row) = (units.unwrap_or_default(), row.row);
        (Line { row, sku, title, quantity, unit_price, exact_price, amount }, wrong)
    }

    /// The price of one, the amount of all, and the price as text when it was rounded.
    fn price(&self, text: &str, currency: Currency, units: i64) -> Result<(i64, i64, Option<String>), Wrong> {
        match Money::from_decimal(text, currency) {
            Ok(price) => {
                let amount = price.times(units).map_err(|error| ("money_format", error.to_string()))?;
                Ok((price.amount, amount.amount, None))
            }
            Err(MoneyError::ExcessPrecision { .. })
                if self.mapping.orders.excess_precision == ExcessPrecision::LineTotal =>
            {
                let text = text.trim().parse::<Decimal>().unwrap_or_default().normalize().to_string();
                let metadata = Metadata::from([(EXACT_PRICE.to_owned(), text.clone())]);
                let of = |units: i64| exact_total(&metadata, units, currency);
                let beyond = || ("money_format", MoneyError::Overflow.to_string());
                let (one, all) = of(1).zip(of(units)).ok_or_else(beyond)?;
                Ok((one, all, Some(text)))
            }
            Err(error @ MoneyError::ExcessPrecision { .. }) => {
                let advice = "say excess_precision = \"line_total\" in the mapping to round each line once";
                Err(("excess_precision", format!("{error}; {advice}")))
            }
            Err(error) => Err(("money_format", error.to_string())),
        }
    }

    fn fate(&self, line: &Line, is_cancellation: bool) -> Fate {
        let wrong = |code, words: String| Fate::Wrong((code, words));
        let Line { quantity, unit_price, .. } = *line;
        let is_negative =
            unit_price < 0 || line.exact_price.as_ref().is_some_and(|text| text.starts_with('-'));
        if is_negative {
            let words =
                "the price is below zero: an adjustment of the books, which is no order; enter it there";
            wrong("negative_price", words.to_owned())
        } else if quantity == 0 {
            wrong("no_quantity", "has no units".to_owned())
        } else if is_cancellation && quantity > 0 {
            wrong("cancellation_adds", format!("{quantity} units are added by a cancellation"))
        } else if is_cancellation {
            Fate::TakenBack
        } else if quantity > 0 {
            Fate::Sold
        } else if unit_price == 0 && self.mapping.orders.write_offs {
            Fate::Lost
        } else {
            wrong("negative_quantity", format!("{quantity} units are below zero, and nothing says why"))
        }
    }
}

/// Rows of one order that name another time or customer than its first one.
pub(super) fn differences(header: &Header, group: &Group) -> Vec<(u64, Wrong)> {
    let Some((first, rest)) = group.rows.split_first() else { return Vec::new() };
    let mut warnings = Vec::new();
    for row in rest {
        for field in [Field::PlacedAt, Field::CustomerId] {
            let (stands, other) = (header.cell(first, field), header.cell(row, field));
            // Some exports say what is of the order in its first row alone.
            if !other.is_empty() && other != stands {
                let words = format!(
                    "{} is '{other}', in row {} of the same order it is '{stands}', which stands",
                    field.word(),
                    first.row
                );
                warnings.push((row.row, ("differs_from_first_row", words)));
            }
        }
    }
    warnings
}

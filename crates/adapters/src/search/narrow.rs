//! What was chosen: of each facet one of its values, and a price. A product that fails one choice only is no hit, but
//! counts for the values of that facet: they say what one would get by choosing another.

use std::ops::{Bound, Range};

use sutler_app::ports::search::{Facet, PriceRange, SearchQuery};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, SegmentReader};

use super::schema::{BETWEEN, name, option};

/// What was chosen, in terms of one segment.
pub(super) struct Narrow {
    choices: Vec<Choice>,
}

/// How a product stands to what was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has all of it.
    Hit,
    /// It has all but this one.
    But(usize),
    /// It lacks more.
    No,
}

struct Choice {
    /// `None`: the price.
    facet: Option<Facet>,
    test: Test,
}

enum Test {
    OneOf { column: Option<StrColumn>, chosen: Vec<u64> },
    Price(Prices),
}

/// The prices of products of a segment in one currency.
pub(super) struct Prices {
    range: PriceRange,
    amounts: Column<i64>,
    currencies: Option<StrColumn>,
    /// The place of the currency among those of the segment.
    currency: Option<u64>,
}

impl Prices {
    pub(super) fn of(range: &PriceRange, segment: &SegmentReader) -> tantivy::Result<Self> {
        let currencies = segment.fast_fields().str(name::CURRENCY)?;
        let currency = match &currencies {
            Some(column) => column.dictionary().term_ord(&range.currency)?,
            None => None,
        };
        let amounts = segment.fast_fields().i64(name::PRICE)?;
        Ok(Self { range: range.clone(), amounts, currencies, currency })
    }

    /// The prices of a product; none where they are in another currency.
    pub(super) fn amounts(&self, doc: DocId) -> impl Iterator<Item = i64> {
        let currency = self.currencies.as_ref().and_then(|column| column.ords().first(doc));
        let is_it = self.currency.is_some() && currency == self.currency;
        is_it.then(|| self.amounts.values_for_doc(doc)).into_iter().flatten()
    }
}

impl Narrow {
    pub(super) fn of(query: &SearchQuery, segment: &SegmentReader) -> tantivy::Result<Self> {
        let mut choices = Vec::new();
        for (facet, values) in &query.chosen {
            let column = column(facet, segment)?;
            let mut chosen = Vec::new();
            if let Some(column) = &column {
                for value in values {
                    let term = match facet {
                        Facet::Option(name) => option(name, value),
                        _ => value.clone(),
                    };
                    chosen.extend(column.dictionary().term_ord(&term)?);
                }
            }
            choices.push(Choice { facet: Some(facet.clone()), test: Test::OneOf { column, chosen } });
        }
        if query.price.is_bounded() {
            choices.push(Choice { facet: None, test: Test::Price(Prices::of(&query.price, segment)?) });
        }
        Ok(Self { choices })
    }

    /// Which choice is about a facet, or for `None` about the price.
    pub(super) fn choice(&self, facet: Option<&Facet>) -> Option<usize> {
        self.choices.iter().position(|choice| choice.facet.as_ref() == facet)
    }

    /// The choices about options, each with where its values are among all values of options.
    pub(super) fn options(&self, column: &StrColumn) -> tantivy::Result<Vec<(Range<u64>, usize)>> {
        let mut found = Vec::new();
        for (number, choice) in self.choices.iter().enumerate() {
            if let Some(Facet::Option(name)) = &choice.facet {
                let from = format!("{name}{BETWEEN}");
                let until = format!("{name}\u{20}");
                let bounds = column
                    .dictionary()
                    .term_bounds_to_ord(Bound::Included(&from), Bound::Excluded(&until))?;
                found.push((range(bounds), number));
            }
        }
        Ok(found)
    }

    pub(super) fn judge(&self, doc: DocId) -> Verdict {
        let mut verdict = Verdict::Hit;
        for (number, choice) in self.choices.iter().enumerate() {
            let has = match &choice.test {
                Test::OneOf { column: Some(column), chosen } => {
                    column.ords().values_for_doc(doc).any(|value| chosen.contains(&value))
                }
                Test::OneOf { column: None, .. } => false,
                Test::Price(prices) => prices.amounts(doc).any(|amount| prices.range.has(amount)),
            };
            verdict = match (has, verdict) {
                (true, before) => before,
                (false, Verdict::Hit) => Verdict::But(number),
                (false, _) => return Verdict::No,
            };
        }
        verdict
    }
}

/// The values of a facet in a segment; `None` where no product has any.
pub(super) fn column(facet: &Facet, segment: &SegmentReader) -> tantivy::Result<Option<StrColumn>> {
    segment.fast_fields().str(match facet {
        Facet::Vendor => name::VENDOR,
        Facet::ProductType => name::PRODUCT_TYPE,
        Facet::Tag => name::TAG,
        Facet::Option(_) => name::OPTION,
    })
}

fn range((from, until): (Bound<u64>, Bound<u64>)) -> Range<u64> {
    let from = match from {
        Bound::Included(at) => at,
        Bound::Excluded(at) => at.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let until = match until {
        Bound::Included(at) => at.saturating_add(1),
        Bound::Excluded(at) => at,
        Bound::Unbounded => u64::MAX,
    };
    from..until
}

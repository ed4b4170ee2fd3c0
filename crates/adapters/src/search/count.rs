//! Counts beside the rows: of each value of a facet the products that have it, by the value's place in its segment.

use std::ops::Range;

use sutler_app::ports::search::{Facet, FacetKind, SearchQuery};
use tantivy::columnar::StrColumn;
use tantivy::{DocId, SegmentReader, TantivyError};

use super::collect::Gathered;
use super::narrow::{Narrow, Prices, Verdict, column};
use super::schema::BETWEEN;

/// What counts one facet in one segment.
pub(super) enum Counter {
    Values(Values),
    Price { prices: Prices, own: Option<usize>, seen: Option<(i64, i64)> },
}

/// The values of a facet, or of all options.
pub(super) struct Values {
    /// `None`: of options, whose names stand before the values.
    facet: Option<Facet>,
    column: StrColumn,
    counts: Vec<u64>,
    /// The choices that are about values of this facet, and where those are.
    own: Vec<(Range<u64>, usize)>,
}

impl Counter {
    /// The counters that a query asks for.
    pub(super) fn all(
        query: &SearchQuery,
        narrow: &Narrow,
        segment: &SegmentReader,
    ) -> tantivy::Result<Vec<Self>> {
        let mut counters = Vec::new();
        for kind in &query.facets {
            let facet = match kind {
                FacetKind::Vendor => Facet::Vendor,
                FacetKind::ProductType => Facet::ProductType,
                FacetKind::Tag => Facet::Tag,
                FacetKind::Option => Facet::Option(String::new()),
                FacetKind::Price => {
                    let prices = Prices::of(&query.price, segment)?;
                    counters.push(Self::Price { prices, own: narrow.choice(None), seen: None });
                    continue;
                }
            };
            let Some(column) = column(&facet, segment)? else { continue };
            let counts = vec![0; column.num_terms()];
            let (facet, own) = match facet {
                Facet::Option(_) => (None, narrow.options(&column)?),
                facet => {
                    let own = narrow.choice(Some(&facet)).map(|choice| (0..u64::MAX, choice));
                    (Some(facet), own.into_iter().collect())
                }
            };
            counters.push(Self::Values(Values { facet, column, counts, own }));
        }
        Ok(counters)
    }

    /// Count a product.
    pub(super) fn count(&mut self, doc: DocId, verdict: Verdict) {
        match self {
            Self::Values(values) => values.count(doc, verdict),
            Self::Price { prices, own, seen } => {
                let counts = match verdict {
                    Verdict::Hit => true,
                    Verdict::But(choice) => *own == Some(choice),
                    Verdict::No => false,
                };
                for amount in prices.amounts(doc).filter(|_| counts) {
                    *seen = add(*seen, Some((amount, amount)));
                }
            }
        }
    }

    /// Give the counts with their values as texts.
    pub(super) fn harvest(self, to: &mut Gathered) -> tantivy::Result<()> {
        match self {
            Self::Price { seen, .. } => to.price = seen,
            Self::Values(values) => values.harvest(to)?,
        }
        Ok(())
    }
}

impl Values {
    fn count(&mut self, doc: DocId, verdict: Verdict) {
        let only = match verdict {
            Verdict::Hit => 0..u64::MAX,
            Verdict::But(choice) => match self.own.iter().find(|(_, own)| *own == choice) {
                Some((range, _)) => range.clone(),
                None => return,
            },
            Verdict::No => return,
        };
        for place in self.column.ords().values_for_doc(doc) {
            let count = usize::try_from(place).ok().and_then(|place| self.counts.get_mut(place));
            if let Some(count) = count.filter(|_| only.contains(&place)) {
                *count += 1;
            }
        }
    }

    fn harvest(self, to: &mut Gathered) -> tantivy::Result<()> {
        let counted = (0..).zip(&self.counts).filter(|(_, count)| **count > 0);
        let (places, counts): (Vec<u64>, Vec<u64>) = counted.unzip();
        let (mut counts, mut is_text) = (counts.into_iter(), true);
        self.column.dictionary().sorted_ords_to_term_cb(&places, |term| {
            let (text, count) = (std::str::from_utf8(term), counts.next().unwrap_or_default());
            let Ok(text) = text else {
                is_text = false;
                return;
            };
            let (facet, value) = match (&self.facet, text.split_once(BETWEEN)) {
                (Some(facet), _) => (facet.clone(), text),
                (None, Some((name, value))) => (Facet::Option(name.to_owned()), value),
                (None, None) => return,
            };
            to.counts.entry(facet).or_default().insert(value.to_owned(), count);
        })?;
        if is_text {
            Ok(())
        } else {
            Err(TantivyError::SystemError("a value of a facet is no text".to_owned()))
        }
    }
}

/// The range of two ranges.
pub(super) fn add(one: Option<(i64, i64)>, other: Option<(i64, i64)>) -> Option<(i64, i64)> {
    match (one, other) {
        (Some((low, high)), Some((lower, higher))) => Some((low.min(lower), high.max(higher))),
        (one, other) => one.or(other),
    }
}

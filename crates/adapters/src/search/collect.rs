//! What is gathered of the products that answer: the rows of one page and, in the same pass, the counts beside them.
//!
//! Rows are compared by two numbers, the key and the tie. A key is a number in any case: points, an amount, a time, or the
//! place of a title among those of its segment; whatever is sorted the other way round has its bits turned over, so that
//! the smallest come first. Only where segments are put together, titles are compared as texts.

use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Bound;
use std::sync::Arc;

use sutler_app::page::From;
use sutler_app::ports::search::{Facet, SearchFailure, SearchQuery, SearchSort, SortKey};
use sutler_app::search::relevance;
use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::{DocId, Score, SegmentReader, i64_to_u64, u64_to_i64};

use super::count::{Counter, add};
use super::narrow::{Narrow, Verdict};
use super::query::bound;
use super::schema::name;

/// A row of the page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) key: SortKey,
    tie: u64,
    pub(super) id: String,
}

/// What was gathered.
#[derive(Default)]
pub(super) struct Gathered {
    pub(super) rows: Vec<Row>,
    pub(super) counts: BTreeMap<Facet, BTreeMap<String, u64>>,
    pub(super) price: Option<(i64, i64)>,
    pub(super) total: u64,
}

/// What to gather.
pub(super) struct Collect {
    query: Arc<SearchQuery>,
    bound: Option<(SortKey, u64)>,
    /// Whether the largest come first: as asked, or against it for a page before a cursor.
    is_turned: bool,
    /// One row more than the page has: whether there is a next one.
    rows_max: usize,
}

impl Collect {
    pub(super) fn new(query: Arc<SearchQuery>) -> Result<Self, SearchFailure> {
        let bound = bound(&query)?;
        let is_turned = query.descending != matches!(query.page.from, From::Before(_));
        let rows_max = usize::try_from(query.page.limit).unwrap_or(usize::MAX).saturating_add(1);
        Ok(Self { query, bound, is_turned, rows_max })
    }
}

impl Collector for Collect {
    type Fruit = Gathered;
    type Child = OfSegment;

    fn for_segment(&self, _: u32, segment: &SegmentReader) -> tantivy::Result<OfSegment> {
        let fast = segment.fast_fields();
        let number = |field| fast.column_first_or_default::<i64>(field).map(Keys::Number);
        let keys = match self.query.sort {
            SearchSort::Relevance => Keys::Points(fast.column_first_or_default(name::TITLE_RANK)?),
            SearchSort::Title => Keys::Title(fast.str(name::TITLE_KEY)?),
            SearchSort::Price => number(name::PRICE_LOW)?,
            SearchSort::CreatedAt => number(name::CREATED_AT)?,
            SearchSort::UpdatedAt => number(name::UPDATED_AT)?,
        };
        let bound = match &self.bound {
            Some((key, tie)) => keys.bound(key, *tie, self.is_turned)?,
            None => None,
        };
        let narrow = Narrow::of(&self.query, segment)?;
        Ok(OfSegment {
            counters: Counter::all(&self.query, &narrow, segment)?,
            narrow,
            keys,
            ties: fast.column_first_or_default(name::TIE)?,
            ids: fast.str(name::ID)?,
            bound,
            is_turned: self.is_turned,
            rows_max: self.rows_max,
            top: BinaryHeap::new(),
            total: 0,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.query.sort == SearchSort::Relevance
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Gathered>>) -> tantivy::Result<Gathered> {
        let mut all = Gathered::default();
        for segment in segments {
            let segment = segment?;
            all.rows.extend(segment.rows);
            all.total += segment.total;
            for (facet, counts) in segment.counts {
                let known = all.counts.entry(facet).or_default();
                for (value, count) in counts {
                    *known.entry(value).or_default() += count;
                }
            }
            all.price = add(all.price, segment.price);
        }
        if self.is_turned {
            all.rows.sort_unstable_by(|a, b| b.cmp(a));
        } else {
            all.rows.sort_unstable();
        }
        all.rows.truncate(self.rows_max);
        Ok(all)
    }
}

/// What products of a segment are sorted by.
enum Keys {
    Points(Arc<dyn ColumnValues<u64>>),
    Number(Arc<dyn ColumnValues<i64>>),
    Title(Option<StrColumn>),
}

impl Keys {
    fn of(&self, doc: DocId, score: Score) -> u64 {
        match self {
            Self::Points(ranks) => i64_to_u64(relevance(whole(score), ranks.get_val(doc))),
            Self::Number(numbers) => i64_to_u64(numbers.get_val(doc)),
            Self::Title(titles) => titles.as_ref().and_then(|t| t.ords().first(doc)).unwrap_or_default(),
        }
    }

    /// What rows must come after; `None`: all do.
    fn bound(&self, key: &SortKey, tie: u64, is_turned: bool) -> tantivy::Result<Option<(u64, u64)>> {
        let exactly = |key: u64| Some(turned((key, tie), is_turned));
        Ok(match (self, key) {
            (Self::Title(Some(titles)), SortKey::Text(text)) => {
                let dictionary = titles.dictionary();
                if let Some(place) = dictionary.term_ord(text)? {
                    return Ok(exactly(place));
                }
                // The title is of another segment: its place here is before the next one, and has no ties.
                let from = dictionary.term_bounds_to_ord(Bound::Included(text), Bound::Unbounded)?.0;
                let next = match from {
                    Bound::Included(next) | Bound::Excluded(next) => next,
                    Bound::Unbounded => 0,
                };
                if is_turned {
                    Some((!next, u64::MAX))
                } else {
                    next.checked_sub(1).map(|last| (last, u64::MAX))
                }
            }
            (_, SortKey::Number(number)) => exactly(i64_to_u64(*number)),
            (_, SortKey::Text(_)) => None,
        })
    }

    /// The key as it is on its own.
    fn shown(&self, key: u64) -> tantivy::Result<SortKey> {
        Ok(match self {
            Self::Points(_) | Self::Number(_) => SortKey::Number(u64_to_i64(key)),
            Self::Title(titles) => {
                let mut text = String::new();
                if let Some(titles) = titles {
                    titles.ord_to_str(key, &mut text)?;
                }
                SortKey::Text(text)
            }
        })
    }
}

const fn turned((key, tie): (u64, u64), is_turned: bool) -> (u64, u64) {
    if is_turned { (!key, !tie) } else { (key, tie) }
}

/// Points are small whole numbers, which a score holds exactly.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of a few points, none of which is negative or has a fraction"
)]
const fn whole(score: Score) -> u32 {
    score as u32
}

/// What is gathered of one segment.
pub(super) struct OfSegment {
    keys: Keys,
    ties: Arc<dyn ColumnValues<u64>>,
    ids: Option<StrColumn>,
    bound: Option<(u64, u64)>,
    is_turned: bool,
    rows_max: usize,
    /// The first rows, the last of them on top.
    top: BinaryHeap<((u64, u64), DocId)>,
    narrow: Narrow,
    counters: Vec<Counter>,
    total: u64,
}

impl OfSegment {
    fn row(&self, (key, tie): (u64, u64), doc: DocId) -> tantivy::Result<Row> {
        let (key, tie) = turned((key, tie), self.is_turned);
        let mut id = String::new();
        if let Some(ids) = &self.ids {
            ids.ord_to_str(ids.ords().first(doc).unwrap_or_default(), &mut id)?;
        }
        Ok(Row { key: self.keys.shown(key)?, tie, id })
    }
}

impl SegmentCollector for OfSegment {
    type Fruit = tantivy::Result<Gathered>;

    fn collect(&mut self, doc: DocId, score: Score) {
        let verdict = self.narrow.judge(doc);
        if verdict == Verdict::No {
            return;
        }
        for counter in &mut self.counters {
            counter.count(doc, verdict);
        }
        if verdict != Verdict::Hit {
            return;
        }
        self.total += 1;
        let place = turned((self.keys.of(doc, score), self.ties.get_val(doc)), self.is_turned);
        if self.bound.is_some_and(|bound| place <= bound) {
            return;
        }
        if self.top.len() < self.rows_max {
            self.top.push((place, doc));
        } else if let Some(mut last) = self.top.peek_mut()
            && (place, doc) < *last
        {
            *last = (place, doc);
        }
    }

    fn harvest(mut self) -> Self::Fruit {
        let mut gathered = Gathered { total: self.total, ..Gathered::default() };
        for counter in std::mem::take(&mut self.counters) {
            counter.harvest(&mut gathered)?;
        }
        let top = std::mem::take(&mut self.top);
        gathered.rows =
            top.into_iter().map(|(place, doc)| self.row(place, doc)).collect::<tantivy::Result<_>>()?;
        Ok(gathered)
    }
}

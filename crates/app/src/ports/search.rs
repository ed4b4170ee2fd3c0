//! The index of the catalog: a cache that every node has of its own, built out of the catalog and the log.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use sutler_domain::ProductId;
use sutler_domain::catalog::ProductStatus;

use super::feed::FeedCursor;
use super::reads::Span;
use crate::page::{Cursor, Page, PageRequest};
use crate::search::{Document, FACET_OPTIONS_MAX, FACET_VALUES_MAX, Wanted, tie};

/// Which of the two indexes there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that answers.
    Served,
    /// The one that is being built beside it.
    Next,
}

/// What the index that answers is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// What it has seen of the log.
    pub at: FeedCursor,
    /// Whether it is as this version of the program builds it; another one answers until it is built anew.
    pub is_current: bool,
}

/// A change of one document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentChange {
    /// It is so now.
    Put(Box<Document>),
    /// It is so, and was not there before: for an index that is being filled, where whatever changes meanwhile is put
    /// again after the first commit.
    Add(Box<Document>),
    /// It is gone.
    Remove(ProductId),
}

/// What products can be narrowed down by and counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facet {
    /// Who makes it.
    Vendor,
    /// What sort of thing it is.
    ProductType,
    /// Words to find it by.
    Tag,
    /// The choices of the option with this name.
    Option(String),
}

/// Which facets are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FacetKind {
    /// Vendors.
    Vendor,
    /// Types.
    ProductType,
    /// Tags.
    Tag,
    /// Options, each by its name.
    Option,
    /// The lowest and the highest price.
    Price,
}

/// A range of prices in one currency; both ends optional and inclusive, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PriceRange {
    /// The code of the currency.
    pub currency: String,
    /// This or more.
    pub min: Option<i64>,
    /// This or less.
    pub max: Option<i64>,
}

impl PriceRange {
    /// Whether it leaves anything out.
    pub const fn is_bounded(&self) -> bool {
        self.min.is_some() || self.max.is_some()
    }

    /// Whether an amount of its currency is in it.
    pub fn has(&self, amount: i64) -> bool {
        self.min.is_none_or(|min| amount >= min) && self.max.is_none_or(|max| amount <= max)
    }
}

/// How what was found is sorted; ties are broken by [`tie`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchSort {
    /// By how well it answers.
    Relevance,
    /// By title.
    #[default]
    Title,
    /// By the lowest price of its variants; products in other currencies are left out.
    Price,
    /// By the time it was made.
    CreatedAt,
    /// By the time it was last changed.
    UpdatedAt,
}

impl SearchSort {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relevance => "relevance",
            Self::Title => "title",
            Self::Price => "price",
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
        }
    }
}

/// What a product is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SortKey {
    /// Points, minor units, or microseconds since 1970.
    Number(i64),
    /// Text, by bytes.
    Text(String),
}

impl SortKey {
    /// The cursor of a product with this key.
    pub fn cursor(&self, sort: SearchSort, product_id: &ProductId) -> Cursor {
        let key = match self {
            Self::Number(number) => format!("{}:{number}", sort.as_str()),
            Self::Text(text) => format!("{}:{text}", sort.as_str()),
        };
        Cursor { key, id: product_id.to_string() }
    }

    /// The key and the tie of a cursor; `None` when it is one of another order.
    pub fn of_cursor(cursor: &Cursor, sort: SearchSort) -> Option<(Self, u64)> {
        let value = cursor.key.strip_prefix(sort.as_str())?.strip_prefix(':')?;
        let key = match sort {
            SearchSort::Title => Self::Text(value.to_owned()),
            _ => Self::Number(value.parse().ok()?),
        };
        Some((key, tie(&cursor.id)))
    }
}

/// Which products.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// With every one of these words; none: any product.
    pub words: Vec<Wanted>,
    /// In these statuses; empty: any.
    pub status: Vec<ProductStatus>,
    /// With one of the values of each; an empty value is nobody's.
    pub chosen: BTreeMap<Facet, BTreeSet<String>>,
    /// With a variant at such a price.
    pub price: PriceRange,
    /// Made in this span.
    pub created: Span,
    /// Changed in this span.
    pub updated: Span,
    /// How sorted.
    pub sort: SearchSort,
    /// Largest first.
    pub descending: bool,
    /// Which page.
    pub page: PageRequest,
    /// What is counted beside.
    pub facets: BTreeSet<FacetKind>,
}

/// How many products have a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// How many products have it, of those that answer everything else that is asked.
    pub count: u64,
}

/// What was counted beside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// The values of each facet, the most frequent first.
    pub values: BTreeMap<Facet, Vec<FacetValue>>,
    /// The lowest and the highest price, in minor units.
    pub price: Option<(i64, i64)>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The products of the page, in order.
    pub page: Page<ProductId>,
    /// What was counted beside.
    pub facets: Facets,
}

/// Why the index did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchFailure {
    /// There is none that answers.
    #[error("there is no index yet")]
    NoIndex,
    /// A cursor that this order never gave.
    #[error("the cursor is not one of this order")]
    BadCursor,
    /// It cannot be read or written.
    #[error("the index cannot be used: {0}")]
    Broken(String),
}

/// An index of products. One of them answers, while another may be built beside it.
#[async_trait]
pub trait Search: Send + Sync {
    /// Take up what is there from before, if it can be read; a second time it does nothing.
    async fn open(&self) -> Result<(), SearchFailure>;

    /// What answers now; `None` when nothing does.
    fn served(&self) -> Option<Served>;

    /// Begin an empty index beside the one that answers; one that was begun before is given up.
    async fn begin(&self) -> Result<(), SearchFailure>;

    /// Change documents. It is seen, and kept, from the next commit on.
    async fn write(&self, side: Side, changes: Vec<DocumentChange>) -> Result<(), SearchFailure>;

    /// Keep what was written since the last commit, with what of the log is in it: both or nothing. After a failure the
    /// index is as it was at the last commit.
    async fn commit(&self, side: Side, at: &FeedCursor) -> Result<(), SearchFailure>;

    /// Let the one that was begun answer from now on, as of its last commit.
    async fn serve_next(&self) -> Result<(), SearchFailure>;

    /// Let nothing answer, and give up what is there.
    async fn discard(&self) -> Result<(), SearchFailure>;

    /// Search the one that answers.
    async fn find(&self, query: &SearchQuery) -> Result<Found, SearchFailure>;
}

impl Facets {
    /// Counts in the order in which they are shown, and as many as are shown.
    pub fn shown(counts: BTreeMap<Facet, BTreeMap<String, u64>>, price: Option<(i64, i64)>) -> Self {
        let mut values: BTreeMap<Facet, Vec<FacetValue>> = BTreeMap::new();
        let mut options = Vec::new();
        for (facet, counts) in counts {
            let ranked = ranked(counts);
            if matches!(facet, Facet::Option(_)) {
                options.push((ranked.iter().map(|value| value.count).sum::<u64>(), facet, ranked));
            } else {
                values.insert(facet, ranked);
            }
        }
        options.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        values.extend(options.into_iter().take(FACET_OPTIONS_MAX).map(|(_, facet, ranked)| (facet, ranked)));
        Self { values, price }
    }
}

/// The most frequent first, equal ones by name.
fn ranked(counts: BTreeMap<String, u64>) -> Vec<FacetValue> {
    let mut values: Vec<FacetValue> =
        counts.into_iter().map(|(value, count)| FacetValue { value, count }).collect();
    values.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.value.cmp(&b.value)));
    values.truncate(FACET_VALUES_MAX);
    values
}

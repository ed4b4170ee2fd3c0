//! The simplest index there is: it looks at every document for every query. What it answers is what every other index must
//! answer.

use std::collections::BTreeMap;

use async_trait::async_trait;
use parking_lot::Mutex;
use sutler_app::page::{From, Page};
use sutler_app::ports::reads::Span;
use sutler_app::ports::search::{
    DocumentChange, Facet, FacetKind, Facets, Found, SearchFailure, SearchQuery, SearchSort, Served, Side,
    SortKey,
};
use sutler_app::ports::{FeedCursor, Search};
use sutler_app::search::{Document, tie};
use sutler_domain::ProductId;

type Documents = BTreeMap<ProductId, Document>;

/// An index in memory that is searched from one end to the other.
#[derive(Default)]
pub struct LinearIndex(Mutex<State>);

#[derive(Default)]
struct State {
    served: Option<Shelf>,
    next: Option<Shelf>,
}

#[derive(Default)]
struct Shelf {
    kept: Documents,
    written: Vec<DocumentChange>,
    at: FeedCursor,
}

impl LinearIndex {
    fn with<T>(&self, side: Side, work: impl FnOnce(&mut Shelf) -> T) -> Result<T, SearchFailure> {
        let mut state = self.0.lock();
        let asked = match side {
            Side::Served => state.served.as_mut(),
            Side::Next => state.next.as_mut(),
        };
        asked.map(work).ok_or(SearchFailure::NoIndex)
    }
}

#[async_trait]
impl Search for LinearIndex {
    async fn open(&self) -> Result<(), SearchFailure> {
        Ok(())
    }

    fn served(&self) -> Option<Served> {
        self.0.lock().served.as_ref().map(|shelf| Served { at: shelf.at.clone(), is_current: true })
    }

    async fn begin(&self) -> Result<(), SearchFailure> {
        self.0.lock().next = Some(Shelf::default());
        Ok(())
    }

    async fn write(&self, side: Side, changes: Vec<DocumentChange>) -> Result<(), SearchFailure> {
        self.with(side, |shelf| shelf.written.extend(changes))
    }

    async fn commit(&self, side: Side, at: &FeedCursor) -> Result<(), SearchFailure> {
        self.with(side, |shelf| {
            for change in std::mem::take(&mut shelf.written) {
                match change {
                    DocumentChange::Put(document) | DocumentChange::Add(document) => {
                        shelf.kept.insert(document.product_id.clone(), *document);
                    }
                    DocumentChange::Remove(id) => {
                        shelf.kept.remove(&id);
                    }
                }
            }
            shelf.at = at.clone();
        })
    }

    async fn serve_next(&self) -> Result<(), SearchFailure> {
        let mut state = self.0.lock();
        state.served = Some(state.next.take().ok_or(SearchFailure::NoIndex)?);
        Ok(())
    }

    async fn discard(&self) -> Result<(), SearchFailure> {
        *self.0.lock() = State::default();
        Ok(())
    }

    async fn find(&self, query: &SearchQuery) -> Result<Found, SearchFailure> {
        self.with(Side::Served, |shelf| find(&shelf.kept, query))?
    }
}

/// A product of a page: by what it is sorted, and whose it is.
type Row = (SortKey, u64, ProductId);

fn find(documents: &Documents, query: &SearchQuery) -> Result<Found, SearchFailure> {
    let bound = match &query.page.from {
        From::Start => None,
        From::After(cursor) | From::Before(cursor) => {
            Some(SortKey::of_cursor(cursor, query.sort).ok_or(SearchFailure::BadCursor)?)
        }
    };
    let mut rows: Vec<Row> = Vec::new();
    let mut counts: BTreeMap<Facet, BTreeMap<String, u64>> = BTreeMap::new();
    let mut prices: Vec<i64> = Vec::new();
    for document in documents.values() {
        let Some(points) = document.points(&query.words) else { continue };
        if !is_wanted(document, query) {
            continue;
        }
        let failed = failed(document, query);
        // What is asked of a facet itself does not narrow what is counted of it.
        let counts_for = |facet: Option<&Facet>| failed.iter().all(|failed| failed.as_ref() == facet);
        for (facet, value) in values(document, query) {
            if counts_for(Some(&facet)) {
                *counts.entry(facet).or_default().entry(value).or_default() += 1;
            }
        }
        if query.facets.contains(&FacetKind::Price) && counts_for(None) && is_priced(document, query) {
            prices.extend(&document.prices);
        }
        if failed.is_empty() {
            let id = document.product_id.clone();
            rows.push((key(document, query.sort, points), tie(id.as_str()), id));
        }
    }
    let total = query.page.count.then(|| u64::try_from(rows.len()).unwrap_or(u64::MAX));
    rows.sort();
    let is_upwards = query.descending == matches!(query.page.from, From::Before(_));
    if is_upwards {
        rows.retain(|(key, tie, _)| bound.as_ref().is_none_or(|(k, t)| (key, tie) > (k, t)));
    } else {
        rows.reverse();
        rows.retain(|(key, tie, _)| bound.as_ref().is_none_or(|(k, t)| (key, tie) < (k, t)));
    }
    rows.truncate(usize::try_from(query.page.limit).unwrap_or(usize::MAX).saturating_add(1));
    let page = Page::build(rows, &query.page, total, |(key, _, id)| key.cursor(query.sort, id));
    let price = prices.iter().min().copied().zip(prices.iter().max().copied());
    Ok(Found { page: page.map(|(.., id)| id), facets: Facets::shown(counts, price) })
}

fn is_priced(document: &Document, query: &SearchQuery) -> bool {
    document.currency == query.price.currency
}

/// Whether it answers what narrows rows and counts alike.
fn is_wanted(document: &Document, query: &SearchQuery) -> bool {
    let within =
        |span: Span, at| span.from.is_none_or(|from| at >= from) && span.until.is_none_or(|until| at < until);
    (query.status.is_empty() || query.status.contains(&document.status))
        && (query.sort != SearchSort::Price || is_priced(document, query))
        && within(query.created, document.created_at)
        && within(query.updated, document.updated_at)
}

/// The choices that it fails; `None`: the price.
fn failed(document: &Document, query: &SearchQuery) -> Vec<Option<Facet>> {
    let has = |facet: &Facet, value: &String| match facet {
        // Who has no vendor has none to be chosen by.
        Facet::Vendor => !value.is_empty() && &document.vendor == value,
        Facet::ProductType => !value.is_empty() && &document.product_type == value,
        Facet::Tag => document.tags.contains(value),
        Facet::Option(name) => document.options.contains(&(name.clone(), value.clone())),
    };
    let chosen = query.chosen.iter().filter(|(facet, values)| !values.iter().any(|value| has(facet, value)));
    let mut failed: Vec<Option<Facet>> = chosen.map(|(facet, _)| Some(facet.clone())).collect();
    let fits = is_priced(document, query) && document.prices.iter().any(|price| query.price.has(*price));
    if query.price.is_bounded() && !fits {
        failed.push(None);
    }
    failed
}

fn values(document: &Document, query: &SearchQuery) -> Vec<(Facet, String)> {
    let mut values = Vec::new();
    for kind in &query.facets {
        match kind {
            FacetKind::Vendor => values.push((Facet::Vendor, document.vendor.clone())),
            FacetKind::ProductType => values.push((Facet::ProductType, document.product_type.clone())),
            FacetKind::Tag => values.extend(document.tags.iter().map(|tag| (Facet::Tag, tag.clone()))),
            FacetKind::Option => {
                let options = document.options.iter();
                values.extend(options.map(|(name, value)| (Facet::Option(name.clone()), value.clone())));
            }
            FacetKind::Price => {}
        }
    }
    values.retain(|(_, value)| !value.is_empty());
    values
}

fn key(document: &Document, sort: SearchSort, points: u32) -> SortKey {
    match sort {
        SearchSort::Relevance => SortKey::Number(document.relevance(points)),
        SearchSort::Title => SortKey::Text(document.title_key.clone()),
        SearchSort::Price => SortKey::Number(document.prices.first().copied().unwrap_or_default()),
        SearchSort::CreatedAt => SortKey::Number(document.created_at.as_microsecond()),
        SearchSort::UpdatedAt => SortKey::Number(document.updated_at.as_microsecond()),
    }
}

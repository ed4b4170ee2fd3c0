//! A query in the words of the engine: each word with constant points for how and where it is found, whatever else is in
//! the index, so that every node gives a product the same points.

use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use sutler_app::page::{Cursor, From, Page};
use sutler_app::ports::reads::Span;
use sutler_app::ports::search::{Facets, Found, SearchFailure, SearchQuery, SearchSort, SortKey};
use sutler_app::search::{Place, Quality, Wanted, points};
use sutler_domain::ProductId;
use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, DisjunctionMaxQuery, EmptyQuery, FuzzyTermQuery, Query,
    RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::built::{Built, broken};
use super::collect::{Collect, Row};
use super::schema::Fields;

/// Search an index.
pub(super) fn find(built: &Built, query: SearchQuery) -> Result<Found, SearchFailure> {
    let query = Arc::new(query);
    let collect = Collect::new(Arc::clone(&query))?;
    let asked = asked(&built.fields, &query);
    let gathered = built.searcher().search(&*asked, &collect).map_err(broken)?;
    let total = query.page.count.then_some(gathered.total);
    let page = Page::build(gathered.rows, &query.page, total, |row: &Row| cursor(row, query.sort));
    let page = page.map(|row| ProductId::trusted(row.id.as_str().into()));
    Ok(Found { page, facets: Facets::shown(gathered.counts, gathered.price) })
}

fn cursor(row: &Row, sort: SearchSort) -> Cursor {
    row.key.cursor(sort, &ProductId::trusted(row.id.as_str().into()))
}

/// Where a page begins, for the collector; a cursor of another order is refused.
pub(super) fn bound(query: &SearchQuery) -> Result<Option<(SortKey, u64)>, SearchFailure> {
    match &query.page.from {
        From::Start => Ok(None),
        From::After(cursor) | From::Before(cursor) => {
            SortKey::of_cursor(cursor, query.sort).map(Some).ok_or(SearchFailure::BadCursor)
        }
    }
}

fn asked(fields: &Fields, query: &SearchQuery) -> Box<dyn Query> {
    let mut all: Vec<Box<dyn Query>> = query.words.iter().map(|wanted| word(fields, wanted)).collect();
    if !query.status.is_empty() {
        let terms = query.status.iter().map(|status| term(fields.status, status.as_str()));
        all.push(silent(any(terms)));
    }
    if query.sort == SearchSort::Price {
        all.push(silent(term(fields.currency, &query.price.currency)));
    }
    all.extend(span(fields.created_at, query.created));
    all.extend(span(fields.updated_at, query.updated));
    if all.is_empty() {
        return silent(Box::new(AllQuery));
    }
    Box::new(BooleanQuery::intersection(all))
}

/// A word, wherever it is: the best place counts.
fn word(fields: &Fields, wanted: &Wanted) -> Box<dyn Query> {
    let mut ways = Vec::new();
    for (field, place) in
        [(fields.title, Place::Title), (fields.about, Place::About), (fields.text, Place::Text)]
    {
        let mut way = |quality, query| ways.push(worth(query, points(quality, place)));
        way(Quality::Exact, term(field, &wanted.text));
        for same in &wanted.synonyms {
            way(Quality::Near, term(field, same));
        }
        if place == Place::Text {
            continue;
        }
        let text = || Term::from_field_text(field, &wanted.text);
        if wanted.is_prefix {
            way(Quality::Near, Box::new(FuzzyTermQuery::new_prefix(text(), 0, true)));
        }
        if wanted.typos > 0 {
            way(Quality::Typo, Box::new(FuzzyTermQuery::new(text(), 1, true)));
        }
        if wanted.typos > 1 {
            way(Quality::Typos, Box::new(FuzzyTermQuery::new(text(), 2, true)));
        }
    }
    Box::new(DisjunctionMaxQuery::new(ways))
}

fn term(field: Field, text: &str) -> Box<dyn Query> {
    Box::new(TermQuery::new(Term::from_field_text(field, text), IndexRecordOption::Basic))
}

fn any(queries: impl Iterator<Item = Box<dyn Query>>) -> Box<dyn Query> {
    Box::new(BooleanQuery::union(queries.collect()))
}

fn worth(query: Box<dyn Query>, points: u32) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, f32::from(u16::try_from(points).unwrap_or(u16::MAX))))
}

/// What must be so and brings nothing.
fn silent(query: Box<dyn Query>) -> Box<dyn Query> {
    worth(query, 0)
}

fn span(field: Field, span: Span) -> Option<Box<dyn Query>> {
    if span == Span::default() {
        return None;
    }
    let value = |at: Timestamp| Term::from_field_i64(field, at.as_microsecond());
    if span.from.zip(span.until).is_some_and(|(from, until)| from >= until) {
        return Some(Box::new(EmptyQuery));
    }
    let from = span.from.map_or(Bound::Unbounded, |at| Bound::Included(value(at)));
    let until = span.until.map_or(Bound::Unbounded, |at| Bound::Excluded(value(at)));
    Some(silent(Box::new(RangeQuery::new(from, until))))
}

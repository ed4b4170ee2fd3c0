//! Search products, and what to suggest to somebody who is still writing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sutler_domain::catalog::ProductStatus;
use sutler_domain::fault::Faults;
use sutler_domain::{Currency, Fault, ProductId};

use super::Search;
use super::highlight::{marked, snippet};
use super::plain::plain;
use super::wanted::{Place, Wanted, wanted};
use super::words::words;
use crate::caller::Caller;
use crate::catalog::ProductView;
use crate::error::{Kind, Problem};
use crate::page::{From, Page, PageRequest};
use crate::ports::reads::{ProductName, Span};
use crate::ports::search::{
    Facet, FacetKind, Facets, Found, PriceRange, SearchFailure, SearchQuery, SearchSort,
};

/// The longest query, in characters.
pub const QUERY_CHARS_MAX: usize = 200;
/// Words of a query.
pub const QUERY_WORDS_MAX: usize = 10;
/// Values of one facet that may be chosen at once.
pub const CHOSEN_MAX: usize = 50;
/// Suggestions when no number is asked for.
pub const SUGGESTIONS_DEFAULT: u32 = 5;
/// The most suggestions.
pub const SUGGESTIONS_MAX: u32 = 20;

/// After how many seconds to come back where the index is being built.
const RETRY_AFTER_S: u64 = 2;
/// Products looked at for each suggestion: several may have one title.
const LOOKED_AT_FOR_EACH: u32 = 4;

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// What somebody wrote; empty: everything.
    pub text: String,
    /// In these statuses; empty: active.
    pub status: Vec<ProductStatus>,
    /// With one of the values of each.
    pub chosen: BTreeMap<Facet, BTreeSet<String>>,
    /// The currency of the prices; `None`: the shop's.
    pub currency: Option<Currency>,
    /// At such a price or more, in minor units.
    pub price_min: Option<i64>,
    /// At such a price or less, in minor units.
    pub price_max: Option<i64>,
    /// Made in this span.
    pub created: Span,
    /// Changed in this span.
    pub updated: Span,
    /// How sorted, and whether the largest come first; `None`: by relevance, and without a text by title.
    pub sort: Option<(SearchSort, bool)>,
    /// Which page.
    pub page: PageRequest,
    /// What is counted beside.
    pub facets: BTreeSet<FacetKind>,
}

/// A product that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    /// The product as it stands.
    pub view: ProductView,
    /// Its title as HTML, with marks; `None` when nothing in it answers.
    pub title: Option<String>,
    /// A part of its description as HTML, with marks; `None` when nothing in it answers.
    pub description: Option<String>,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchPage {
    /// The products of the page, in order.
    pub page: Page<SearchHit>,
    /// What was counted beside.
    pub facets: Facets,
    /// The currency of the prices that were asked for or counted.
    pub currency: Currency,
}

/// A title that somebody may be about to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The title.
    pub title: String,
    /// The title as HTML, with marks.
    pub marked: String,
    /// A product that has it.
    pub product_id: ProductId,
}

impl Search {
    /// A page of products that answer. A product that was taken away a moment ago may be missing from its page.
    pub async fn find(&self, caller: &Caller, request: &SearchRequest) -> Result<SearchPage, Problem> {
        caller.may("catalog:read")?;
        let currency = request.currency.unwrap_or(self.room.settings.currency);
        let query = self.query(request, currency)?;
        let Found { page, facets } = self.ask(&query).await?;
        let names: Vec<ProductName> = page.rows.iter().cloned().map(ProductName::Id).collect();
        let products: HashMap<_, _> = self.room.ports.catalog.products(&names).await?.into_iter().collect();
        let hit = |id: ProductId| {
            let view = ProductView::from(products.get(&ProductName::Id(id))?.clone());
            let text = plain(&view.product.description_html);
            Some(SearchHit {
                title: marked(&view.product.title, Place::Title, &query.words),
                description: snippet(&text, Place::Text, &query.words),
                view,
            })
        };
        let Page { rows, cursors, next, prev, total } = page;
        let hits = rows.into_iter().zip(cursors).filter_map(|(id, cursor)| Some((hit(id)?, cursor)));
        let (rows, cursors) = hits.unzip();
        let page = Page { rows, cursors, next, prev, total };
        Ok(SearchPage { page, facets, currency })
    }

    /// Titles of active products that begin as somebody writes, the best first, each once.
    pub async fn suggest(&self, caller: &Caller, text: &str, limit: u32) -> Result<Vec<Suggestion>, Problem> {
        let limit = limit.clamp(1, SUGGESTIONS_MAX);
        let page = PageRequest { limit: limit * LOOKED_AT_FOR_EACH, from: From::Start, count: false };
        let request = SearchRequest { text: text.to_owned(), page, ..SearchRequest::default() };
        if words(text).is_empty() {
            caller.may("catalog:read")?;
            return Ok(Vec::new());
        }
        let found = self.find(caller, &request).await?;
        let mut suggestions: Vec<Suggestion> = Vec::new();
        for hit in found.page.rows {
            let Some(marked) = hit.title else { continue };
            let title = hit.view.product.title.clone();
            if !suggestions.iter().any(|known| known.title == title) {
                suggestions.push(Suggestion {
                    title,
                    marked,
                    product_id: hit.view.product.product_id.clone(),
                });
            }
        }
        suggestions.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(suggestions)
    }

    fn query(&self, request: &SearchRequest, currency: Currency) -> Result<SearchQuery, Problem> {
        let words = wanted(&request.text, &self.room.settings.search_synonyms);
        let faults = faults(request, &words);
        if !faults.0.is_empty() {
            return Err(Problem::invalid(faults.0));
        }
        let by_default =
            if words.is_empty() { (SearchSort::Title, false) } else { (SearchSort::Relevance, true) };
        let (sort, descending) = request.sort.unwrap_or(by_default);
        let status =
            if request.status.is_empty() { vec![ProductStatus::Active] } else { request.status.clone() };
        Ok(SearchQuery {
            words,
            status,
            chosen: request.chosen.clone(),
            price: PriceRange {
                currency: currency.code().to_owned(),
                min: request.price_min,
                max: request.price_max,
            },
            created: request.created,
            updated: request.updated,
            sort,
            descending,
            page: request.page.clone(),
            facets: request.facets.clone(),
        })
    }

    async fn ask(&self, query: &SearchQuery) -> Result<Found, Problem> {
        let Some(index) = &self.room.ports.search else {
            let detail = "this server does not search (search.enabled = false); ask one that does";
            return Err(Problem::new(Kind::NotFound, "not_found", detail));
        };
        index.find(query).await.map_err(|failure| match failure {
            SearchFailure::NoIndex => self.building(),
            SearchFailure::BadCursor => Problem::invalid(vec![Fault::invalid(
                "/after",
                "the cursor is not one of this search in this order; start without one",
            )]),
            SearchFailure::Broken(reason) => {
                tracing::error!(%reason, "search_failed");
                let detail = "the index of this server cannot be read now; try again in a second";
                Problem::new(Kind::Busy, "unavailable", detail)
            }
        })
    }

    /// What is told while there is no index: how far it is, and when to come back.
    fn building(&self) -> Problem {
        let (indexed, total) = self.standing.progress();
        let so_far = match total {
            Some(total) => format!("{indexed} of {total} products are in it"),
            None => "it is about to begin".to_owned(),
        };
        let detail = format!(
            "this server is still building its index ({so_far}); come back after Retry-After, or ask another server"
        );
        Problem::new(Kind::Busy, "index_building", detail)
            .fact("retry_after", RETRY_AFTER_S)
            .fact("indexed", indexed)
            .fact("total", total)
    }
}

fn faults(request: &SearchRequest, words: &[Wanted]) -> Faults {
    let mut faults = Faults::default();
    let length = request.text.chars().count();
    faults.require(length <= QUERY_CHARS_MAX, "/q", || {
        format!("'q' has {length} characters; at most {QUERY_CHARS_MAX} are searched for")
    });
    let count = words.len();
    faults.require(count <= QUERY_WORDS_MAX, "/q", || {
        format!("'q' has {count} words; at most {QUERY_WORDS_MAX} are searched for")
    });
    for (facet, values) in &request.chosen {
        let (name, count) = (parameter(facet), values.len());
        faults.require(count <= CHOSEN_MAX, &format!("/{name}"), || {
            format!("'{name}' has {count} values; at most {CHOSEN_MAX} may be chosen")
        });
    }
    let (min, max) = (request.price_min, request.price_max);
    let fits = min.zip(max).is_none_or(|(min, max)| min <= max);
    faults.require(fits, "/price_min", || {
        let (min, max) = (min.unwrap_or_default(), max.unwrap_or_default());
        format!("'price_min' is {min} and 'price_max' is {max}; no price is in between, exchange them")
    });
    let by_relevance = request.sort.is_some_and(|(sort, _)| sort == SearchSort::Relevance);
    faults.require(!by_relevance || !words.is_empty(), "/sort", || {
        "'sort' is relevance and 'q' has no word; write a query, or sort by title".to_owned()
    });
    faults
}

/// The parameter that chooses values of a facet.
fn parameter(facet: &Facet) -> String {
    match facet {
        Facet::Vendor => "vendor".to_owned(),
        Facet::ProductType => "product_type".to_owned(),
        Facet::Tag => "tag".to_owned(),
        Facet::Option(name) => format!("option[{name}]"),
    }
}

//! Products by what they are called.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use sutler_app::page::Cursor;
use sutler_app::ports::search::{Facet, FacetKind, FacetValue, SearchSort};
use sutler_app::search::{
    SUGGESTIONS_DEFAULT, SUGGESTIONS_MAX, SearchHit, SearchPage, SearchRequest, Suggestion,
};
use sutler_domain::Currency;
use sutler_types::PageInfo;
use sutler_types::page::List;
use sutler_types::search as wire;

use super::STATUSES;
use super::request::nothing;
use super::shape::product_body;
use crate::rest::{Answer, Api, Call, MaybeDocument, Params, Told, page};

const SORTS: [(&str, Option<SearchSort>); 5] = [
    ("relevance", Some(SearchSort::Relevance)),
    ("title", Some(SearchSort::Title)),
    ("price", Some(SearchSort::Price)),
    ("created_at", Some(SearchSort::CreatedAt)),
    ("updated_at", Some(SearchSort::UpdatedAt)),
];

const FACETS: [(&str, FacetKind); 5] = [
    ("vendor", FacetKind::Vendor),
    ("product_type", FacetKind::ProductType),
    ("tag", FacetKind::Tag),
    ("option", FacetKind::Option),
    ("price", FacetKind::Price),
];

/// Products that answer, with what is counted beside.
pub(super) async fn search(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let request = request(&mut params);
    params.done()?;
    let found = api.app.search.find(&call.caller, &request).await?;
    let body = page_body(found, &request.facets, &call);
    Ok(page::with_links(Answer::ok(&call).json(&body), &call, &body.page))
}

/// A new index of this node; the one that answers goes on until it is ready.
pub(super) async fn rebuild(State(api): State<Api>, call: Call, params: Params, body: MaybeDocument) -> Told {
    params.done()?;
    nothing(&body.0)?;
    api.app.search.rebuild(&call.caller)?;
    Ok(Answer::ok(&call)
        .json(&wire::Rebuild { object: "search_rebuild".to_owned(), status: "asked".to_owned() }))
}

/// Titles that somebody may be about to write.
pub(super) async fn suggest(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let text = params.text("q").unwrap_or_default();
    let limit = params.whole("limit").unwrap_or(u64::from(SUGGESTIONS_DEFAULT));
    let limit = u32::try_from(limit).ok().filter(|limit| (1..=SUGGESTIONS_MAX).contains(limit));
    if limit.is_none() {
        params.invalid("limit", format!("'limit' is out of range; 1 to {SUGGESTIONS_MAX} is needed"));
    }
    params.done()?;
    let limit = limit.unwrap_or(SUGGESTIONS_DEFAULT);
    let suggestions = api.app.search.suggest(&call.caller, &text, limit).await?;
    let body = |suggestion: Suggestion| wire::Suggestion {
        text: suggestion.title,
        highlight: suggestion.marked,
        product_id: suggestion.product_id.to_string(),
    };
    Ok(Answer::ok(&call).json(&List { data: suggestions.into_iter().map(body).collect::<Vec<_>>() }))
}

fn request(params: &mut Params) -> SearchRequest {
    let text = params.text("q").unwrap_or_default();
    let status = params.words("status", &STATUSES);
    let mut chosen = BTreeMap::new();
    for (name, facet) in
        [("vendor", Facet::Vendor), ("product_type", Facet::ProductType), ("tag", Facet::Tag)]
    {
        let values = params.several(name);
        if !values.is_empty() {
            chosen.insert(facet, values);
        }
    }
    for (name, values) in params.named("option", "option[…]") {
        chosen.entry(Facet::Option(name)).or_default().extend(values);
    }
    let currency = params.text("currency").and_then(|code| match Currency::parse(&code) {
        Ok(currency) => Some(currency),
        Err(error) => {
            params.invalid("currency", error.to_string());
            None
        }
    });
    let sort = params.told("sort").then(|| params.sort(&SORTS, false));
    if let Some((Some(SearchSort::Relevance), true)) = sort {
        params.invalid(
            "sort",
            "'-relevance' would show the worst first; write 'relevance', which has the best first",
        );
    }
    SearchRequest {
        text,
        status,
        chosen,
        currency,
        price_min: params.whole("price_min").map(minor),
        price_max: params.whole("price_max").map(minor),
        created: params.span(["created_at[gte]", "created_at[gt]", "created_at[lt]", "created_at[lte]"]),
        updated: params.span(["updated_at[gte]", "updated_at[gt]", "updated_at[lt]", "updated_at[lte]"]),
        // The best first.
        sort: sort.and_then(|(sort, falls)| sort.map(|sort| (sort, falls || sort == SearchSort::Relevance))),
        facets: facets(params),
        page: params.page(),
    }
}

/// Every facet unless some are named; `none` for none.
fn facets(params: &mut Params) -> BTreeSet<FacetKind> {
    if !params.told("facets") {
        return FACETS.iter().map(|(_, kind)| *kind).collect();
    }
    let mut words = FACETS.map(|(word, kind)| (word, Some(kind))).to_vec();
    words.push(("none", None));
    params.words("facets", &words).into_iter().flatten().collect()
}

/// An amount; no larger number is read.
fn minor(amount: u64) -> i64 {
    i64::try_from(amount).unwrap_or(i64::MAX)
}

fn page_body(found: SearchPage, asked: &BTreeSet<FacetKind>, call: &Call) -> wire::SearchPage {
    let SearchPage { page, facets, currency } = found;
    let (next, prev) = (page.next.as_ref().map(Cursor::encode), page.prev.as_ref().map(Cursor::encode));
    let info = PageInfo { has_more: next.is_some(), next, prev, total: page.total };
    let mut body = wire::Facets::default();
    for kind in asked {
        match kind {
            FacetKind::Vendor => body.vendor = Some(Vec::new()),
            FacetKind::ProductType => body.product_type = Some(Vec::new()),
            FacetKind::Tag => body.tag = Some(Vec::new()),
            FacetKind::Option => body.option = Some(BTreeMap::new()),
            FacetKind::Price => {}
        }
    }
    for (facet, values) in facets.values {
        let values: Vec<wire::FacetValue> = values.into_iter().map(value_body).collect();
        match facet {
            Facet::Vendor => body.vendor = Some(values),
            Facet::ProductType => body.product_type = Some(values),
            Facet::Tag => body.tag = Some(values),
            Facet::Option(name) => {
                body.option.get_or_insert_default().insert(name, values);
            }
        }
    }
    body.price =
        facets.price.map(|(min, max)| wire::PriceSpan { min, max, currency: currency.code().to_owned() });
    wire::SearchPage {
        data: page.rows.into_iter().map(|hit| hit_body(hit, call)).collect(),
        page: info,
        facets: body,
    }
}

fn value_body(value: FacetValue) -> wire::FacetValue {
    wire::FacetValue { value: value.value, count: value.count }
}

fn hit_body(hit: SearchHit, call: &Call) -> wire::SearchHit {
    wire::SearchHit {
        product: product_body(&hit.view, &call.caller),
        highlight: wire::Highlight { title: hit.title, description: hit.description },
    }
}

//! What an index answers: in which order, narrowed down by what, counted how, page by page.

use std::sync::Arc;

use sutler_app::page::From;
use sutler_app::ports::Search;
use sutler_app::ports::reads::Span;
use sutler_app::ports::search::{Facet, FacetValue, SearchFailure, SearchQuery, SearchSort, Side};
use sutler_app::search::{Synonyms, wanted};
use sutler_domain::catalog::{Product, ProductStatus};

use super::{SearchRig, asking, every_facet, found, place, put, titled};
use crate::builders as some;

pub(super) async fn words_are_ranked(rig: &SearchRig) {
    let of_vendor =
        |id: &str, vendor: &str| Product { vendor: vendor.to_owned(), ..titled(id, "Thing of nothing") };
    let said = |id: &str, html: &str| Product {
        description_html: html.to_owned(),
        ..titled(id, "Thing of nothing")
    };
    let mut coded = titled("sku", "Thing of nothing");
    "COFFEE-1001".clone_into(&mut coded.variants[0].sku);
    let index = rig
        .with(&[
            said("text", "<p>Good with coffee &amp; milk</p>"),
            titled("typo", "Cofee"),
            titled("typos", "Coffees"),
            titled("longer", "Coffee for two"),
            of_vendor("vendor", "Coffee Brothers"),
            titled("exact", "Coffee"),
            titled("begins", "Coffeemaker"),
            coded,
            titled("other", "Tea"),
        ])
        .await;
    // Where the points and the lengths of titles are equal, chance decides, the same on every node.
    assert_eq!(found(&index, &asking("coffee")).await, "exact longer sku vendor text begins typos typo");
    // Only the last word may go on; every word must be there.
    assert_eq!(found(&index, &asking("coffee tw")).await, "longer");
    assert_eq!(found(&index, &asking("coffee two")).await, "longer");
    assert_eq!(found(&index, &asking("tw coffee")).await, "");
    assert_eq!(found(&index, &asking("coffee tea")).await, "");
    assert_eq!(found(&index, &asking("coffee-1001")).await, "sku");
    assert_eq!(found(&index, &asking("coffee-1002")).await, "", "a number has no typos");
    assert_eq!(found(&index, &asking("mlik")).await, "", "whole words of a text only");
    assert_eq!(found(&index, &asking("COFFÉE milk")).await, "text");
    assert_eq!(found(&index, &asking("c")).await, "exact begins typo typos longer sku vendor");
    let same = Synonyms::parse(["espresso=coffee"]).unwrap();
    let query = SearchQuery { words: wanted("espresso", &same), ..asking("x") };
    assert!(found(&index, &query).await.starts_with("exact longer "));
}

fn mugs() -> Vec<Product> {
    let colors = [("a", "Acme", "red"), ("b", "Acme", "blue"), ("c", "Bolt", "red"), ("d", "Bolt", "green")];
    let mut mugs: Vec<Product> = Vec::new();
    for (number, (id, vendor, color)) in (1..).zip(colors) {
        let mut mug = Product {
            vendor: vendor.to_owned(),
            product_type: "Mugs".to_owned(),
            tags: vec![color.to_owned(), "kitchen".to_owned()],
            created_at: some::second(number),
            updated_at: some::second(10 - number),
            ..titled(id, &format!("Mug {id}"))
        };
        mug.variants[0].option_values = [("Color".to_owned(), color.to_owned())].into();
        mug.variants[0].price.amount = number * 1000;
        mugs.push(mug);
    }
    let mut dear = mugs[0].variants[0].clone();
    dear.option_values =
        [("Color".to_owned(), "gold".to_owned()), ("Size".to_owned(), "L".to_owned())].into();
    dear.price.amount = 9000;
    mugs[0].variants.push(dear);
    mugs.push(Product { status: ProductStatus::Draft, vendor: "Acme".to_owned(), ..titled("e", "Mug e") });
    mugs
}

fn counted(values: &[FacetValue]) -> String {
    values.iter().map(|v| format!("{} {}", v.value, v.count)).collect::<Vec<_>>().join(", ")
}

async fn counts(index: &Arc<dyn Search>, query: &SearchQuery, facet: Facet) -> String {
    let found = index.find(query).await.unwrap();
    found.facets.values.get(&facet).map(|values| counted(values)).unwrap_or_default()
}

pub(super) async fn facets_narrow_and_count(rig: &SearchRig) {
    let index = rig.with(&mugs()).await;
    let color = || Facet::Option("Color".to_owned());
    let mut query =
        SearchQuery { status: vec![ProductStatus::Active], facets: every_facet(), ..asking("mug") };
    query.sort = SearchSort::Title;
    query.descending = false;
    assert_eq!(found(&index, &query).await, "a b c d");
    assert_eq!(counts(&index, &query, Facet::Vendor).await, "Acme 2, Bolt 2");
    assert_eq!(counts(&index, &query, Facet::ProductType).await, "Mugs 4");
    assert_eq!(counts(&index, &query, Facet::Tag).await, "kitchen 4, red 2, blue 1, green 1");
    assert_eq!(counts(&index, &query, color()).await, "red 2, blue 1, gold 1, green 1");
    assert_eq!(counts(&index, &query, Facet::Option("Size".to_owned())).await, "L 1");
    assert_eq!(index.find(&query).await.unwrap().facets.price, Some((1000, 9000)));
    // One of the values of a facet, and all of the facets; each is counted as if nothing of it were chosen.
    query.chosen.insert(Facet::Tag, ["red".to_owned(), "blue".to_owned()].into());
    assert_eq!(found(&index, &query).await, "a b c");
    assert_eq!(counts(&index, &query, Facet::Tag).await, "kitchen 4, red 2, blue 1, green 1");
    assert_eq!(counts(&index, &query, Facet::Vendor).await, "Acme 2, Bolt 1");
    query.chosen.insert(Facet::Vendor, ["Bolt".to_owned()].into());
    assert_eq!(found(&index, &query).await, "c");
    assert_eq!(counts(&index, &query, Facet::Tag).await, "kitchen 2, green 1, red 1");
    assert_eq!(counts(&index, &query, Facet::Vendor).await, "Acme 2, Bolt 1");
    assert_eq!(counts(&index, &query, color()).await, "red 1");
    query.chosen.insert(color(), ["green".to_owned()].into());
    assert_eq!(found(&index, &query).await, "");
    assert_eq!(counts(&index, &query, color()).await, "red 1");
    assert_eq!(counts(&index, &query, Facet::Tag).await, "green 1, kitchen 1");
    assert_eq!(counts(&index, &query, Facet::Vendor).await, "");
    // A choice that nothing has, and what is not counted.
    query.chosen = [(Facet::Option("Length".to_owned()), ["1 m".to_owned()].into())].into();
    assert_eq!(found(&index, &query).await, "");
    query.chosen.clear();
    query.facets.clear();
    assert!(index.find(&query).await.unwrap().facets.values.is_empty());
    query.status.clear();
    assert_eq!(found(&index, &query).await, "a b c d e");
    query.status = vec![ProductStatus::Draft, ProductStatus::Archived];
    assert_eq!(found(&index, &query).await, "e");
}

pub(super) async fn prices_and_times_are_ranges(rig: &SearchRig) {
    let index = rig.with(&mugs()).await;
    let mut query = SearchQuery { status: vec![ProductStatus::Active], facets: every_facet(), ..asking("") };
    for (min, max, expected) in [
        (None, Some(2000), "a b"),
        (Some(2000), Some(3000), "b c"),
        (Some(4001), None, "a"),
        (Some(5000), Some(8999), ""),
    ] {
        (query.price.min, query.price.max) = (min, max);
        assert_eq!(found(&index, &query).await, expected, "{min:?} to {max:?}");
        assert_eq!(
            index.find(&query).await.unwrap().facets.price,
            Some((1000, 9000)),
            "as if no price were chosen"
        );
    }
    "USD".clone_into(&mut query.price.currency);
    assert_eq!(found(&index, &query).await, "");
    assert_eq!(index.find(&query).await.unwrap().facets.price, None);
    query.price.max = None;
    query.price.min = None;
    assert_eq!(found(&index, &query).await, "a b c d", "no price is asked for");
    query.sort = SearchSort::Price;
    assert_eq!(found(&index, &query).await, "");
    query.sort = SearchSort::Title;
    let at = |n| Some(some::second(n));
    query.created = Span { from: at(2), until: at(4) };
    assert_eq!(found(&index, &query).await, "b c");
    query.created = Span::default();
    query.updated = Span { from: at(8), until: None };
    assert_eq!(found(&index, &query).await, "a b");
    query.updated = Span { from: at(8), until: at(8) };
    assert_eq!(found(&index, &query).await, "");
}

const SORTS: [SearchSort; 5] = [
    SearchSort::Relevance,
    SearchSort::Title,
    SearchSort::Price,
    SearchSort::CreatedAt,
    SearchSort::UpdatedAt,
];

pub(super) async fn every_order_is_walked_both_ways(rig: &SearchRig) {
    let index = rig.with(&mugs()).await;
    let query = |sort, descending| {
        let status = vec![ProductStatus::Active];
        SearchQuery { status, sort, descending, ..asking("mug") }
    };
    for (sort, rising) in [
        (SearchSort::Title, "a b c d"),
        (SearchSort::Price, "a b c d"),
        (SearchSort::CreatedAt, "a b c d"),
        (SearchSort::UpdatedAt, "d c b a"),
    ] {
        assert_eq!(found(&index, &query(sort, false)).await, rising, "{sort:?}");
        let falling: Vec<&str> = rising.split(' ').rev().collect();
        assert_eq!(found(&index, &query(sort, true)).await, falling.join(" "), "{sort:?}");
    }
    for sort in SORTS {
        for descending in [false, true] {
            let mut query = query(sort, descending);
            let whole = found(&index, &query).await;
            query.page.limit = 1;
            query.page.count = false;
            let (mut walked, mut last) = (Vec::new(), None);
            loop {
                let page = index.find(&query).await.unwrap().page;
                assert!(page.rows.len() <= 1 && page.total.is_none());
                walked.extend(page.rows.iter().map(ToString::to_string));
                last = page.prev.or(last);
                let Some(next) = page.next else { break };
                query.page.from = From::After(next);
            }
            assert_eq!(walked.join(" "), whole, "{sort:?} {descending}");
            let mut back = Vec::new();
            query.page.from = From::Before(last.unwrap());
            loop {
                let page = index.find(&query).await.unwrap().page;
                back.extend(page.rows.iter().map(ToString::to_string));
                let Some(prev) = page.prev else { break };
                query.page.from = From::Before(prev);
            }
            back.reverse();
            assert_eq!(back, walked[..walked.len() - 1], "{sort:?} {descending} backwards");
        }
    }
}

pub(super) async fn a_cursor_stays_where_it_was(rig: &SearchRig) {
    let index = rig.with(&mugs()).await;
    let mut query = SearchQuery { status: vec![ProductStatus::Active], ..asking("") };
    query.page.limit = 2;
    let next = index.find(&query).await.unwrap().page.next.unwrap();
    // The row that the cursor names goes, and others come before and after it.
    let gone = sutler_app::ports::search::DocumentChange::Remove(some::product_id("b"));
    let changes =
        vec![gone, put(&titled("0", "Mug 0")), put(&titled("bb", "Mug bb")), put(&titled("z", "Mug z"))];
    index.write(Side::Served, changes).await.unwrap();
    index.commit(Side::Served, &place(2)).await.unwrap();
    query.page.from = From::After(next.clone());
    query.page.limit = 50;
    assert_eq!(found(&index, &query).await, "bb c d z");
    query.page.from = From::Before(next.clone());
    assert_eq!(found(&index, &query).await, "0 a");
    query.descending = true;
    query.page.from = From::After(next.clone());
    assert_eq!(found(&index, &query).await, "a 0");
    for sort in SORTS.into_iter().filter(|sort| *sort != SearchSort::Title) {
        query.sort = sort;
        assert_eq!(index.find(&query).await, Err(SearchFailure::BadCursor), "{sort:?}");
    }
    query.sort = SearchSort::Title;
    for key in ["", "mug a", "title", "Title:mug a"] {
        query.page.from = From::After(sutler_app::Cursor { key: key.to_owned(), id: "b".to_owned() });
        assert_eq!(index.find(&query).await, Err(SearchFailure::BadCursor), "{key}");
    }
}

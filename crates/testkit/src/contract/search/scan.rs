//! Whatever is asked: an index answers as the one does that looks at every document.

use std::sync::Arc;

use sutler_app::page::From;
use sutler_app::ports::Search;
use sutler_app::ports::search::{DocumentChange, Facet, SearchQuery, SearchSort, Side};
use sutler_domain::catalog::{Product, ProductStatus};

use super::{SearchRig, asking, every_facet, place, put, titled};
use crate::builders as some;
use crate::linear::LinearIndex;
use crate::simulation::dice::Dice;

const WORDS: [&str; 14] = [
    "coffee",
    "cofee",
    "coffees",
    "mug",
    "mugs",
    "keyboard",
    "keyboards",
    "blue",
    "bleu",
    "café",
    "tea",
    "teapot",
    "紅茶",
    "2nd",
];
const VENDORS: [&str; 4] = ["Acme", "Bolt", "Coffee Brothers", ""];
const COLORS: [&str; 4] = ["red", "blue", "green", "gold"];
const QUERIES: usize = 400;

fn text(dice: &mut Dice, words_max: usize) -> String {
    let count = dice.index(words_max) + 1;
    (0..count).map(|_| *dice.pick(&WORDS)).collect::<Vec<_>>().join(" ")
}

fn product(dice: &mut Dice, number: usize) -> Product {
    let mut product = titled(&format!("p{number}"), &text(dice, 4));
    product.description_html = format!("<p>{}</p>", text(dice, 6));
    (*dice.pick(&VENDORS)).clone_into(&mut product.vendor);
    (*dice.pick(&["Mugs", "Pots", ""])).clone_into(&mut product.product_type);
    product.tags = COLORS.iter().filter(|_| dice.chance(40)).map(|tag| (*tag).to_owned()).collect();
    product.status = *dice.pick(&[
        ProductStatus::Active,
        ProductStatus::Active,
        ProductStatus::Draft,
        ProductStatus::Archived,
    ]);
    product.created_at = some::second(dice.between(0, 20));
    product.updated_at = some::second(dice.between(0, 20));
    let codes = ["EUR", "EUR", "USD"];
    let currency = sutler_domain::Currency::parse(codes[dice.index(codes.len())]).unwrap();
    let first = product.variants[0].clone();
    product.variants = (0..=dice.index(3))
        .map(|_| {
            let mut variant = first.clone();
            variant.price = sutler_domain::Money { amount: dice.between(0, 20) * 100, currency };
            variant.option_values = [("Color".to_owned(), (*dice.pick(&COLORS)).to_owned())].into();
            if dice.chance(30) {
                variant.option_values.insert("Size".to_owned(), (*dice.pick(&["S", "M"])).to_owned());
            }
            variant
        })
        .collect();
    product
}

fn query(dice: &mut Dice) -> SearchQuery {
    let mut query = if dice.chance(70) { asking(&text(dice, 3)) } else { asking("") };
    if dice.chance(50) {
        let sorts = [SearchSort::Title, SearchSort::Price, SearchSort::CreatedAt, SearchSort::UpdatedAt];
        query.sort = *dice.pick(&sorts);
        query.descending = dice.chance(50);
    }
    if dice.chance(60) {
        query.status = vec![ProductStatus::Active];
    }
    let mut chosen = |facet: Facet, values: &[&str], percent| {
        if dice.chance(percent) {
            let some = values.iter().filter(|_| dice.chance(50)).map(|value| (*value).to_owned());
            query.chosen.insert(facet, some.collect());
        }
    };
    chosen(Facet::Vendor, &VENDORS, 20);
    chosen(Facet::Tag, &COLORS, 30);
    chosen(Facet::Option("Color".to_owned()), &COLORS, 30);
    chosen(Facet::Option("Size".to_owned()), &["S", "M", "L"], 20);
    if dice.chance(30) {
        query.price.min = dice.chance(60).then(|| dice.between(0, 15) * 100);
        query.price.max = dice.chance(60).then(|| dice.between(5, 20) * 100);
    }
    if dice.chance(20) {
        query.created.from = Some(some::second(dice.between(0, 10)));
        query.created.until = dice.chance(50).then(|| some::second(dice.between(5, 20)));
    }
    if dice.chance(60) {
        query.facets = every_facet();
    }
    query.page.limit = u32::try_from(dice.between(1, 30)).unwrap();
    query
}

/// Every page of a query, one after the other, by both.
async fn same(index: &Arc<dyn Search>, scan: &LinearIndex, mut query: SearchQuery) {
    loop {
        let (found, expected) = (index.find(&query).await.unwrap(), scan.find(&query).await.unwrap());
        assert_eq!(found, expected, "{query:#?}");
        if let Some(prev) = &expected.page.prev {
            let back = SearchQuery {
                page: sutler_app::PageRequest { from: From::Before(prev.clone()), ..query.page.clone() },
                ..query.clone()
            };
            assert_eq!(index.find(&back).await, scan.find(&back).await, "{back:#?}");
        }
        let Some(next) = expected.page.next else { return };
        query.page.from = From::After(next);
    }
}

pub(super) async fn it_answers_as_a_scan_does(rig: &SearchRig) {
    let mut dice = Dice::of(7);
    let index = rig.with(&[]).await;
    let scan = LinearIndex::default();
    scan.begin().await.unwrap();
    scan.serve_next().await.unwrap();
    // Several commits, so that there are several parts, and some of what is in one is taken back by another.
    for round in 0..6_u64 {
        let mut changes: Vec<DocumentChange> = Vec::new();
        for _ in 0..40 {
            let number = dice.index(120);
            changes.push(if dice.chance(15) {
                DocumentChange::Remove(some::product_id(&format!("p{number}")))
            } else {
                put(&product(&mut dice, number))
            });
        }
        let both: [&dyn Search; 2] = [&*index, &scan];
        for index in both {
            index.write(Side::Served, changes.clone()).await.unwrap();
            index.commit(Side::Served, &place(round + 2)).await.unwrap();
        }
    }
    drop(index);
    let index = rig.again().await;
    for _ in 0..QUERIES {
        same(&index, &scan, query(&mut dice)).await;
    }
}

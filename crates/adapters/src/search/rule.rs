//! A rule in the words of the engine. Values are looked up, so it costs as much as the products that have them; only amounts
//! and times are compared product by product, along one column.

use std::ops::Bound;

use sutler_app::search::words;
use sutler_domain::catalog::{Condition, Equality, Limit, Matching, Rule, Side, Wording};
use tantivy::Term;
use tantivy::query::{AllQuery, BooleanQuery, Occur, Query, RangeQuery};
use tantivy::schema::Field;

use super::query::term;
use super::schema::{DISCOUNTED, Fields, option};

/// The products that a rule means.
pub(super) fn asked(fields: &Fields, rule: &Rule) -> Box<dyn Query> {
    let conditions = rule.conditions.iter().map(|one| condition(fields, one)).collect();
    Box::new(match rule.matching {
        Matching::All => BooleanQuery::intersection(conditions),
        Matching::Any => BooleanQuery::union(conditions),
    })
}

fn condition(fields: &Fields, condition: &Condition) -> Box<dyn Query> {
    let said = |relation: &Equality, query| if *relation == Equality::Is { query } else { not(query) };
    match condition {
        Condition::Title { relation, value } => {
            let words = words(value).into_iter().map(|word| term(fields.title, &word.text)).collect();
            let all: Box<dyn Query> = Box::new(BooleanQuery::intersection(words));
            if *relation == Wording::Has { all } else { not(all) }
        }
        Condition::Vendor { relation, value } => said(relation, term(fields.vendor, value)),
        Condition::ProductType { relation, value } => said(relation, term(fields.product_type, value)),
        Condition::Tag { relation, value } => said(relation, term(fields.tag, value)),
        Condition::Option { name, relation, value } => {
            said(relation, term(fields.option, &option(name, value)))
        }
        Condition::Discounted { relation } => said(relation, term(fields.discounted, DISCOUNTED)),
        Condition::Price { relation, price } => {
            let bounds = match relation {
                Limit::AtLeast => (Bound::Included(price.amount), Bound::Unbounded),
                Limit::AtMost => (Bound::Unbounded, Bound::Included(price.amount)),
            };
            let currency = term(fields.currency, price.currency.code());
            Box::new(BooleanQuery::intersection(vec![currency, range(fields.price_low, bounds)]))
        }
        Condition::CreatedAt { relation, at } => {
            let at = at.as_microsecond();
            let bounds = match relation {
                Side::Since => (Bound::Included(at), Bound::Unbounded),
                Side::Before => (Bound::Unbounded, Bound::Excluded(at)),
            };
            range(fields.created_at, bounds)
        }
    }
}

fn not(query: Box<dyn Query>) -> Box<dyn Query> {
    let all: Box<dyn Query> = Box::new(AllQuery);
    Box::new(BooleanQuery::new(vec![(Occur::Must, all), (Occur::MustNot, query)]))
}

fn range(field: Field, (from, until): (Bound<i64>, Bound<i64>)) -> Box<dyn Query> {
    let term = |number| Term::from_field_i64(field, number);
    Box::new(RangeQuery::new(from.map(term), until.map(term)))
}

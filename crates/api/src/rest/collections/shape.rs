//! Collections as JSON.

use sutler_app::collections::CollectionView;
use sutler_app::public::rfc3339;
use sutler_domain::catalog::{Condition, Members, Rule};
use sutler_types::catalog::{Image, Seo};
use sutler_types::{Money, collection as wire};

use super::request::{BOUNDS, EQUALITIES, MATCHES, SIDES, SORTS, WORDINGS};

/// The body of a collection. Its products are pages of their own.
pub(crate) fn collection_body(view: &CollectionView) -> wire::Collection {
    let one = &view.collection;
    let (kind, products_count, rule, sort) = match &one.members {
        Members::ByHand { product_ids } => ("by_hand", Some(product_ids.len()), None, "manual"),
        Members::ByRule { rule, sort } => ("by_rule", None, Some(rule_body(rule)), word(&SORTS, *sort)),
    };
    wire::Collection {
        collection_id: one.collection_id.to_string(),
        object: "collection".to_owned(),
        handle: one.handle.clone(),
        title: one.title.clone(),
        description_html: one.description_html.clone(),
        image: one.image.as_ref().map(|image| Image { url: image.url.clone(), alt: image.alt.clone() }),
        seo: Seo { title: one.seo.title.clone(), description: one.seo.description.clone() },
        status: one.status.as_str().to_owned(),
        publish_at: one.publish_at.map(rfc3339),
        unpublish_at: one.unpublish_at.map(rfc3339),
        published: view.is_published,
        kind: kind.to_owned(),
        products_count,
        rule,
        sort: sort.to_owned(),
        metadata: one.metadata.clone(),
        version: view.version.0,
        created_at: rfc3339(one.created_at),
        updated_at: rfc3339(one.updated_at),
    }
}

fn rule_body(rule: &Rule) -> wire::Rule {
    wire::Rule {
        matching: word(&MATCHES, rule.matching).to_owned(),
        conditions: rule.conditions.iter().map(condition_body).collect(),
    }
}

fn condition_body(condition: &Condition) -> wire::Condition {
    let text = |field: &str, relation: &str, value: &str| wire::Condition {
        value: Some(value.to_owned()),
        ..bare(field, relation)
    };
    match condition {
        Condition::Title { relation, value } => text("title", word(&WORDINGS, *relation), value),
        Condition::Vendor { relation, value } => text("vendor", word(&EQUALITIES, *relation), value),
        Condition::ProductType { relation, value } => {
            text("product_type", word(&EQUALITIES, *relation), value)
        }
        Condition::Tag { relation, value } => text("tag", word(&EQUALITIES, *relation), value),
        Condition::Option { name, relation, value } => wire::Condition {
            name: Some(name.clone()),
            ..text("option", word(&EQUALITIES, *relation), value)
        },
        Condition::Price { relation, price } => wire::Condition {
            price: Some(Money::new(price.amount, price.currency.code())),
            ..bare("price", word(&BOUNDS, *relation))
        },
        Condition::Discounted { relation } => bare("discounted", word(&EQUALITIES, *relation)),
        Condition::CreatedAt { relation, at } => {
            wire::Condition { at: Some(rfc3339(*at)), ..bare("created_at", word(&SIDES, *relation)) }
        }
    }
}

fn bare(field: &str, relation: &str) -> wire::Condition {
    wire::Condition { field: field.to_owned(), relation: relation.to_owned(), ..wire::Condition::default() }
}

/// The word of a value. Every value is in its table.
fn word<T: Copy + PartialEq>(table: &[(&'static str, T)], value: T) -> &'static str {
    table.iter().find(|(_, known)| *known == value).map_or("", |(word, _)| word)
}

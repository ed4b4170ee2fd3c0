//! Requests that make or change collections.

use serde_json::Value;
use sutler_app::Problem;
use sutler_app::collections::{CollectionPatch, NewCollection};
use sutler_app::patch::Patch;
use sutler_domain::catalog::{
    CollectionSort, Condition, Equality, Image, Limit, Matching, Rule, Seo, Side, Wording,
};
use sutler_domain::{Currency, ProductId};

use crate::rest::catalog::STATUSES;
use crate::rest::fields::Fields;

pub(super) const MATCHES: [(&str, Matching); 2] = [("all", Matching::All), ("any", Matching::Any)];
pub(super) const EQUALITIES: [(&str, Equality); 2] = [("is", Equality::Is), ("is_not", Equality::IsNot)];
pub(super) const WORDINGS: [(&str, Wording); 2] = [("has", Wording::Has), ("has_not", Wording::HasNot)];
pub(super) const BOUNDS: [(&str, Limit); 2] = [("at_least", Limit::AtLeast), ("at_most", Limit::AtMost)];
pub(super) const SIDES: [(&str, Side); 2] = [("since", Side::Since), ("before", Side::Before)];
pub(super) const SORTS: [(&str, CollectionSort); 6] = [
    ("title", CollectionSort::Title),
    ("-title", CollectionSort::TitleFalling),
    ("price", CollectionSort::Price),
    ("-price", CollectionSort::PriceFalling),
    ("created_at", CollectionSort::CreatedAt),
    ("-created_at", CollectionSort::CreatedAtFalling),
];

/// A field of products that a condition may be about.
#[derive(Clone, Copy)]
enum About {
    Title,
    Vendor,
    ProductType,
    Tag,
    Option,
    Price,
    Discounted,
    CreatedAt,
}

const FIELDS: [(&str, About); 8] = [
    ("title", About::Title),
    ("vendor", About::Vendor),
    ("product_type", About::ProductType),
    ("tag", About::Tag),
    ("option", About::Option),
    ("price", About::Price),
    ("discounted", About::Discounted),
    ("created_at", About::CreatedAt),
];

/// A collection to make: with `rule` by that rule, else by hand with the `product_ids` that are given.
pub(crate) fn new_collection(document: &Value, shop: Currency) -> Result<NewCollection, Problem> {
    let mut f = Fields::of(document);
    f.need("title");
    let input = NewCollection {
        handle: f.text("handle"),
        title: f.text("title").unwrap_or_default(),
        description_html: f.text("description_html").unwrap_or_default(),
        image: image(&mut f),
        seo: f
            .object("seo", |f| Seo { title: f.text("title"), description: f.text("description") })
            .unwrap_or_default(),
        status: f.word("status", &STATUSES).unwrap_or_default(),
        publish_at: f.time("publish_at"),
        unpublish_at: f.time("unpublish_at"),
        product_ids: product_ids(&mut f),
        rule: rule(&mut f, shop),
        sort: f.word("sort", &SORTS),
        metadata: f.metadata("metadata"),
    };
    f.done()?;
    Ok(input)
}

/// A change of one (RFC 7396): absent is unchanged, `null` clears.
pub(crate) fn collection_patch(document: &Value, shop: Currency) -> Result<CollectionPatch, Problem> {
    let mut f = Fields::of(document);
    let seo = f.patch("seo", |f| {
        f.object("seo", |f| {
            (f.patch("title", |f| f.text("title")), f.patch("description", |f| f.text("description")))
        })
    });
    let (seo_title, seo_description) = match seo {
        Patch::Keep => (Patch::Keep, Patch::Keep),
        Patch::Clear => (Patch::Clear, Patch::Clear),
        Patch::Set(both) => both,
    };
    let patch = CollectionPatch {
        handle: f.text("handle"),
        title: f.text("title"),
        description_html: match f.patch("description_html", |f| f.text("description_html")) {
            Patch::Keep => None,
            Patch::Clear => Some(String::new()),
            Patch::Set(text) => Some(text),
        },
        image: f.patch("image", image),
        seo_title,
        seo_description,
        status: f.word("status", &STATUSES),
        publish_at: f.patch("publish_at", |f| f.time("publish_at")),
        unpublish_at: f.patch("unpublish_at", |f| f.time("unpublish_at")),
        rule: rule(&mut f, shop),
        sort: f.word("sort", &SORTS),
        metadata: f.patch("metadata", |f| f.pairs("metadata")),
    };
    f.done()?;
    Ok(patch)
}

/// The products of a list, in its order.
pub(crate) fn picked(document: &Value) -> Result<Vec<ProductId>, Problem> {
    let mut f = Fields::of(document);
    f.need("product_ids");
    let ids = product_ids(&mut f).unwrap_or_default();
    f.done()?;
    Ok(ids)
}

/// Products to add, and where.
pub(crate) fn added(document: &Value) -> Result<(Vec<ProductId>, Option<usize>), Problem> {
    let mut f = Fields::of(document);
    f.need("product_ids");
    let ids = product_ids(&mut f).unwrap_or_default();
    let position = f.whole_in("position", 1..=i64::from(u32::MAX));
    f.done()?;
    Ok((ids, position.and_then(|position| usize::try_from(position).ok())))
}

fn product_ids(f: &mut Fields<'_>) -> Option<Vec<ProductId>> {
    let texts = f.texts("product_ids")?;
    let mut ids = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        match ProductId::parse(text) {
            Ok(id) => ids.push(id),
            Err(error) => {
                let pointer = format!("{}/{index}", f.pointer("product_ids"));
                f.note(sutler_domain::Fault::invalid(pointer, error.to_string()));
            }
        }
    }
    Some(ids)
}

fn image(f: &mut Fields<'_>) -> Option<Image> {
    f.object("image", |f| {
        f.need("url");
        Image { url: f.text("url").unwrap_or_default(), alt: f.text("alt") }
    })
}

fn rule(f: &mut Fields<'_>, shop: Currency) -> Option<Rule> {
    f.object("rule", |f| {
        f.need("conditions");
        let matching = f.word("match", &MATCHES).unwrap_or_default();
        let conditions = f.list("conditions", |f| condition(f, shop)).unwrap_or_default();
        // One that could not be read has left its fault.
        Rule { matching, conditions: conditions.into_iter().flatten().collect() }
    })
}

fn condition(f: &mut Fields<'_>, shop: Currency) -> Option<Condition> {
    f.need("field");
    let Some(about) = f.word("field", &FIELDS) else {
        for name in ["relation", "name", "value", "price", "at"] {
            f.value(name);
        }
        return None;
    };
    f.need("relation");
    Some(match about {
        About::Title => {
            let (relation, value) = compared(f, &WORDINGS)?;
            Condition::Title { relation, value }
        }
        About::Vendor => {
            let (relation, value) = compared(f, &EQUALITIES)?;
            Condition::Vendor { relation, value }
        }
        About::ProductType => {
            let (relation, value) = compared(f, &EQUALITIES)?;
            Condition::ProductType { relation, value }
        }
        About::Tag => {
            let (relation, value) = compared(f, &EQUALITIES)?;
            Condition::Tag { relation, value }
        }
        About::Option => {
            f.need("name");
            let name = f.text("name");
            let (relation, value) = compared(f, &EQUALITIES)?;
            Condition::Option { name: name?, relation, value }
        }
        About::Price => {
            f.need("price");
            let (relation, price) = (f.word("relation", &BOUNDS), f.money("price", shop));
            Condition::Price { relation: relation?, price: price? }
        }
        About::Discounted => Condition::Discounted { relation: f.word("relation", &EQUALITIES)? },
        About::CreatedAt => {
            f.need("at");
            let (relation, at) = (f.word("relation", &SIDES), f.time("at"));
            Condition::CreatedAt { relation: relation?, at: at? }
        }
    })
}

/// How a text is compared, and the text.
fn compared<T: Copy>(f: &mut Fields<'_>, relations: &[(&str, T)]) -> Option<(T, String)> {
    f.need("value");
    let (relation, value) = (f.word("relation", relations), f.text("value"));
    Some((relation?, value?))
}

//! Collections: products that are shown together, picked by hand or by a rule.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::product::{check_image, check_seo, handle_for};
use super::{Image, ProductStatus, Rule, Seo};
use crate::fault::Faults;
use crate::text::{self, BODY_MAX, LINE_MAX};
use crate::{CollectionId, Fault, Metadata, ProductId};

/// Products of a collection by hand. What is larger is a rule on a tag.
pub const COLLECTION_PRODUCTS_MAX: usize = 1_000;

/// Products that are shown together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// Its id.
    pub collection_id: CollectionId,
    /// Its name in addresses; unique among collections.
    pub handle: String,
    /// Its name.
    pub title: String,
    /// Its description, sanitized HTML.
    #[serde(default)]
    pub description_html: String,
    /// The picture that stands for it.
    #[serde(default)]
    pub image: Option<Image>,
    /// What search engines show.
    #[serde(default)]
    pub seo: Seo,
    /// Whether it is meant to be shown.
    pub status: ProductStatus,
    /// From when on it is shown; `None`: at once.
    #[serde(default)]
    pub publish_at: Option<Timestamp>,
    /// From when on it is shown no more; `None`: never.
    #[serde(default)]
    pub unpublish_at: Option<Timestamp>,
    /// Which products are in it.
    pub members: Members,
    /// The caller's own pairs.
    #[serde(default)]
    pub metadata: Metadata,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Which products are in a collection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Members {
    /// These, in this order.
    ByHand {
        /// The products, each once.
        product_ids: Vec<ProductId>,
    },
    /// Those that a rule means, as they are at the time.
    ByRule {
        /// The rule.
        rule: Rule,
        /// In which order.
        sort: CollectionSort,
    },
}

/// In which order the products of a rule are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum CollectionSort {
    /// By title.
    #[default]
    #[serde(rename = "title")]
    Title,
    /// By title, from the end.
    #[serde(rename = "-title")]
    TitleFalling,
    /// The cheapest first.
    #[serde(rename = "price")]
    Price,
    /// The dearest first.
    #[serde(rename = "-price")]
    PriceFalling,
    /// The oldest first.
    #[serde(rename = "created_at")]
    CreatedAt,
    /// The newest first.
    #[serde(rename = "-created_at")]
    CreatedAtFalling,
}

/// What happened to a collection; each carries the whole of it after the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CollectionEvent {
    /// It was made.
    CollectionCreated(Box<Collection>),
    /// It, or which products are in it, was changed.
    CollectionUpdated(Box<Collection>),
    /// It was taken away; this is how it was last.
    CollectionDeleted(Box<Collection>),
}

impl CollectionEvent {
    /// The collection after the change.
    pub fn collection(&self) -> &Collection {
        match self {
            Self::CollectionCreated(one) | Self::CollectionUpdated(one) | Self::CollectionDeleted(one) => one,
        }
    }

    /// Its name in the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::CollectionCreated(_) => "CollectionCreated",
            Self::CollectionUpdated(_) => "CollectionUpdated",
            Self::CollectionDeleted(_) => "CollectionDeleted",
        }
    }
}

/// A collection as a caller wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionDraft {
    /// Its name in addresses; made from the title when `None`.
    pub handle: Option<String>,
    /// Its name.
    pub title: String,
    /// Its description, sanitized HTML.
    pub description_html: String,
    /// The picture that stands for it.
    pub image: Option<Image>,
    /// What search engines show.
    pub seo: Seo,
    /// Whether it is meant to be shown.
    pub status: ProductStatus,
    /// From when on it is shown.
    pub publish_at: Option<Timestamp>,
    /// From when on it is shown no more.
    pub unpublish_at: Option<Timestamp>,
    /// Which products are in it.
    pub members: Members,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

impl CollectionDraft {
    /// The draft that changes nothing.
    pub fn standing(collection: &Collection) -> Self {
        let one = collection.clone();
        Self {
            handle: Some(one.handle),
            title: one.title,
            description_html: one.description_html,
            image: one.image,
            seo: one.seo,
            status: one.status,
            publish_at: one.publish_at,
            unpublish_at: one.unpublish_at,
            members: one.members,
            metadata: one.metadata,
        }
    }

    /// Make a collection of it, or all that is wrong with it. `before` is the collection it changes.
    pub fn compose(
        self,
        collection_id: CollectionId,
        before: Option<&Collection>,
        now: Timestamp,
    ) -> Result<Collection, Vec<Fault>> {
        let mut faults = Faults::default();
        faults.require(!self.title.trim().is_empty(), "/title", || "a collection needs a title".into());
        faults.check("/title", text::line(&self.title, LINE_MAX));
        faults.check("/description_html", text::body(&self.description_html, BODY_MAX));
        if let Some(image) = &self.image {
            check_image(image, "/image", &mut faults);
        }
        check_seo(&self.seo, &mut faults);
        faults.metadata("/metadata", &self.metadata);
        let named = (self.title.as_str(), collection_id.as_str());
        let handle = handle_for(self.handle.as_ref(), before.map(|b| &b.handle), named, &mut faults);
        let lasts = self.publish_at.zip(self.unpublish_at).is_none_or(|(from, until)| from < until);
        faults.require(lasts, "/unpublish_at", || {
            "'unpublish_at' is not after 'publish_at'; it would never be shown".into()
        });
        self.members.check(&mut faults);
        faults.or(Collection {
            collection_id,
            handle,
            title: self.title,
            description_html: self.description_html,
            image: self.image,
            seo: self.seo,
            status: self.status,
            publish_at: self.publish_at,
            unpublish_at: self.unpublish_at,
            members: self.members,
            metadata: self.metadata,
            created_at: before.map_or(now, |before| before.created_at),
            updated_at: now,
        })
    }
}

impl Members {
    fn check(&self, faults: &mut Faults) {
        match self {
            Self::ByHand { product_ids } => {
                let count = product_ids.len();
                faults.require(count <= COLLECTION_PRODUCTS_MAX, "/product_ids", || {
                    format!(
                        "a collection by hand has at most {COLLECTION_PRODUCTS_MAX} products, this one would have {count}; tag \
                         them and make a rule on the tag"
                    )
                });
                let mut seen = BTreeSet::new();
                for (index, id) in product_ids.iter().enumerate() {
                    faults.require(seen.insert(id), &format!("/product_ids/{index}"), || {
                        format!("the product '{id}' stands twice")
                    });
                }
            }
            Self::ByRule { rule, .. } => rule.check("/rule", faults),
        }
    }
}

impl Collection {
    /// Whether it is shown at a time.
    pub fn is_published(&self, now: Timestamp) -> bool {
        self.status == ProductStatus::Active
            && self.publish_at.is_none_or(|from| from <= now)
            && self.unpublish_at.is_none_or(|until| now < until)
    }

    /// Whether another one is the same but for the time of its last change.
    pub fn is_like(&self, other: &Self) -> bool {
        Self { updated_at: self.updated_at, ..other.clone() } == *self
    }
}

/// A list with these products at a place, counted from 1 among the others, or at its end: those that were in it already move
/// there, in the order in which they are given.
pub fn placed(before: &[ProductId], moved: &[ProductId], place: Option<usize>) -> Vec<ProductId> {
    let mut list: Vec<ProductId> = before.iter().filter(|id| !moved.contains(id)).cloned().collect();
    let at = place.map_or(list.len(), |place| place.saturating_sub(1).min(list.len()));
    list.splice(at..at, moved.iter().cloned());
    list
}

#[cfg(test)]
mod tests {
    use super::super::{CONDITIONS_MAX, Condition, Equality, Matching};
    use super::*;

    const START: Timestamp = Timestamp::constant(1_795_352_400, 0);

    fn ids(text: &str) -> Vec<ProductId> {
        text.split_whitespace().map(|id| ProductId::trusted(id.into())).collect()
    }

    fn draft(members: Members) -> CollectionDraft {
        CollectionDraft {
            handle: None,
            title: "Summer & Sun".to_owned(),
            description_html: String::new(),
            image: None,
            seo: Seo::default(),
            status: ProductStatus::Active,
            publish_at: None,
            unpublish_at: None,
            members,
            metadata: Metadata::new(),
        }
    }

    fn by_hand(text: &str) -> Members {
        Members::ByHand { product_ids: ids(text) }
    }

    fn composed(draft: CollectionDraft) -> Result<Collection, Vec<String>> {
        let id = CollectionId::trusted("col_1".into());
        let pointers = |faults: Vec<Fault>| faults.into_iter().map(|fault| fault.pointer).collect();
        draft.compose(id, None, START).map_err(pointers)
    }

    #[test]
    fn products_are_placed_and_moved() {
        for (before, moved, place, after) in [
            ("a b c", "d", None, "a b c d"),
            ("a b c", "d e", Some(1), "d e a b c"),
            ("a b c", "c", Some(2), "a c b"),
            ("a b c", "a", Some(3), "b c a"),
            ("a b c", "b a", None, "c b a"),
            ("a b c", "x", Some(99), "a b c x"),
            ("", "a", Some(0), "a"),
        ] {
            assert_eq!(
                placed(&ids(before), &ids(moved), place),
                ids(after),
                "{moved} to {place:?} of {before}"
            );
        }
    }

    #[test]
    fn it_is_shown_in_its_time_only() {
        let second = |n| Timestamp::from_second(START.as_second() + n).unwrap();
        let draft = CollectionDraft {
            publish_at: Some(second(10)),
            unpublish_at: Some(second(20)),
            ..draft(by_hand("a"))
        };
        let mut one = composed(draft.clone()).unwrap();
        assert_eq!(one.handle, "summer-sun");
        for (at, is_shown) in [(9, false), (10, true), (19, true), (20, false)] {
            assert_eq!(one.is_published(second(at)), is_shown, "{at}");
        }
        (one.publish_at, one.unpublish_at) = (None, None);
        assert!(one.is_published(START));
        one.status = ProductStatus::Draft;
        assert!(!one.is_published(START));
        let never = CollectionDraft { unpublish_at: Some(second(10)), ..draft };
        assert_eq!(composed(never), Err(vec!["/unpublish_at".to_owned()]));
    }

    #[test]
    fn everything_that_is_wrong_is_told() {
        let tag = |value: &str| Condition::Tag { relation: Equality::Is, value: value.to_owned() };
        let of = |conditions| Members::ByRule {
            rule: Rule { matching: Matching::All, conditions },
            sort: CollectionSort::Title,
        };
        let many = |count| vec![tag("x"); count];
        let cases: [(Members, &[&str]); 6] = [
            (by_hand("a b a"), &["/product_ids/2"]),
            (of(Vec::new()), &["/rule/conditions"]),
            (of(many(CONDITIONS_MAX)), &[]),
            (of(many(CONDITIONS_MAX + 1)), &["/rule/conditions"]),
            (of(vec![tag("x"), tag("")]), &["/rule/conditions/1/value"]),
            (Members::ByHand { product_ids: numbered(COLLECTION_PRODUCTS_MAX + 1) }, &["/product_ids"]),
        ];
        for (members, pointers) in cases {
            assert_eq!(composed(draft(members)).err().unwrap_or_default(), pointers);
        }
        assert!(composed(draft(Members::ByHand { product_ids: numbered(COLLECTION_PRODUCTS_MAX) })).is_ok());
        let wrong =
            CollectionDraft { handle: Some("a b".to_owned()), title: " ".to_owned(), ..draft(by_hand("")) };
        assert_eq!(composed(wrong), Err(vec!["/title".to_owned(), "/handle".to_owned()]));
    }

    fn numbered(count: usize) -> Vec<ProductId> {
        (0..count).map(|n| ProductId::trusted(format!("P{n}").into())).collect()
    }
}

//! What a caller may ask of collections. Every door parses into these.

use jiff::Timestamp;
use serde::Serialize;
use sutler_domain::catalog::{CollectionSort, Image, ProductStatus, Rule, Seo};
use sutler_domain::{CollectionId, Metadata, ProductId};

use crate::catalog::MetadataPatch;
use crate::patch::Patch;

/// How a collection is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollectionName {
    /// By its id.
    Id(CollectionId),
    /// By its handle.
    Handle(String),
}

impl CollectionName {
    /// `handle:summer`, or an id. `None` for what is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("handle", handle)) => Some(Self::Handle(handle.to_owned())),
            _ => CollectionId::parse(text).ok().map(Self::Id),
        }
    }
}

impl std::fmt::Display for CollectionName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Handle(handle) => write!(f, "handle:{handle}"),
        }
    }
}

/// A collection to make: with a rule by that rule, without one by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewCollection {
    /// Its name in addresses; made of the title when `None`.
    pub handle: Option<String>,
    /// Its name.
    pub title: String,
    /// Its description, HTML.
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
    /// The products that are in it, in order.
    pub product_ids: Option<Vec<ProductId>>,
    /// The rule that says which are.
    pub rule: Option<Rule>,
    /// In which order those of a rule are shown; `None`: by title.
    pub sort: Option<CollectionSort>,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// A change of some members of a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CollectionPatch {
    /// Its name in addresses.
    pub handle: Option<String>,
    /// Its name.
    pub title: Option<String>,
    /// Its description, HTML; empty clears it.
    pub description_html: Option<String>,
    /// The picture that stands for it.
    pub image: Patch<Image>,
    /// Title for search engines.
    pub seo_title: Patch<String>,
    /// Description for search engines.
    pub seo_description: Patch<String>,
    /// Whether it is meant to be shown.
    pub status: Option<ProductStatus>,
    /// From when on it is shown.
    pub publish_at: Patch<Timestamp>,
    /// From when on it is shown no more.
    pub unpublish_at: Patch<Timestamp>,
    /// The rule of a collection that has one.
    pub rule: Option<Rule>,
    /// In which order its products are shown.
    pub sort: Option<CollectionSort>,
    /// Pairs to merge.
    pub metadata: Patch<MetadataPatch>,
}

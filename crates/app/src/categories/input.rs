//! What a caller may ask of categories. Every door parses into these.

use serde::Serialize;
use sutler_domain::{CategoryId, Metadata};

use crate::catalog::MetadataPatch;
use crate::patch::Patch;

/// How a category is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CategoryName {
    /// By its id.
    Id(CategoryId),
    /// By its handle.
    Handle(String),
}

impl CategoryName {
    /// `handle:mugs`, or an id. `None` for what is neither.
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            Some(("handle", handle)) => Some(Self::Handle(handle.to_owned())),
            _ => CategoryId::parse(text).ok().map(Self::Id),
        }
    }
}

impl std::fmt::Display for CategoryName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Handle(handle) => write!(f, "handle:{handle}"),
        }
    }
}

/// A category to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewCategory {
    /// The one it is below; `None`: at the top.
    pub parent_id: Option<CategoryId>,
    /// Its name in addresses; made of the title when `None`.
    pub handle: Option<String>,
    /// Its name.
    pub title: String,
    /// Its description, HTML.
    pub description_html: String,
    /// Where it stands among those beside it.
    pub position: u32,
    /// The caller's own pairs.
    pub metadata: Metadata,
}

/// A change of some members of a category.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct CategoryPatch {
    /// The one it is below; cleared: at the top. All that is below it moves along.
    pub parent_id: Patch<CategoryId>,
    /// Its name in addresses.
    pub handle: Option<String>,
    /// Its name.
    pub title: Option<String>,
    /// Its description, HTML; empty clears it.
    pub description_html: Option<String>,
    /// Where it stands among those beside it.
    pub position: Option<u32>,
    /// Pairs to merge.
    pub metadata: Patch<MetadataPatch>,
}

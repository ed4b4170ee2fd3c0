//! Categories of products.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place in the tree of categories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Category {
    /// Its id.
    pub category_id: String,
    /// `category`.
    #[schemars(extend("const" = "category"))]
    pub object: String,
    /// The one it is below; null at the top.
    pub parent_id: Option<String>,
    /// The ids of the way to it from the top, its own the last.
    pub path: Vec<String>,
    /// Its name in addresses; unique among categories.
    pub handle: String,
    /// Its name.
    pub title: String,
    /// Its description, sanitized HTML.
    pub description_html: String,
    /// Where it stands among those beside it, the smallest first; ties by id.
    pub position: u32,
    /// The caller's own pairs.
    pub metadata: BTreeMap<String, String>,
    /// Its version, also in `ETag`.
    pub version: u64,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

/// A category to make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["title"]))]
pub struct NewCategory {
    /// Its name.
    pub title: String,
    /// The one it is below; at the top when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// Its name in addresses; made of the title when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Its description, HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_html: Option<String>,
    /// Where it stands among those beside it, the smallest first; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// The caller's own pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// What is to be changed of a category: absent is unchanged, null clears; a `parent_id` of null is the top.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CategoryPatch {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The one it is below; all that is below it moves along.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    /// Its name in addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Its description, HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_html: Option<String>,
    /// Where it stands among those beside it, the smallest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
    /// The caller's own pairs; null takes one away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, Option<String>>>,
}

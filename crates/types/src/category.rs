//! Categories of products.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A place in the tree of categories.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// Its id.
    pub category_id: String,
    /// `category`.
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

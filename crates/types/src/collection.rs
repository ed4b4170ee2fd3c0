//! Collections of products.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Money;
use crate::catalog::{Image, Seo};

/// Products that are shown together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// Its id.
    pub collection_id: String,
    /// `collection`.
    pub object: String,
    /// Its name in addresses; unique among collections.
    pub handle: String,
    /// Its name.
    pub title: String,
    /// Its description, sanitized HTML.
    pub description_html: String,
    /// The picture that stands for it.
    pub image: Option<Image>,
    /// What search engines show.
    pub seo: Seo,
    /// `draft`, `active` or `archived`.
    pub status: String,
    /// From when on it is shown; null: at once.
    pub publish_at: Option<String>,
    /// From when on it is shown no more; null: never.
    pub unpublish_at: Option<String>,
    /// Whether it is shown now: it is active, and this is its time.
    pub published: bool,
    /// `by_hand` or `by_rule`.
    pub kind: String,
    /// How many products are picked by hand; null for a rule.
    pub products_count: Option<usize>,
    /// The rule that says which products are in it; null by hand.
    pub rule: Option<Rule>,
    /// In which order its products are shown: `manual` by hand, else `title`, `price`, `created_at`, with `-` from the end.
    pub sort: String,
    /// The caller's own pairs.
    pub metadata: BTreeMap<String, String>,
    /// Its version, also in `ETag`.
    pub version: u64,
    /// When it was made.
    pub created_at: String,
    /// When it was last changed.
    pub updated_at: String,
}

/// Which products are meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `all` or `any` of the conditions must hold.
    #[serde(rename = "match")]
    pub matching: String,
    /// The conditions.
    pub conditions: Vec<Condition>,
}

/// Something that holds of a product, or does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// `title`, `vendor`, `product_type`, `tag`, `option`, `price`, `discounted` or `created_at`.
    pub field: String,
    /// `has`, `has_not`; `is`, `is_not`; `at_least`, `at_most`; `since`, `before`.
    pub relation: String,
    /// Which option.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The text that is compared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Money>,
    /// The instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
}

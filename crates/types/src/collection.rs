//! Collections of products.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Money;
use crate::catalog::{Image, Seo};

/// Products that are shown together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Collection {
    /// Its id.
    pub collection_id: String,
    /// `collection`.
    #[schemars(extend("const" = "collection"))]
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
    #[schemars(extend("enum" = ["draft", "active", "archived"]))]
    pub status: String,
    /// From when on it is shown; null: at once.
    pub publish_at: Option<String>,
    /// From when on it is shown no more; null: never.
    pub unpublish_at: Option<String>,
    /// Whether it is shown now: it is active, and this is its time.
    pub published: bool,
    /// `by_hand` or `by_rule`.
    #[schemars(extend("enum" = ["by_hand", "by_rule"]))]
    pub kind: String,
    /// How many products are picked by hand; null for a rule.
    pub products_count: Option<usize>,
    /// The rule that says which products are in it; null by hand.
    pub rule: Option<Rule>,
    /// In which order its products are shown: `manual` by hand, else `title`, `price`, `created_at`, with `-` from the end.
    #[schemars(extend("enum" = ["manual", "title", "-title", "price", "-price", "created_at", "-created_at"]))]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// `all` (unless said) or `any` of the conditions must hold.
    #[serde(rename = "match", default = "all")]
    #[schemars(extend("enum" = ["all", "any"]))]
    pub matching: String,
    /// The conditions.
    pub conditions: Vec<Condition>,
}

fn all() -> String {
    "all".to_owned()
}

/// Something that holds of a product, or does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Condition {
    /// `title`, `vendor`, `product_type`, `tag`, `option`, `price`, `discounted` or `created_at`.
    #[schemars(extend("enum" = ["title", "vendor", "product_type", "tag", "option", "price", "discounted", "created_at"]))]
    pub field: String,
    /// `has`, `has_not`; `is`, `is_not`; `at_least`, `at_most`; `since`, `before`.
    #[schemars(extend("enum" = ["has", "has_not", "is", "is_not", "at_least", "at_most", "since", "before"]))]
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

/// A collection to make: with `rule` by that rule, else by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("required" = ["title"]))]
pub struct NewCollection {
    /// Its name.
    pub title: String,
    /// Its name in addresses; made of the title when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Its description, HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_html: Option<String>,
    /// The picture that stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// What search engines show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seo: Option<Seo>,
    /// `draft`, `active` (the default) or `archived`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["draft", "active", "archived", null]))]
    pub status: Option<String>,
    /// From when on it is shown; at once when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_at: Option<String>,
    /// From when on it is shown no more; never when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpublish_at: Option<String>,
    /// By hand: the products to begin with, in their order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub product_ids: Option<Vec<String>>,
    /// By rule: which products are in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// By rule: in which order they are shown; by `title` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["title", "-title", "price", "-price", "created_at", "-created_at", null]))]
    pub sort: Option<String>,
    /// The caller's own pairs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// What is to be changed of a collection: absent is unchanged, null clears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct CollectionPatch {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Its name in addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    /// Its description, HTML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description_html: Option<String>,
    /// The picture that stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// What search engines show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seo: Option<Seo>,
    /// `draft`, `active` or `archived`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["draft", "active", "archived", null]))]
    pub status: Option<String>,
    /// From when on it is shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publish_at: Option<String>,
    /// From when on it is shown no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpublish_at: Option<String>,
    /// By rule: which products are in it, as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// By rule: in which order they are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("enum" = ["title", "-title", "price", "-price", "created_at", "-created_at", null]))]
    pub sort: Option<String>,
    /// The caller's own pairs; null takes one away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, Option<String>>>,
}

/// The products of a collection by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CollectionProducts {
    /// Their ids, in the order in which they are shown.
    pub product_ids: Vec<String>,
}

/// Products to put into a collection by hand, or to move in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AddedProducts {
    /// Their ids.
    pub product_ids: Vec<String>,
    /// At which place among the others, counted from 1; at the end when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u32>,
}

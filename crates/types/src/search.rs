//! Products by what they are called.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::catalog::Product;
use crate::page::PageInfo;

/// Products that answer a search, and what was counted beside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchPage {
    /// The products, in order.
    pub data: Vec<SearchHit>,
    /// Where the pages beside it begin.
    pub page: PageInfo,
    /// How many products have which value.
    pub facets: Facets,
}

/// A product that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SearchHit {
    /// The product.
    #[serde(flatten)]
    pub product: Product,
    /// What of it answers.
    pub highlight: Highlight,
}

/// What of a product answers, as HTML that is safe to show: `<mark>` around each word, the rest escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SearchHighlight")]
pub struct Highlight {
    /// Its title; null when nothing in it answers.
    pub title: Option<String>,
    /// A part of its description; null when nothing in it answers.
    pub description: Option<String>,
}

/// How many products have which value. A facet is counted as if nothing were chosen of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Facets {
    /// By vendor, the most frequent first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vendor: Option<Vec<FacetValue>>,
    /// By type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_type: Option<Vec<FacetValue>>,
    /// By tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<Vec<FacetValue>>,
    /// By the values of each option.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub option: Option<BTreeMap<String, Vec<FacetValue>>>,
    /// The lowest and the highest price; absent when there is none in the currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<PriceSpan>,
}

/// How many products have a value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FacetValue {
    /// The value.
    pub value: String,
    /// How many.
    pub count: u64,
}

/// The prices that there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriceSpan {
    /// The lowest, in minor units.
    pub min: i64,
    /// The highest, in minor units.
    pub max: i64,
    /// Their currency.
    pub currency: String,
}

/// A title that somebody may be about to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suggestion {
    /// The title.
    pub text: String,
    /// The title as HTML that is safe to show, with `<mark>` around each word that answers.
    pub highlight: String,
    /// A product that has it.
    pub product_id: String,
}

/// A new index was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SearchRebuild")]
pub struct Rebuild {
    /// `search_rebuild`.
    #[schemars(extend("const" = "search_rebuild"))]
    pub object: String,
    /// `asked`: the node builds it as soon as it can, and answers with the old one until then.
    #[schemars(extend("const" = "asked"))]
    pub status: String,
}

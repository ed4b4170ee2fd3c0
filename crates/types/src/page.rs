//! Lists.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub data: Vec<T>,
    /// Where the pages beside it begin.
    pub page: PageInfo,
}

/// Where the pages beside this one begin. Cursors are opaque, survive inserts and never expire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PageInfo {
    /// Give it back as `after`.
    pub next: Option<String>,
    /// Give it back as `before`.
    pub prev: Option<String>,
    /// Whether a next page has rows.
    pub has_more: bool,
    /// Rows of the whole list; only with `count=exact` or `count=estimate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
}

/// A list that is always given whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}List")]
pub struct List<T> {
    /// The rows.
    pub data: Vec<T>,
}

//! Reports.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A table of figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// `report`.
    #[schemars(extend("const" = "report"))]
    pub object: String,
    /// Which, such as `sales_by_day`.
    pub report: String,
    /// What it is called, for people.
    pub title: String,
    /// When its time begins; null: it is of now.
    pub from: Option<String>,
    /// Before when it ends.
    pub until: String,
    /// The columns, in order.
    pub columns: Vec<ReportColumn>,
    /// The rows; each has a member for each column.
    pub data: Vec<Map<String, Value>>,
    /// Whether there are more rows than are told.
    pub is_cut: bool,
}

/// A column of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportColumn {
    /// The name of its member in the rows.
    pub name: String,
    /// What it is called, for people.
    pub title: String,
    /// `text`, `count` or `money`.
    #[schemars(extend("enum" = ["text", "count", "money"]))]
    #[serde(rename = "type")]
    pub kind: String,
}

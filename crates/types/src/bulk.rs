//! Files of orders and of changes, in NDJSON: what each line is told, and what is told of the whole file in the end.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ProblemBody;
use crate::place::NewOrder;

/// A line of a file: an order, which may have a key of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("required" = ["items"]))]
pub struct OrderLine {
    /// The order.
    #[serde(flatten)]
    pub order: NewOrder,
    /// The idempotency key of this line; made of the key of the file when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// What a line is told, in the order of the lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BulkLineAnswer")]
pub struct LineAnswer {
    /// Its number in the file, from 1.
    pub line: u64,
    /// The status that the same order would have got alone.
    pub status: u16,
    /// The order; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Whether it was placed before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Box<ProblemBody>>,
}

/// A line of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "BulkLine")]
pub enum AnswerLine {
    /// What came of the file, last.
    Last(LastLine),
    /// What came of a line.
    Line(LineAnswer),
}

/// The last line of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BulkLastLine")]
pub struct LastLine {
    /// What came of the file.
    pub summary: Summary,
}

/// What came of a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "BulkSummary")]
pub struct Summary {
    /// Lines that were answered.
    pub lines: u64,
    /// Orders placed now; with `dry_run`, that would be.
    pub placed: u64,
    /// Orders placed before.
    pub replayed: u64,
    /// Lines with a problem.
    pub failed: u64,
    /// From the first byte to the last answer, in milliseconds.
    pub took_ms: u64,
    /// Why the lines behind the last one answered were not read; absent when all were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Box<ProblemBody>>,
}

/// A line of changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("required" = ["resource", "op"]))]
pub struct ChangeLine {
    /// A word of the caller's, told again with the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What it is about.
    #[schemars(extend("enum" = ["product", "variant", "inventory"]))]
    pub resource: String,
    /// What is to be done.
    #[schemars(extend("enum" = ["create", "upsert", "update", "publish", "archive", "delete", "adjust"]))]
    pub op: String,
    /// The product: an id, `handle:…` or `sku:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The variant: an id or `sku:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<String>,
    /// What the request of this change alone has as its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A line of an answer to changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ChangeTold {
    /// What came of the file, last.
    Last(LastChange),
    /// What came of a line.
    Line(ChangeAnswer),
}

/// What a line of changes is told, in the order of the lines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeAnswer {
    /// The line's own word for itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its number in the file, from 1.
    pub line: u64,
    /// The status that the same change would have got alone.
    pub status: u16,
    /// The product that was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The variant that the change was about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant_id: Option<String>,
    /// The location of the level that was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The version of the product or level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
    /// Whether it was done before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub replayed: bool,
    /// Why nothing was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Box<ProblemBody>>,
}

/// The last line of an answer to changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LastChange {
    /// What came of the file.
    pub summary: ChangeSummary,
}

/// What came of a file of changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeSummary {
    /// Lines that were done, or with `dry_run` would be.
    pub ok: u64,
    /// Lines with a problem.
    pub failed: u64,
    /// Lines that were not tried, since the server ends.
    pub skipped: u64,
    /// From the first line to the last answer, in milliseconds.
    pub took_ms: u64,
}

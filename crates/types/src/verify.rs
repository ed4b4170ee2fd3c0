//! Whether what is stored is true.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What was checked, and every difference between what is stored and what the log makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// `verification`.
    #[schemars(extend("const" = "verification"))]
    pub object: String,
    /// Whether nothing differs.
    pub clean: bool,
    /// The last position of the log that was checked.
    pub position: u64,
    /// Each check with its counts.
    pub checked: Vec<Checked>,
    /// Differences in all.
    pub differences_total: u64,
    /// The first of them.
    pub differences: Vec<Difference>,
}

/// How often something was checked, and how often it did not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checked {
    /// `log`, `chain`, `numbers`, `versions`, `views`, `lifecycle`, `money`, `goods`, `journal` or `levels`.
    #[schemars(extend("enum" = ["log", "chain", "numbers", "versions", "views", "lifecycle", "money", "goods", "journal", "levels"]))]
    pub check: String,
    /// How often.
    pub count: u64,
    /// How often it did not hold.
    pub differences: u64,
    /// What was counted, and what holds of it when nothing differs.
    pub description: String,
}

/// Something that is stored and not true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Which check found it.
    pub check: String,
    /// Where, in words, such as `order #1061 (ord_…)`.
    pub place: String,
    /// Whose, such as `order:ord_…`, when it is of one stream.
    pub stream: Option<String>,
    /// Where in the log, when it is of one position.
    pub position: Option<u64>,
    /// What differs, and what that says.
    pub cause: String,
}

/// An order, folded from its first event and compared with what is stored of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Replay {
    /// `replay`.
    #[schemars(extend("const" = "replay"))]
    pub object: String,
    /// Which order.
    pub order_id: String,
    /// Its number, with the shop's prefix.
    pub number: String,
    /// Whether nothing differs.
    pub clean: bool,
    /// The version of the stored order; 0 when there is none.
    pub version: u64,
    /// Each step, oldest first.
    pub steps: Vec<Step>,
    /// What is stored and not true, in words.
    pub differences: Vec<String>,
}

/// An order after one of its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// After how many events.
    pub version: u64,
    /// Where in the log.
    pub position: u64,
    /// What happened, by its name in the log.
    pub event: String,
    /// When.
    pub at: String,
    /// Where it stands then.
    pub status: String,
    /// What is paid then.
    pub payment_status: String,
    /// Where the goods are then.
    pub fulfillment_status: String,
    /// What the event changed.
    pub changes: Vec<FieldChange>,
}

/// A field that an event changed, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FieldChange {
    /// Its path, such as `payments/0/captured`.
    pub field: String,
    /// What it was.
    pub before: String,
    /// What it is now.
    pub after: String,
}

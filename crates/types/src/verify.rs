//! Whether what is stored is true.

use serde::{Deserialize, Serialize};

/// What was checked, and every difference between what is stored and what the log makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// `verification`.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// `log`, `chain`, `numbers`, `versions`, `views`, `lifecycle`, `money`, `journal` or `levels`.
    pub check: String,
    /// How often.
    pub count: u64,
    /// How often it did not hold.
    pub differences: u64,
    /// What was counted, and what holds of it when nothing differs.
    pub description: String,
}

/// Something that is stored and not true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

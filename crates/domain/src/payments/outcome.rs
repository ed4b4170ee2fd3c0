//! What a gateway said. Richer than a bool, because "I do not know" is neither yes nor no.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Why a payment did not work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The gateway's code, such as `card_declined`.
    pub code: String,
    /// One sentence for people.
    pub message: String,
    /// Whether another try with the same means may work.
    pub retryable: bool,
}

/// What the buyer must do before the payment goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextAction {
    /// Where the buyer goes.
    pub url: String,
    /// Until when.
    pub expires_at: Timestamp,
}

/// The answer of a gateway to one call, or to the question what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It took effect.
    Succeeded {
        /// The gateway's own name for it.
        transaction_id: String,
    },
    /// The gateway is still working on it; ask again.
    Pending,
    /// The buyer must do something first.
    RequiresAction(NextAction),
    /// It did not take effect and will not.
    Declined(Failure),
    /// Nobody knows: the answer was lost. The gateway must be asked, never guessed.
    Unknown {
        /// What was seen instead of an answer.
        reason: String,
    },
    /// The gateway has never heard of this call.
    NotFound,
}

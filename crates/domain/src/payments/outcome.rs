//! What a gateway said. Richer than a bool, because "I do not know" is neither yes nor no.

use std::fmt;

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

/// What the buyer must do before the payment goes on: go to an address, or finish it in the shop's own page with the
/// gateway's secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextAction {
    /// Where the buyer goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What the buyer's browser proves with that it may finish this one payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<ClientSecret>,
    /// The gateway's own name for the payment, when it has given one already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// Until when.
    pub expires_at: Timestamp,
}

impl NextAction {
    /// The buyer goes to an address.
    pub fn at(url: impl Into<String>, expires_at: Timestamp) -> Self {
        Self { url: Some(url.into()), client_secret: None, transaction_id: None, expires_at }
    }
}

/// A gateway's secret for the browser of one buyer. It is for that browser only, so no log shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// A secret that a gateway gave.
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    /// The secret itself, for the buyer's browser.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(…)")
    }
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
    /// It took effect and was the last that this payment gives: what was secured beyond it was given up by the gateway.
    Concluded {
        /// The gateway's own name for it.
        transaction_id: String,
    },
    /// The gateway is still working on it; ask again.
    Pending,
    /// The gateway was not asked, because it takes no calls now; nothing can have come of it.
    NotAsked {
        /// Why not.
        reason: String,
        /// When it may be asked.
        wait_ms: u64,
    },
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

//! Amounts.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whole minor units (cents for EUR, yen for JPY) of one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Money {
    /// Minor units, within ±(2^53 − 1).
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: String,
}

impl Money {
    /// An amount of minor units.
    pub fn new(amount: i64, currency: impl Into<String>) -> Self {
        Self { amount, currency: currency.into() }
    }
}

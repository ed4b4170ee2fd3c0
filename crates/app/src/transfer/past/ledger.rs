//! What a dry run would have stored, as far as cancellations ask for it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::Timestamp;

/// Units by customer and code. A dry run remembers some bytes of every line; a run that writes remembers none.
#[derive(Default)]
pub(super) struct Ledger {
    bought: HashMap<u64, Vec<(Timestamp, i64)>>,
}

impl Ledger {
    fn key(customer: Option<&str>, sku: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        (customer, sku).hash(&mut hasher);
        hasher.finish()
    }

    /// Units were bought.
    pub(super) fn buy(&mut self, customer: Option<&str>, sku: &str, at: Timestamp, units: i64) {
        self.bought.entry(Self::key(customer, sku)).or_default().push((at, units));
    }

    /// Units that were bought up to a moment and not given back; `None`: it never was bought.
    pub(super) fn left(&self, customer: Option<&str>, sku: &str, at: Timestamp) -> Option<i64> {
        let bought = self.bought.get(&Self::key(customer, sku))?;
        let mut earlier = bought.iter().filter(|(when, _)| *when <= at).peekable();
        earlier.peek()?;
        Some(earlier.fold(0i64, |sum, (_, units)| sum.saturating_add(*units)))
    }

    /// Units were given back.
    pub(super) fn give_back(&mut self, customer: Option<&str>, sku: &str, at: Timestamp, units: i64) {
        self.buy(customer, sku, at, units.saturating_neg());
    }
}

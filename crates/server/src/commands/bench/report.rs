//! What is said in the end.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value, json};

use super::checks::Check;
use super::ledger::{Ledger, Told};
use crate::connect::Context;
use crate::console::{Failure, Paint};

/// Differences of one check that are shown; the others are counted.
const SHOWN: usize = 5;

/// The figures of a sale.
pub(super) struct Report<'a> {
    pub(super) ledger: &'a Ledger,
    /// Who came, and how.
    pub(super) pace: String,
    pub(super) stock: i64,
    pub(super) connections: u32,
    /// Where the orders are.
    pub(super) store: String,
    /// From the opening to the last answer.
    pub(super) took: Duration,
    /// Empty when nothing was to be checked.
    pub(super) checks: &'a [Check],
}

impl Report<'_> {
    fn counted(&self, is_it: impl Fn(&Told) -> bool) -> usize {
        self.ledger.answers.iter().filter(|answer| is_it(&answer.told)).count()
    }

    /// Sold too often, charged too often, events lost.
    fn harm(&self) -> [u64; 3] {
        ["sold", "charged", "events"]
            .map(|name| self.checks.iter().filter(|check| check.name == name).map(|check| check.count).sum())
    }

    fn per_second(&self) -> u128 {
        let count = u128::try_from(self.ledger.answers.len()).unwrap_or(u128::MAX);
        count.saturating_mul(1_000_000) / self.took.as_micros().max(1)
    }

    pub(super) fn tell(&self, context: &Context) -> Result<(), Failure> {
        let out = &context.output;
        if !out.is_for_people() {
            return out.json(&self.json());
        }
        out.line(format!(
            "  {}, {} units, {} connections, {}",
            self.pace, self.stock, self.connections, self.store
        ))?;
        out.line(self.outcome())?;
        let [p50, p99] = [500, 990].map(|share| ms(self.ledger.within(share)));
        out.line(format!("  p50 {p50} ms   p99 {p99} ms   {} orders/s (attempted)", self.per_second()))?;
        let again: Vec<String> =
            self.ledger.asked_again().iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        if !again.is_empty() {
            out.line(format!("  asked again, under the same key   {}", again.join("   ")))?;
        }
        for check in self.checks {
            let mark =
                if check.holds() { out.paint(Paint::Good, "✓") } else { out.paint(Paint::Bad, "✗") };
            out.line(format!("  {mark} {:<12} {}", check.name, check.said).trim_end())?;
            for difference in check.differences.iter().take(SHOWN) {
                out.line(format!("      {difference}"))?;
            }
            let more = check.differences.len().saturating_sub(SHOWN);
            if more > 0 {
                out.line(format!("      and {more} more"))?;
            }
        }
        Ok(())
    }

    fn outcome(&self) -> String {
        let placed = self.ledger.placed().count();
        let out_of_stock = self.counted(|told| *told == Told::OutOfStock);
        let failed = self.counted(|told| matches!(told, Told::Refused { .. } | Told::Nothing { .. }));
        let mut line = format!("  placed {placed}   refused out_of_stock {out_of_stock}");
        if failed > 0 {
            _ = write!(line, "   failed {failed}");
        }
        if !self.checks.is_empty() {
            let [oversold, twice, lost] = self.harm();
            _ = write!(line, "   oversold {oversold}   double charges {twice}   lost events {lost}");
        }
        line
    }

    fn json(&self) -> Value {
        let [oversold, twice, lost] = self.harm();
        let [p50, p99] =
            [500, 990].map(|share| u64::try_from(self.ledger.within(share).as_micros()).unwrap_or(0));
        let mut body = json!({
            "asked": self.ledger.answers.len(), "units": self.stock, "connections": self.connections,
            "store": self.store, "placed": self.ledger.placed().count(),
            "out_of_stock": self.counted(|told| *told == Told::OutOfStock),
            "failed": self.counted(|told| matches!(told, Told::Refused { .. } | Told::Nothing { .. })),
            "asked_again": self.ledger.asked_again(), "p50_us": p50, "p99_us": p99, "orders_per_s": u64::try_from(self.per_second()).unwrap_or(u64::MAX),
        });
        if let (Some(body), false) = (body.as_object_mut(), self.checks.is_empty()) {
            body.insert("oversold".to_owned(), oversold.into());
            body.insert("double_charges".to_owned(), twice.into());
            body.insert("lost_events".to_owned(), lost.into());
            body.insert("checks".to_owned(), json!(self.checks));
        }
        body
    }
}

/// Milliseconds to the tenth.
fn ms(time: Duration) -> String {
    let tenths = time.as_micros().saturating_add(50) / 100;
    format!("{}.{}", tenths / 10, tenths % 10)
}

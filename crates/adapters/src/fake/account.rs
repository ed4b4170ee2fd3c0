//! The calls of one payment: a call is taken once by its key, and money never moves beyond its bounds.

use jiff::{SignedDuration, Timestamp};
use sutler_app::ports::{BookEntry, GatewayCall};
use sutler_domain::Money;
use sutler_domain::payments::{Failure, NextAction, Operation, Outcome};

use super::scenario::Scenario;

/// How long a call of `tok_slow_5s` is pending for whoever looks it up.
const SLOW: SignedDuration = SignedDuration::from_secs(5);

/// The calls of one payment, in the order of their arrival.
#[derive(Default)]
pub(super) struct Account {
    entries: Vec<BookEntry>,
}

impl Account {
    /// From the lines of the books, oldest first.
    pub(super) fn of(lines: impl IntoIterator<Item = BookEntry>) -> Self {
        let mut account = Self::default();
        for line in lines {
            match account.entries.iter_mut().find(|entry| entry.key == line.key) {
                Some(entry) => *entry = line,
                None => account.entries.push(line),
            }
        }
        account
    }

    /// What became of a call; `None` when it never arrived.
    pub(super) fn find(&self, key: &str, now: Timestamp) -> Option<Outcome> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(if now < entry.rests_at { Outcome::Pending } else { entry.outcome.clone() })
    }

    /// When money of this payment was taken first.
    pub(super) fn taken_at(&self) -> Option<Timestamp> {
        self.entries.iter().find(|entry| takes_money(entry)).map(|entry| entry.rests_at)
    }

    /// What to write for a call that is heard for the first time; its own line is the last.
    pub(super) fn take(
        &self,
        call: &GatewayCall,
        scenario: Scenario,
        now: Timestamp,
        page: impl FnOnce() -> NextAction,
    ) -> Vec<BookEntry> {
        let (mut lines, is_first) = (Vec::new(), call.operation.is_first());
        let outcome = match call.operation {
            Operation::Authorize | Operation::Charge => self.first(call, scenario, page),
            Operation::Capture => self.capture(call),
            Operation::Void => self.void(call, &mut lines),
            Operation::Refund => self.refund(call, scenario),
        };
        let pending = if is_first && scenario == Scenario::Slow { SLOW } else { SignedDuration::ZERO };
        lines.push(BookEntry {
            payment_id: call.payment_id.clone(),
            key: call.key.clone(),
            operation: call.operation,
            amount: call.amount,
            outcome,
            rests_at: now.saturating_add(pending).unwrap_or(now),
        });
        lines
    }

    fn first(&self, call: &GatewayCall, scenario: Scenario, page: impl FnOnce() -> NextAction) -> Outcome {
        if self.moved(&[Operation::Void]).is_some() {
            return declined("canceled", "The payment was given up before it began.");
        }
        match (scenario.refusal(call.token.as_deref()), scenario) {
            (Some(failure), _) => Outcome::Declined(failure),
            (None, Scenario::BuyerDecides) => Outcome::RequiresAction(page()),
            (None, _) => succeeded(&call.key),
        }
    }

    fn capture(&self, call: &GatewayCall) -> Outcome {
        if self.moved(&[Operation::Void]).is_some() {
            return declined("already_voided", "The authorization was given up.");
        }
        if fits(self.moved(&[Operation::Authorize]), self.moved(&[Operation::Capture]), call.amount) {
            succeeded(&call.key)
        } else {
            declined("amount_too_large", "More was asked for than the authorization covers.")
        }
    }

    /// Give up what was secured, or the wait for the buyer; not what was taken.
    fn void(&self, call: &GatewayCall, lines: &mut Vec<BookEntry>) -> Outcome {
        if self.moved(&[Operation::Charge]).is_some() {
            return declined("already_captured", "The money was taken already; refund it instead.");
        }
        let waiting = self.entries.iter().filter(|entry| matches!(entry.outcome, Outcome::RequiresAction(_)));
        lines.extend(waiting.map(|entry| BookEntry {
            outcome: declined("canceled", "The payment was given up before the buyer decided."),
            ..entry.clone()
        }));
        succeeded(&call.key)
    }

    fn refund(&self, call: &GatewayCall, scenario: Scenario) -> Outcome {
        if scenario == Scenario::RefundFails {
            return declined("refund_failed", "The buyer's bank does not take the money back.");
        }
        let taken = self.moved(&[Operation::Charge, Operation::Capture]);
        if fits(taken, self.moved(&[Operation::Refund]), call.amount) {
            succeeded(&call.key)
        } else {
            declined("amount_too_large", "More was asked back than was taken.")
        }
    }

    /// Σ of what these operations moved, in minor units; `None` when there was none of them.
    fn moved(&self, operations: &[Operation]) -> Option<i64> {
        let counts = |entry: &&BookEntry| took_effect(entry) && operations.contains(&entry.operation);
        self.entries.iter().filter(counts).map(|entry| entry.amount.amount).reduce(i64::saturating_add)
    }

    /// All that was taken and all that was given back; `None` when no call arrived.
    pub(super) fn statement(&self) -> Option<(Money, i64)> {
        let first = self.entries.first()?;
        let taken = self.moved(&[Operation::Charge, Operation::Capture]).unwrap_or(0);
        let given_back = self.moved(&[Operation::Refund]).unwrap_or(0);
        Some((Money { amount: taken, currency: first.amount.currency }, given_back))
    }

    /// What to write for the buyer's word; `None` when the payment does not wait for it.
    pub(super) fn decide(&self, approved: bool, now: Timestamp) -> Option<BookEntry> {
        let waits = |entry: &&BookEntry| match &entry.outcome {
            Outcome::RequiresAction(action) => now < action.expires_at,
            _ => false,
        };
        let entry = self.entries.iter().find(waits)?;
        let outcome = if approved {
            succeeded(&entry.key)
        } else {
            declined("authentication_failed", "The buyer did not approve the payment.")
        };
        Some(BookEntry { outcome, rests_at: now, ..entry.clone() })
    }
}

fn took_effect(entry: &BookEntry) -> bool {
    matches!(entry.outcome, Outcome::Succeeded { .. })
}

fn takes_money(entry: &BookEntry) -> bool {
    took_effect(entry) && matches!(entry.operation, Operation::Charge | Operation::Capture)
}

/// Whether `more` still fits under `bound`. Books that do not reach back far enough, as those in memory after a
/// restart, set no bound.
fn fits(bound: Option<i64>, used: Option<i64>, more: Money) -> bool {
    bound.is_none_or(|bound| used.unwrap_or(0).saturating_add(more.amount) <= bound)
}

/// A name that tells the same call by the same word, whoever asks.
fn succeeded(key: &str) -> Outcome {
    Outcome::Succeeded { transaction_id: format!("fake_{}", key.replace(':', "_")) }
}

fn declined(code: &str, message: &str) -> Outcome {
    Outcome::Declined(Failure { code: code.to_owned(), message: message.to_owned(), retryable: false })
}

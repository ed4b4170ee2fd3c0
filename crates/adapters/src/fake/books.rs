//! What the gateway remembers: a call is taken once by its key, and money of a payment never moves beyond its bounds.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sutler_app::ports::GatewayCall;
use sutler_domain::payments::{Failure, NextAction, Operation, Outcome};
use sutler_domain::{Money, PaymentId};

use super::scenario::Scenario;

/// How often `tok_flaky` fails.
const FLAKY_FAILURES: u32 = 2;

/// How long a call of `tok_slow_5s` is pending for whoever looks it up.
const SLOW: SignedDuration = SignedDuration::from_secs(5);

/// One call that the gateway took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its idempotency key.
    pub key: String,
    /// What was asked.
    pub operation: Operation,
    /// For which payment.
    pub payment_id: PaymentId,
    /// How much.
    pub amount: Money,
    /// What came of it.
    pub outcome: Outcome,
    /// From when on its outcome is known; before that it is pending.
    pub rests_at: Timestamp,
}

impl Entry {
    fn took_effect(&self) -> bool {
        matches!(self.outcome, Outcome::Succeeded { .. })
    }

    fn takes_money(&self) -> bool {
        self.took_effect() && matches!(self.operation, Operation::Charge | Operation::Capture)
    }

    fn seen(&self, now: Timestamp) -> Outcome {
        if now < self.rests_at { Outcome::Pending } else { self.outcome.clone() }
    }
}

/// What became of a call that arrived.
pub(super) enum Answer {
    /// Heard for the first time.
    New(Outcome),
    /// A repeat.
    Known(Outcome),
    /// The scenario has the gateway out of reach; nothing is written.
    OutOfReach,
}

/// The calls of one payment, in the order of their arrival.
#[derive(Default)]
struct Account {
    entries: Vec<Entry>,
    failures: u32,
}

#[derive(Default)]
pub(super) struct Books {
    accounts: BTreeMap<PaymentId, Account>,
}

impl Books {
    pub(super) fn entries(&self) -> Vec<Entry> {
        self.accounts.values().flat_map(|account| account.entries.iter().cloned()).collect()
    }

    pub(super) fn take(
        &mut self,
        call: &GatewayCall,
        scenario: Scenario,
        now: Timestamp,
        page: impl FnOnce() -> NextAction,
    ) -> Answer {
        self.accounts.entry(call.payment_id.clone()).or_default().take(call, scenario, now, page)
    }

    /// What became of a call; `None` when it never arrived.
    pub(super) fn find(&self, call: &GatewayCall, now: Timestamp) -> Option<Outcome> {
        self.accounts.get(&call.payment_id)?.entry(&call.key).map(|entry| entry.seen(now))
    }

    /// The buyer's word; `false` when the payment does not wait for it.
    pub(super) fn decide(&mut self, payment_id: &PaymentId, approved: bool, now: Timestamp) -> bool {
        self.accounts.get_mut(payment_id).is_some_and(|account| account.decide(approved, now))
    }

    /// When money of this payment was taken first.
    pub(super) fn taken_at(&self, payment_id: &PaymentId) -> Option<Timestamp> {
        let account = self.accounts.get(payment_id)?;
        account.entries.iter().find(|entry| entry.takes_money()).map(|entry| entry.rests_at)
    }
}

impl Account {
    fn take(
        &mut self,
        call: &GatewayCall,
        scenario: Scenario,
        now: Timestamp,
        page: impl FnOnce() -> NextAction,
    ) -> Answer {
        if let Some(known) = self.entry(&call.key) {
            return Answer::Known(known.seen(now));
        }
        let is_first = call.operation.is_first();
        if is_first && scenario == Scenario::Flaky && self.failures < FLAKY_FAILURES {
            self.failures = self.failures.saturating_add(1);
            return Answer::OutOfReach;
        }
        let outcome = match call.operation {
            Operation::Authorize | Operation::Charge => self.first(call, scenario, page),
            Operation::Capture => self.capture(call),
            Operation::Void => self.void(call),
            Operation::Refund => self.refund(call, scenario),
        };
        let pending = if is_first && scenario == Scenario::Slow { SLOW } else { SignedDuration::ZERO };
        self.entries.push(Entry {
            key: call.key.clone(),
            operation: call.operation,
            payment_id: call.payment_id.clone(),
            amount: call.amount,
            outcome: outcome.clone(),
            rests_at: now.saturating_add(pending).unwrap_or(now),
        });
        Answer::New(outcome)
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
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
    fn void(&mut self, call: &GatewayCall) -> Outcome {
        if self.moved(&[Operation::Charge]).is_some() {
            return declined("already_captured", "The money was taken already; refund it instead.");
        }
        let waiting = |entry: &&mut Entry| matches!(entry.outcome, Outcome::RequiresAction(_));
        for entry in self.entries.iter_mut().filter(waiting) {
            entry.outcome = declined("canceled", "The payment was given up before the buyer decided.");
        }
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
        let counts = |entry: &&Entry| entry.took_effect() && operations.contains(&entry.operation);
        self.entries.iter().filter(counts).map(|entry| entry.amount.amount).reduce(i64::saturating_add)
    }

    fn decide(&mut self, approved: bool, now: Timestamp) -> bool {
        let waits = |entry: &&mut Entry| match &entry.outcome {
            Outcome::RequiresAction(action) => now < action.expires_at,
            _ => false,
        };
        let Some(entry) = self.entries.iter_mut().find(waits) else { return false };
        entry.outcome = if approved {
            succeeded(&entry.key)
        } else {
            declined("authentication_failed", "The buyer did not approve the payment.")
        };
        entry.rests_at = now;
        true
    }
}

/// Whether `more` still fits under `bound`. Books that do not reach back far enough, as after a restart, set no bound.
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

//! A gateway with books of its own, which keeps its promises and loses its answers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sutler_app::ports::{Clock, GatewayCall, PaymentGateway, Shipping};
use sutler_domain::PaymentId;
use sutler_domain::orders::Order;
use sutler_domain::payments::{Failure, NextAction, Operation, Outcome};

use super::evidence::BookLine;
use super::mishap::{Mishap, MishapKind, Mishaps, Place};
use super::plan::Token;
use super::store::BadStore;

/// How long the buyer has to approve.
const APPROVAL: SignedDuration = SignedDuration::from_mins(5);
/// When a dispute follows the money.
const DISPUTE: SignedDuration = SignedDuration::from_secs(10);

/// The gateway.
pub(super) struct Bank {
    store: Arc<BadStore>,
    mishaps: Arc<Mishaps>,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    accounts: BTreeMap<String, Account>,
    /// Payments whose answer arrives once more.
    echoes: Vec<PaymentId>,
    declined: u64,
}

#[derive(Default)]
struct Account {
    order: String,
    entries: Vec<Entry>,
}

#[derive(Clone)]
struct Entry {
    key: String,
    operation: Operation,
    amount: i64,
    token: String,
    outcome: Outcome,
    rests_at: Timestamp,
}

impl Entry {
    fn took_effect(&self) -> bool {
        matches!(self.outcome, Outcome::Succeeded { .. })
    }
}

impl Bank {
    /// Empty books.
    pub(super) fn new(store: Arc<BadStore>, mishaps: Arc<Mishaps>) -> Self {
        Self { store, mishaps, books: Mutex::default() }
    }

    /// Everything that took effect, payment by payment.
    pub(super) fn books(&self) -> Vec<BookLine> {
        let books = self.books.lock();
        let lines = books.accounts.iter().flat_map(|(payment, account)| {
            account.entries.iter().filter(|entry| entry.took_effect()).map(|entry| BookLine {
                payment: payment.clone(),
                order: account.order.clone(),
                key: entry.key.clone(),
                operation: entry.operation.as_str().to_owned(),
                amount: entry.amount,
            })
        });
        lines.collect()
    }

    /// A payment whose answer arrives once more.
    pub(super) fn echo(&self) -> Option<PaymentId> {
        self.books.lock().echoes.pop()
    }

    /// How many calls were declined.
    pub(super) fn declined(&self) -> u64 {
        self.books.lock().declined
    }

    fn now(&self) -> Timestamp {
        self.store.clock.now()
    }

    async fn wait(&self, ms: i64) {
        self.store.clock.sleep(Duration::from_millis(ms.unsigned_abs())).await;
    }

    fn goes_wrong(&self, place: Place) -> Option<Mishap> {
        let mishap = self.mishaps.at(place)?;
        self.tell(|| format!("!! {}", mishap.kind.words()));
        Some(mishap)
    }

    fn tell(&self, words: impl FnOnce() -> String) {
        self.store.trace.tell(self.store.clock.elapsed_us(), words);
    }

    /// The effect, at most once by its key.
    fn take(&self, call: &GatewayCall, pending_ms: i64) -> Outcome {
        let now = self.now();
        let rests_at = now.saturating_add(SignedDuration::from_millis(pending_ms)).unwrap_or(now);
        let mut books = self.books.lock();
        let account = books.accounts.entry(call.payment_id.to_string()).or_default();
        call.order_id.as_str().clone_into(&mut account.order);
        let outcome = account.take(call, now, rests_at);
        books.declined += u64::from(matches!(outcome, Outcome::Declined(_)));
        drop(books);
        self.store.trace.note_bytes(call.key.as_bytes());
        self.tell(|| {
            format!("   the gateway: {} of {} -> {}", call.key, call.amount.amount, words(&outcome))
        });
        outcome
    }
}

fn words(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Succeeded { .. } | Outcome::Concluded { .. } => "succeeded",
        Outcome::NotAsked { .. } => "not asked",
        Outcome::Pending => "pending",
        Outcome::RequiresAction(_) => "the buyer must approve",
        Outcome::Declined(_) => "declined",
        Outcome::Unknown { .. } => "unknown",
        Outcome::NotFound => "never heard of it",
    }
}

fn lost(reason: &str) -> Outcome {
    Outcome::Unknown { reason: reason.to_owned() }
}

#[async_trait]
impl PaymentGateway for Bank {
    async fn call(&self, call: &GatewayCall) -> Outcome {
        self.store.pause().await;
        let mishap = self.goes_wrong(Place::Gateway);
        let outcome = match mishap.map(|m| (m.kind, m.amount_ms)) {
            Some((MishapKind::GatewayCut, _)) => lost("the connection was cut"),
            Some((MishapKind::GatewayLost, _)) => {
                self.take(call, 0);
                lost("the answer was lost")
            }
            Some((MishapKind::GatewayHung, ms)) => {
                self.take(call, 0);
                self.wait(ms).await;
                lost("the gateway hung")
            }
            Some((MishapKind::GatewayLate, ms)) => {
                self.wait(ms).await;
                self.take(call, 0)
            }
            Some((MishapKind::GatewayPending, ms)) => self.take(call, ms),
            Some((MishapKind::GatewayTwice, _)) => {
                self.take(call, 0);
                self.store.pause().await;
                self.books.lock().echoes.push(call.payment_id.clone());
                self.take(call, 0)
            }
            _ => self.take(call, 0),
        };
        self.wait(40).await;
        outcome
    }

    async fn lookup(&self, call: &GatewayCall) -> Outcome {
        self.store.pause().await;
        if self.goes_wrong(Place::Question).is_some() {
            return lost("nobody answered the question");
        }
        let now = self.now();
        let books = self.books.lock();
        let known = books.accounts.get(call.payment_id.as_str()).and_then(|account| account.entry(&call.key));
        known.map_or(Outcome::NotFound, |entry| entry.seen(now))
    }

    async fn disputed(&self, call: &GatewayCall) -> bool {
        let now = self.now();
        let books = self.books.lock();
        let Some(account) = books.accounts.get(call.payment_id.as_str()) else { return false };
        let due = |entry: &Entry| {
            entry.took_effect()
                && entry.token == Token::Dispute.as_str()
                && matches!(entry.operation, Operation::Charge | Operation::Capture)
                && entry.rests_at.saturating_add(DISPUTE).is_ok_and(|at| at <= now)
        };
        account.entries.iter().any(due)
    }

    fn follow_up(&self, token: Option<&str>) -> Option<SignedDuration> {
        (token == Some(Token::Dispute.as_str())).then_some(SignedDuration::from_secs(12))
    }

    async fn buyer_decided(&self, payment_id: &PaymentId, approved: bool) -> bool {
        let now = self.now();
        let mut books = self.books.lock();
        books.accounts.get_mut(payment_id.as_str()).is_some_and(|account| account.decide(approved, now))
    }
}

#[async_trait]
impl Shipping for Bank {
    async fn notify(&self, order: &Order, _: u64) -> Result<(), String> {
        self.store.pause().await;
        if self.goes_wrong(Place::Shipping).is_some() {
            return Err("nobody answers at the warehouse".to_owned());
        }
        self.tell(|| format!("   the warehouse is told of {}", order.order_id));
        Ok(())
    }
}

impl Entry {
    fn seen(&self, now: Timestamp) -> Outcome {
        if now < self.rests_at { Outcome::Pending } else { self.outcome.clone() }
    }
}

impl Account {
    fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    fn moved(&self, operations: &[Operation]) -> i64 {
        let counts = |entry: &&Entry| entry.took_effect() && operations.contains(&entry.operation);
        self.entries.iter().filter(counts).map(|entry| entry.amount).sum()
    }

    fn is_voided(&self) -> bool {
        self.entries.iter().any(|entry| entry.operation == Operation::Void && entry.took_effect())
    }

    fn take(&mut self, call: &GatewayCall, now: Timestamp, rests_at: Timestamp) -> Outcome {
        if let Some(known) = self.entry(&call.key) {
            return known.seen(now);
        }
        let token = call.token.clone().unwrap_or_default();
        let amount = call.amount.amount;
        let secured = self.moved(&[Operation::Authorize, Operation::Charge]);
        let paid = self.moved(&[Operation::Charge, Operation::Capture]);
        let outcome = match call.operation {
            Operation::Authorize | Operation::Charge if self.is_voided() => declined("canceled"),
            Operation::Authorize | Operation::Charge if token == Token::Declined.as_str() => {
                declined("card_declined")
            }
            Operation::Authorize | Operation::Charge if token == Token::Approval.as_str() => {
                let expires_at = now.saturating_add(APPROVAL).unwrap_or(now);
                Outcome::RequiresAction(NextAction::at(
                    format!("https://bank.test/{}", call.payment_id),
                    expires_at,
                ))
            }
            Operation::Capture if self.is_voided() => declined("already_voided"),
            Operation::Capture if paid + amount > secured => declined("amount_too_large"),
            Operation::Void if self.moved(&[Operation::Charge]) > 0 => declined("already_captured"),
            Operation::Refund if token == Token::NoRefund.as_str() => declined("refund_failed"),
            Operation::Refund if self.moved(&[Operation::Refund]) + amount > paid => {
                declined("amount_too_large")
            }
            _ => succeeded(&call.key),
        };
        if call.operation == Operation::Void && matches!(outcome, Outcome::Succeeded { .. }) {
            self.end_waiting(&declined("canceled"), now);
        }
        let key = call.key.clone();
        self.entries.push(Entry {
            key,
            operation: call.operation,
            amount,
            token,
            outcome: outcome.clone(),
            rests_at,
        });
        if now < rests_at { Outcome::Pending } else { outcome }
    }

    fn end_waiting(&mut self, outcome: &Outcome, now: Timestamp) -> bool {
        let waits = |entry: &&mut Entry| matches!(entry.outcome, Outcome::RequiresAction(_));
        let Some(entry) = self.entries.iter_mut().find(waits) else { return false };
        entry.outcome = outcome.clone();
        entry.rests_at = now;
        true
    }

    fn decide(&mut self, approved: bool, now: Timestamp) -> bool {
        let waits = self.entries.iter().find_map(|entry| match &entry.outcome {
            Outcome::RequiresAction(action) if now < action.expires_at => Some(entry.key.clone()),
            _ => None,
        });
        let Some(key) = waits else { return false };
        let outcome = if approved { succeeded(&key) } else { declined("authentication_failed") };
        self.end_waiting(&outcome, now)
    }
}

fn succeeded(key: &str) -> Outcome {
    Outcome::Succeeded { transaction_id: format!("bank_{}", key.replace(':', "_")) }
}

fn declined(code: &str) -> Outcome {
    let message = format!("The bank says {code}.");
    Outcome::Declined(Failure { code: code.to_owned(), message, retryable: false })
}

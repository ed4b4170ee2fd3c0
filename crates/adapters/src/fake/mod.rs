//! A gateway that takes no money: each token of the buyer's means plays one scenario, so that every way a payment can
//! go is a matter of choosing a word. It keeps books of its own, by idempotency key, as a gateway across the sea does.
//!
//! The tokens are a public contract (product documentation, "Fake gateway tokens"); `None` plays `tok_ok`.

mod account;
mod books;
mod keeper;
mod line;
mod scenario;
mod sheets;
mod statements;
mod turn;

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sutler_app::ports::{BookPage, Clock, GatewayCall, PaymentGateway, ReadError, Statement, StatementPage};
use sutler_domain::PaymentId;
use sutler_domain::payments::{NextAction, Outcome};

use account::Account;
pub use books::Books;
use scenario::Scenario;
pub use sutler_app::ports::BookEntry as Entry;

/// How long the buyer has on the page of `tok_3ds`.
const DECISION_TIME: SignedDuration = SignedDuration::from_mins(15);

/// How long after the money was taken `tok_dispute` is disputed.
const DISPUTE_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// How long `tok_slow_5s` takes.
const SLOW: Duration = Duration::from_secs(5);

/// How often `tok_flaky` fails.
const FLAKY_FAILURES: u32 = 2;

/// The gateway named `fake`.
pub struct FakeGateway {
    clock: Arc<dyn Clock>,
    public_url: String,
    books: Books,
    /// How often payments of `tok_flaky` failed so far; no part of the books, since nothing took effect.
    failures: Mutex<HashMap<PaymentId, u32>>,
}

/// What became of a call that arrived.
enum Answer {
    /// Heard for the first time.
    New(Outcome),
    /// A repeat.
    Known(Outcome),
    /// The scenario has the gateway out of reach; nothing is written.
    OutOfReach,
}

impl FakeGateway {
    /// With empty books that end with the process. The page of `tok_3ds` is linked below `public_url`, which has no
    /// slash at its end.
    pub fn new(clock: Arc<dyn Clock>, public_url: impl Into<String>) -> Self {
        Self { clock, public_url: public_url.into(), books: Books::default(), failures: Mutex::default() }
    }

    /// With books in a file, as a gateway across the sea has them: they outlive any end of this process.
    pub fn open(clock: Arc<dyn Clock>, public_url: impl Into<String>, books: &Path) -> io::Result<Self> {
        Ok(Self { books: Books::open(books)?, ..Self::new(clock, public_url) })
    }

    /// With books in a file that other processes of this machine have open as well: one gateway for all of them.
    pub fn share(clock: Arc<dyn Clock>, public_url: impl Into<String>, books: &Path) -> io::Result<Self> {
        Ok(Self { books: Books::share(books)?, ..Self::new(clock, public_url) })
    }

    /// Every call that arrived, in the order of arrival: what an auditor compares with the orders.
    pub fn books(&self) -> Vec<Entry> {
        self.books.entries().unwrap_or_default()
    }

    fn page(&self, payment_id: &PaymentId, now: Timestamp) -> NextAction {
        let url = format!("{}/gateways/fake/pay/{payment_id}", self.public_url);
        NextAction::at(url, now.saturating_add(DECISION_TIME).unwrap_or(now))
    }

    fn take(
        &self,
        call: &GatewayCall,
        scenario: Scenario,
        now: Timestamp,
        account: &Account,
    ) -> (Vec<Entry>, Answer) {
        if let Some(known) = account.find(&call.key, now) {
            return (Vec::new(), Answer::Known(known));
        }
        if call.operation.is_first() && scenario == Scenario::Flaky && self.fails_again(&call.payment_id) {
            return (Vec::new(), Answer::OutOfReach);
        }
        let lines = account.take(call, scenario, now, || self.page(&call.payment_id, now));
        let outcome = lines.last().map_or(Outcome::NotFound, |line| line.outcome.clone());
        (lines, Answer::New(outcome))
    }

    /// Whether a payment that fails twice fails once more; what is over is forgotten.
    fn fails_again(&self, payment_id: &PaymentId) -> bool {
        let mut failures = self.failures.lock();
        let count = failures.entry(payment_id.clone()).or_default();
        *count = count.saturating_add(1);
        let fails = *count <= FLAKY_FAILURES;
        if !fails {
            failures.remove(payment_id);
        }
        fails
    }
}

#[async_trait]
impl PaymentGateway for FakeGateway {
    async fn call(&self, call: &GatewayCall) -> Outcome {
        let scenario = Scenario::of(call.token.as_deref());
        let now = self.clock.now();
        let answer =
            self.books.with(&call.payment_id, |account| self.take(call, scenario, now, account)).await;
        match (answer, scenario) {
            // The money moved, but the answer is lost on its way; whoever asks again hears it.
            (Ok(Answer::New(_)), Scenario::Timeout) if call.operation.is_first() => {
                Outcome::Unknown { reason: "the connection timed out before an answer came".to_owned() }
            }
            (Ok(Answer::New(outcome)), Scenario::Slow) if call.operation.is_first() => {
                self.clock.sleep(SLOW).await;
                outcome
            }
            (Ok(Answer::New(outcome) | Answer::Known(outcome)), _) => outcome,
            (Ok(Answer::OutOfReach), _) => {
                Outcome::Unknown { reason: "the gateway is unavailable (503)".to_owned() }
            }
            (Err(reason), _) => Outcome::Unknown { reason },
        }
    }

    async fn lookup(&self, call: &GatewayCall) -> Outcome {
        let now = self.clock.now();
        let found = self.books.with(&call.payment_id, |account| (Vec::new(), account.find(&call.key, now)));
        match found.await {
            Ok(found) => found.unwrap_or(Outcome::NotFound),
            Err(reason) => Outcome::Unknown { reason },
        }
    }

    async fn disputed(&self, call: &GatewayCall) -> bool {
        let scenario = Scenario::of(call.token.as_deref());
        if scenario != Scenario::Dispute {
            return false;
        }
        let taken_at = self.books.with(&call.payment_id, |account| (Vec::new(), account.taken_at())).await;
        let long_ago = |at: Timestamp| self.clock.now().duration_since(at) >= DISPUTE_AFTER;
        taken_at.is_ok_and(|at| at.is_some_and(long_ago))
    }

    fn takes_at_once(&self, token: Option<&str>) -> bool {
        Scenario::of(token) != Scenario::AuthOnly
    }

    fn follow_up(&self, token: Option<&str>) -> Option<SignedDuration> {
        (Scenario::of(token) == Scenario::Dispute).then_some(DISPUTE_AFTER)
    }

    async fn books(&self, after: u64, limit: usize) -> Option<Result<BookPage, ReadError>> {
        Some(self.books.page(after, limit).await)
    }

    async fn statements(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Option<Result<StatementPage, ReadError>> {
        Some(self.statements_since(since, after).await)
    }

    async fn statement(&self, call: &GatewayCall) -> Result<Option<Statement>, ReadError> {
        self.statement_of(&call.payment_id).await
    }

    async fn buyer_decided(&self, payment_id: &PaymentId, approved: bool) -> bool {
        let now = self.clock.now();
        let decided = self.books.with(payment_id, |account| {
            let line = account.decide(approved, now);
            let is_decided = line.is_some();
            (line.into_iter().collect(), is_decided)
        });
        decided.await.unwrap_or(false)
    }
}

#[cfg(test)]
mod tests;

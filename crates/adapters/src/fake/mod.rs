//! A gateway that takes no money: each token of the buyer's means plays one scenario, so that every way a payment can
//! go is a matter of choosing a word. It keeps books of its own, by idempotency key, as a gateway across the sea does.
//!
//! The tokens are a public contract (product documentation, "Fake gateway tokens"); `None` plays `tok_ok`.

mod books;
mod scenario;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sutler_app::ports::{Clock, GatewayCall, PaymentGateway};
use sutler_domain::PaymentId;
use sutler_domain::payments::{NextAction, Outcome};

pub use books::Entry;
use books::{Answer, Books};
use scenario::Scenario;

/// How long the buyer has on the page of `tok_3ds`.
const DECISION_TIME: SignedDuration = SignedDuration::from_mins(15);

/// How long after the money was taken `tok_dispute` is disputed.
const DISPUTE_AFTER: SignedDuration = SignedDuration::from_secs(10);

/// How long `tok_slow_5s` takes.
const SLOW: Duration = Duration::from_secs(5);

/// The gateway named `fake`.
pub struct FakeGateway {
    clock: Arc<dyn Clock>,
    public_url: String,
    books: Mutex<Books>,
}

impl FakeGateway {
    /// With empty books. The page of `tok_3ds` is linked below `public_url`, which has no slash at its end.
    pub fn new(clock: Arc<dyn Clock>, public_url: impl Into<String>) -> Self {
        Self { clock, public_url: public_url.into(), books: Mutex::default() }
    }

    /// Every call that arrived, by payment and in the order of arrival: what an auditor compares with the orders.
    pub fn books(&self) -> Vec<Entry> {
        self.books.lock().entries()
    }

    fn page(&self, payment_id: &PaymentId, now: Timestamp) -> NextAction {
        NextAction {
            url: format!("{}/gateways/fake/pay/{payment_id}", self.public_url),
            expires_at: now.saturating_add(DECISION_TIME).unwrap_or(now),
        }
    }
}

#[async_trait]
impl PaymentGateway for FakeGateway {
    async fn call(&self, call: &GatewayCall) -> Outcome {
        let scenario = Scenario::of(call.token.as_deref());
        let now = self.clock.now();
        let answer = self.books.lock().take(call, scenario, now, || self.page(&call.payment_id, now));
        match (answer, scenario) {
            // The money moved, but the answer is lost on its way; whoever asks again hears it.
            (Answer::New(_), Scenario::Timeout) if call.operation.is_first() => {
                Outcome::Unknown { reason: "the connection timed out before an answer came".to_owned() }
            }
            (Answer::New(outcome), Scenario::Slow) if call.operation.is_first() => {
                self.clock.sleep(SLOW).await;
                outcome
            }
            (Answer::New(outcome) | Answer::Known(outcome), _) => outcome,
            (Answer::OutOfReach, _) => {
                Outcome::Unknown { reason: "the gateway is unavailable (503)".to_owned() }
            }
        }
    }

    async fn lookup(&self, call: &GatewayCall) -> Outcome {
        let now = self.clock.now();
        self.books.lock().find(call, now).unwrap_or(Outcome::NotFound)
    }

    async fn disputed(&self, call: &GatewayCall) -> bool {
        let scenario = Scenario::of(call.token.as_deref());
        let taken_at = self.books.lock().taken_at(&call.payment_id);
        scenario == Scenario::Dispute
            && taken_at.is_some_and(|at| self.clock.now().duration_since(at) >= DISPUTE_AFTER)
    }

    fn takes_at_once(&self, token: Option<&str>) -> bool {
        Scenario::of(token) != Scenario::AuthOnly
    }

    fn follow_up(&self, token: Option<&str>) -> Option<SignedDuration> {
        (Scenario::of(token) == Scenario::Dispute).then_some(DISPUTE_AFTER)
    }

    async fn buyer_decided(&self, payment_id: &PaymentId, approved: bool) -> bool {
        let now = self.clock.now();
        self.books.lock().decide(payment_id, approved, now)
    }
}

#[cfg(test)]
mod tests;

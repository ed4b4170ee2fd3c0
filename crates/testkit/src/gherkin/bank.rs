//! A gateway of the scenarios' own, for what the fake one never does: it gives a payment up and takes the money all
//! the same, and it keeps whoever asks waiting until the scenario lets it answer. And a shipper who remembers.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sutler_app::ports::{GatewayCall, PaymentGateway, Shipping};
use sutler_domain::orders::Order;
use sutler_domain::payments::{NextAction, Operation, Outcome};
use tokio::sync::watch;

/// The gateway named `bank`.
pub(crate) struct Bank {
    asked: watch::Sender<bool>,
    answers: watch::Sender<bool>,
}

impl Default for Bank {
    fn default() -> Self {
        Self { asked: watch::Sender::new(false), answers: watch::Sender::new(false) }
    }
}

impl Bank {
    /// Until somebody asks what became of a payment.
    pub(crate) async fn is_asked(&self) {
        self.asked.subscribe().wait_for(|asked| *asked).await.unwrap();
    }

    /// Let whoever asks hear that the money was taken.
    pub(crate) fn answer(&self) {
        self.answers.send_replace(true);
    }
}

fn succeeded(call: &GatewayCall) -> Outcome {
    Outcome::Succeeded { transaction_id: format!("bank_{}", call.key) }
}

#[async_trait]
impl PaymentGateway for Bank {
    async fn call(&self, call: &GatewayCall) -> Outcome {
        match call.operation {
            Operation::Authorize | Operation::Charge => Outcome::RequiresAction(NextAction::at(
                "https://bank.example.com",
                // Long after every scenario: nobody is asked only because the buyer's time is over.
                Timestamp::UNIX_EPOCH.saturating_add(SignedDuration::from_hours(24 * 365 * 200)).unwrap(),
            )),
            Operation::Capture | Operation::Void | Operation::Refund => succeeded(call),
        }
    }

    async fn lookup(&self, call: &GatewayCall) -> Outcome {
        self.asked.send_replace(true);
        self.answers.subscribe().wait_for(|answers| *answers).await.unwrap();
        succeeded(call)
    }
}

/// The numbers of the orders that may ship, as often as they were told.
#[derive(Default)]
pub(crate) struct Shipper(Mutex<Vec<u64>>);

impl Shipper {
    /// How often it was told of an order.
    pub(crate) fn told_of(&self, number: u64) -> usize {
        self.0.lock().iter().filter(|told| **told == number).count()
    }
}

#[async_trait]
impl Shipping for Shipper {
    async fn notify(&self, _order: &Order, number: u64) -> Result<(), String> {
        self.0.lock().push(number);
        Ok(())
    }
}

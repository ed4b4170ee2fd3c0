//! Payment outside of this server: an invoice, cash on delivery. The shop says by hand when the money came.

use async_trait::async_trait;
use sutler_app::ports::{GatewayCall, PaymentGateway};
use sutler_domain::payments::Outcome;

/// The gateway named `manual`. It has nobody to ask, so it agrees at once to everything; a payment through it is
/// authorized (the buyer promised), and captured by hand when the money came.
#[derive(Clone, Copy, Debug, Default)]
pub struct ManualGateway;

impl ManualGateway {
    /// The same call has the same name, so that a repeat is one entry in the books of whoever keeps them.
    fn agree(call: &GatewayCall) -> Outcome {
        Outcome::Succeeded { transaction_id: format!("manual_{}", call.key.replace(':', "_")) }
    }
}

#[async_trait]
impl PaymentGateway for ManualGateway {
    async fn call(&self, call: &GatewayCall) -> Outcome {
        Self::agree(call)
    }

    async fn lookup(&self, call: &GatewayCall) -> Outcome {
        Self::agree(call)
    }

    fn takes_at_once(&self, _token: Option<&str>) -> bool {
        false
    }
}

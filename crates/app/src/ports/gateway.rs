//! Ways to take money.

use async_trait::async_trait;
use jiff::SignedDuration;
use sutler_domain::payments::{Operation, Outcome};
use sutler_domain::{Money, OrderId, PaymentId};

/// One call to a gateway, complete: it is made from what was committed before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayCall {
    /// `"{payment_id}:{operation}:{n}"`; a repeat under the same key takes effect at most once.
    pub key: String,
    /// What is asked.
    pub operation: Operation,
    /// The payment.
    pub payment_id: PaymentId,
    /// Its order.
    pub order_id: OrderId,
    /// How much.
    pub amount: Money,
    /// The gateway's token for the buyer's means.
    pub token: Option<String>,
    /// The gateway's own name for the payment, once it has one.
    pub transaction_id: Option<String>,
}

/// A way to take money. Never called inside a transaction.
#[async_trait]
pub trait PaymentGateway: Send + Sync {
    /// Do it. An answer that was lost is `Unknown`, never an error.
    async fn call(&self, call: &GatewayCall) -> Outcome;

    /// What became of a call, by its key or its payment; `NotFound` when the gateway never heard of it.
    async fn lookup(&self, call: &GatewayCall) -> Outcome;

    /// Whether the buyer disputes the payment at the bank.
    async fn disputed(&self, call: &GatewayCall) -> bool {
        let _ = call;
        false
    }

    /// Whether money of this token can be taken with its authorization. Where it cannot, as with an invoice, every
    /// payment is authorized first and captured by hand.
    fn takes_at_once(&self, token: Option<&str>) -> bool {
        let _ = token;
        true
    }

    /// After how long to look at a payment of this token once more, when something may follow by itself.
    fn follow_up(&self, token: Option<&str>) -> Option<SignedDuration> {
        let _ = token;
        None
    }

    /// The buyer's word on a payment that waits for it, for gateways whose page this server shows itself. `false`
    /// when there is nothing to decide.
    async fn buyer_decided(&self, payment_id: &PaymentId, approved: bool) -> bool {
        let _ = (payment_id, approved);
        false
    }
}

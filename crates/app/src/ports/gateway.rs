//! Ways to take money.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sutler_domain::payments::{Operation, Outcome};
use sutler_domain::{Money, OrderId, PaymentId};

use super::ReadError;

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

/// A call as a gateway keeps it in its own books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookEntry {
    /// For which payment.
    pub payment_id: PaymentId,
    /// Its idempotency key.
    pub key: String,
    /// What was asked.
    pub operation: Operation,
    /// How much.
    pub amount: Money,
    /// What came of it.
    pub outcome: Outcome,
    /// From when on its outcome is known; before that it is pending.
    pub rests_at: Timestamp,
}

/// A stretch of a gateway's books, oldest first. A later entry under the same key takes the place of an earlier one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookPage {
    /// What was written there.
    pub entries: Vec<BookEntry>,
    /// Where the next stretch begins.
    pub next: u64,
    /// Whether there is one now.
    pub has_more: bool,
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

    /// The gateway's own books from a place on, 0 being their beginning: what an auditor compares with ours. `None` for
    /// a gateway that shows none.
    async fn books(&self, after: u64, limit: usize) -> Option<Result<BookPage, ReadError>> {
        let _ = (after, limit);
        None
    }

    /// The buyer's word on a payment that waits for it, for gateways whose page this server shows itself. `false`
    /// when there is nothing to decide.
    async fn buyer_decided(&self, payment_id: &PaymentId, approved: bool) -> bool {
        let _ = (payment_id, approved);
        false
    }
}

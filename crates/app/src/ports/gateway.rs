//! Ways to take money.

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sutler_domain::payments::{Operation, Outcome};
use sutler_domain::{Currency, Money, OrderId, PaymentId};

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
    /// When the payment was started: no call for it is older.
    pub started_at: Timestamp,
}

/// What a gateway says it moved for one payment, all in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The gateway's own name for it.
    pub transaction_id: String,
    /// The payment it says it belongs to; `None` for one that does not come from here.
    pub payment_id: Option<PaymentId>,
    /// The currency of both amounts.
    pub currency: Currency,
    /// What was taken, in minor units.
    pub taken: i64,
    /// What was given back, in minor units.
    pub given_back: i64,
}

/// A refund that succeeded at a gateway without a call of ours, as one that somebody made at its own desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRefund {
    /// The gateway's own name for it.
    pub transaction_id: String,
    /// How much went back, in minor units of the payment's currency.
    pub amount: i64,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A stretch of a gateway's statements, each payment with all that moved so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatementPage {
    /// The statements.
    pub statements: Vec<Statement>,
    /// Where the next stretch begins; `None` at the end.
    pub next: Option<String>,
}

/// Something that a gateway says by itself. What it says is only taken for a hint: the gateway is asked what is true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The gateway's id of it, by which a repeat is known.
    pub notice_id: String,
    /// What sort, in the gateway's words.
    pub kind: String,
    /// Which payment of ours it names, if it names one.
    pub payment_id: Option<PaymentId>,
    /// The gateway's own name for the payment it is about, if it is about one.
    pub transaction_id: Option<String>,
}

/// Why a notice is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbelievable {
    /// It was not signed by the gateway, or too long ago.
    #[error("{0}")]
    Forged(String),
    /// It is signed, and cannot be read.
    #[error("{0}")]
    Unreadable(String),
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

    /// Whether something may become of a payment without a call of ours: a buyer who pays in the end after a refusal, or
    /// money that the gateway gives up. Such a gateway is asked about payments at rest, too.
    fn acts_by_itself(&self) -> bool {
        false
    }

    /// The header that signs its notices; `None` for a gateway that sends none.
    fn notice_header(&self) -> Option<&'static str> {
        None
    }

    /// Read a notice, if its signature is the gateway's.
    fn notice(&self, signature: Option<&str>, body: &[u8]) -> Result<Notice, Unbelievable> {
        let _ = (signature, body);
        Err(Unbelievable::Forged("this gateway sends no notices".to_owned()))
    }

    /// The payment of ours that the gateway keeps under a name of its own; `None` when it is not one of ours.
    async fn payment_of(&self, transaction_id: &str) -> Result<Option<PaymentId>, ReadError> {
        let _ = transaction_id;
        Ok(None)
    }

    /// What the gateway moved for payments begun from `since` on, a stretch at a time, in no promised order; a payment may
    /// be told twice. `None` for a gateway that keeps no books.
    async fn statements(
        &self,
        since: Timestamp,
        after: Option<&str>,
    ) -> Option<Result<StatementPage, ReadError>> {
        let _ = (since, after);
        None
    }

    /// What the gateway moved for one payment; `None` when it knows of none.
    async fn statement(&self, call: &GatewayCall) -> Result<Option<Statement>, ReadError> {
        let _ = call;
        Ok(None)
    }

    /// The refunds of a payment that succeeded without a call of ours, in any order.
    async fn refunds_elsewhere(&self, call: &GatewayCall) -> Result<Vec<GatewayRefund>, ReadError> {
        let _ = call;
        Ok(Vec::new())
    }

    /// The buyer's word on a payment that waits for it, for gateways whose page this server shows itself. `false`
    /// when there is nothing to decide.
    async fn buyer_decided(&self, payment_id: &PaymentId, approved: bool) -> bool {
        let _ = (payment_id, approved);
        false
    }
}

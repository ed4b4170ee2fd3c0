//! One payment of an order.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Failure, NextAction};
use crate::seeded::{Bug, seeded};
use crate::{PaymentId, RefundId};

/// What a gateway is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Secure the money, to be captured later.
    Authorize,
    /// Secure and take the money at once.
    Charge,
    /// Take money that was secured.
    Capture,
    /// Give up money that was secured.
    Void,
    /// Give money back.
    Refund,
}

impl Operation {
    /// Everything that a gateway is asked.
    pub const ALL: [Self; 5] = [Self::Authorize, Self::Charge, Self::Capture, Self::Void, Self::Refund];

    /// The word on the wire and in gateway keys.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Charge => "charge",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
        }
    }

    /// Whether it is the first call of a payment, the one that decides whether there is money at all.
    pub const fn is_first(self) -> bool {
        matches!(self, Self::Authorize | Self::Charge)
    }
}

/// When the money is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureMode {
    /// With the authorization.
    #[default]
    Automatic,
    /// By a later capture.
    Manual,
}

/// What becomes of the order when the payment fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The order stays; another payment may be started until the reservation ends.
    #[default]
    Keep,
    /// The order is canceled and its stock released.
    Cancel,
}

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// In flight, or its outcome is not known.
    Pending,
    /// Waits for the buyer.
    RequiresAction,
    /// The money is secured.
    Authorized,
    /// The money, or a part of it, was taken.
    Captured,
    /// It did not work.
    Failed,
    /// The secured money was given up.
    Voided,
}

impl PaymentStatus {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::RequiresAction => "requires_action",
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::Failed => "failed",
            Self::Voided => "voided",
        }
    }
}

/// An intent that was committed before its gateway call and is not at rest yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// What was asked.
    pub operation: Operation,
    /// Which try of this operation on this payment, from 1; never reused.
    pub n: u32,
    /// How much, in minor units of the order's currency.
    pub amount: i64,
    /// The refund it belongs to, when the operation is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_id: Option<RefundId>,
    /// Whether its outcome was looked for and not found out.
    #[serde(default)]
    pub unknown: bool,
}

/// The idempotency key of a gateway call: `"{payment_id}:{operation}:{n}"`.
pub fn gateway_key(payment_id: &PaymentId, operation: Operation, n: u32) -> String {
    format!("{payment_id}:{}:{n}", operation.as_str())
}

/// A payment of an order. Amounts are minor units of the order's currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Its id.
    pub payment_id: PaymentId,
    /// The gateway it runs through.
    pub gateway: String,
    /// The gateway's token for the buyer's means of payment; never card data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// When the money is taken.
    pub capture: CaptureMode,
    /// What becomes of the order when it fails.
    pub on_failure: OnFailure,
    /// Where it stands.
    pub status: PaymentStatus,
    /// What was asked for.
    pub amount: i64,
    /// What is or was secured.
    pub authorized: i64,
    /// What was taken.
    pub captured: i64,
    /// What was given back.
    pub refunded: i64,
    /// How often each operation was tried.
    #[serde(default)]
    pub tries: BTreeMap<Operation, u32>,
    /// Intents not at rest yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open: Vec<Attempt>,
    /// The gateway's own name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// What the buyer must do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_action: Option<NextAction>,
    /// Whether the buyer disputes it at the bank.
    #[serde(default)]
    pub disputed: bool,
    /// When it was started.
    pub created_at: Timestamp,
}

impl Payment {
    /// What can still be captured: secured, and neither taken, being taken nor being given up.
    pub fn capturable(&self) -> i64 {
        let in_flight: i64 = self.open_amount(Operation::Capture);
        match self.status {
            _ if self.is_voiding() => 0,
            PaymentStatus::Authorized | PaymentStatus::Captured => {
                self.authorized.saturating_sub(self.captured).saturating_sub(in_flight).max(0)
            }
            _ => 0,
        }
    }

    /// What can still be refunded: taken and neither given back nor being given back.
    pub fn refundable(&self) -> i64 {
        let going_back =
            if seeded(Bug::RefundAboveCaptured) { 0 } else { self.open_amount(Operation::Refund) };
        self.captured.saturating_sub(self.refunded).saturating_sub(going_back).max(0)
    }

    /// Whether its first answer is still awaited: the order must not expire under it, nor another payment start.
    pub fn is_undecided(&self) -> bool {
        self.open.iter().any(|a| a.operation.is_first())
    }

    /// Whether the gateway is being asked to give its money up.
    pub fn is_voiding(&self) -> bool {
        self.open.iter().any(|a| a.operation == Operation::Void)
    }

    /// Whether nothing is in flight and no buyer is awaited.
    pub fn rests(&self) -> bool {
        self.status != PaymentStatus::Pending && self.open.is_empty()
            || self.status == PaymentStatus::RequiresAction
    }

    /// The number of the next try of an operation.
    pub fn next_try(&self, operation: Operation) -> u32 {
        self.tries.get(&operation).copied().unwrap_or(0).saturating_add(1)
    }

    fn open_amount(&self, operation: Operation) -> i64 {
        self.open
            .iter()
            .filter(|a| a.operation == operation)
            .fold(0i64, |sum, a| sum.saturating_add(a.amount))
    }
}

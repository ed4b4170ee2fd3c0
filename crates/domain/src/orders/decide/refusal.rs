//! Why a command on an order is refused.

use crate::orders::{HoldCode, Order, next_actions};
use crate::{Currency, Fault, ItemId, MoneyError};

/// A refusal, in the case's own words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The order's status does not allow it.
    #[error("cannot {attempted}: the order is {current}")]
    Transition {
        /// Status and both axes, such as `confirmed · paid · shipped`.
        current: String,
        /// What was tried.
        attempted: &'static str,
        /// What may be done instead.
        allowed: Vec<&'static str>,
    },
    /// A hold stops fulfillment.
    #[error("the order is on hold: {}", codes.iter().map(|c| c.as_str()).collect::<Vec<_>>().join(", "))]
    OnHold {
        /// The open holds.
        codes: Vec<HoldCode>,
    },
    /// More units than are open.
    #[error("{requested} units of {item_id} were asked for, {fulfillable} can be fulfilled")]
    ExceedsFulfillable {
        /// The item.
        item_id: ItemId,
        /// Asked for.
        requested: i64,
        /// What is left.
        fulfillable: i64,
    },
    /// More units than came to the customer.
    #[error("{requested} units of {item_id} were asked for, {returnable} can come back")]
    ExceedsReturnable {
        /// The item.
        item_id: ItemId,
        /// Asked for.
        requested: i64,
        /// What is left.
        returnable: i64,
    },
    /// More money than is secured.
    #[error("{requested} {currency} minor units were asked for, {capturable} can be captured")]
    ExceedsCapturable {
        /// Asked for.
        requested: i64,
        /// What is left.
        capturable: i64,
        /// Their currency.
        currency: Currency,
    },
    /// More money than was taken.
    #[error("{requested} {currency} minor units were asked for, {refundable} can be refunded")]
    ExceedsRefundable {
        /// Asked for.
        requested: i64,
        /// What is left.
        refundable: i64,
        /// Their currency.
        currency: Currency,
    },
    /// A part of the order that is not there.
    #[error("the order has no {what} '{id}'")]
    Unknown {
        /// Item, payment, fulfillment …
        what: &'static str,
        /// What was named.
        id: String,
    },
    /// The request itself is wrong.
    #[error("{}", faults.first().map_or("the request is not valid", |f| f.detail.as_str()))]
    Invalid {
        /// Everything that is wrong with it.
        faults: Vec<Fault>,
    },
    /// An amount does not add up.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

impl Refusal {
    pub(super) fn transition(order: &Order, attempted: &'static str) -> Self {
        let current = format!(
            "{} · {} · {}",
            order.status.as_str(),
            crate::orders::payment_status(order).as_str(),
            crate::orders::fulfillment_status(order).as_str()
        );
        let allowed = next_actions(order)
            .into_iter()
            .filter(|a| a.reason_disabled.is_none())
            .map(|a| a.action)
            .collect();
        Self::Transition { current, attempted, allowed }
    }

    pub(super) fn unknown(what: &'static str, id: &(impl ToString + ?Sized)) -> Self {
        Self::Unknown { what, id: id.to_string() }
    }

    pub(super) fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        Self::Invalid { faults: vec![Fault::invalid(pointer, detail)] }
    }
}

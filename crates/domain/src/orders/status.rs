//! One stored lifecycle and two axes derived from the parts of an order.

use serde::{Deserialize, Serialize};

use super::{FulfillmentState, Order};
use crate::payments::PaymentStatus;

/// Where an order stands.
///
/// ```text
/// created ──► confirmed ──► completed
///    │  └────────► canceled  (while nothing has shipped)
///    └──► expired            (the reservation ran out before payment)
/// expired ──► confirmed      (late money, stock still there: the one way out)
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Stored, stock reserved, payment not secured.
    Created,
    /// Captured + authorized ≥ total, or its terms were accepted.
    Confirmed,
    /// Everything delivered or returned, nothing left to pay or refund.
    Completed,
    /// Called off while nothing had shipped.
    Canceled,
    /// The reservation ran out before payment.
    Expired,
}

impl OrderStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Created, Self::Confirmed, Self::Completed, Self::Canceled, Self::Expired];

    /// The transition table: what may follow.
    pub const fn successors(self) -> &'static [Self] {
        match self {
            Self::Created => &[Self::Confirmed, Self::Canceled, Self::Expired],
            Self::Confirmed => &[Self::Completed, Self::Canceled],
            Self::Expired => &[Self::Confirmed],
            Self::Completed | Self::Canceled => &[],
        }
    }

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Confirmed => "confirmed",
            Self::Completed => "completed",
            Self::Canceled => "canceled",
            Self::Expired => "expired",
        }
    }
}

/// What was paid, derived by [`payment_status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentState {
    /// Nothing.
    Unpaid,
    /// An outcome is in flight or unknown.
    Pending,
    /// The buyer is awaited.
    RequiresAction,
    /// Secured in full.
    Authorized,
    /// Taken in part.
    PartiallyPaid,
    /// Taken in full.
    Paid,
    /// Given back in part.
    PartiallyRefunded,
    /// Given back in full.
    Refunded,
    /// Secured, then given up.
    Voided,
    /// The last try failed.
    Failed,
}

impl PaymentState {
    /// Every state.
    pub const ALL: [Self; 10] = [
        Self::Unpaid,
        Self::Pending,
        Self::RequiresAction,
        Self::Authorized,
        Self::PartiallyPaid,
        Self::Paid,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::Voided,
        Self::Failed,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Pending => "pending",
            Self::RequiresAction => "requires_action",
            Self::Authorized => "authorized",
            Self::PartiallyPaid => "partially_paid",
            Self::Paid => "paid",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::Voided => "voided",
            Self::Failed => "failed",
        }
    }
}

/// Where the goods are, derived by [`fulfillment_status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FulfillmentStatus {
    /// Nothing left the shelf.
    Unfulfilled,
    /// Some left.
    PartiallyShipped,
    /// All left.
    Shipped,
    /// All arrived.
    Delivered,
    /// Some came back.
    PartiallyReturned,
    /// All came back.
    Returned,
}

impl FulfillmentStatus {
    /// Every status.
    pub const ALL: [Self; 6] = [
        Self::Unfulfilled,
        Self::PartiallyShipped,
        Self::Shipped,
        Self::Delivered,
        Self::PartiallyReturned,
        Self::Returned,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unfulfilled => "unfulfilled",
            Self::PartiallyShipped => "partially_shipped",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::PartiallyReturned => "partially_returned",
            Self::Returned => "returned",
        }
    }
}

/// What was paid; the first rule that matches wins.
pub fn payment_status(order: &Order) -> PaymentState {
    let (captured, refunded, total) = (order.captured(), order.refunded(), order.totals.total);
    let has = |status: PaymentStatus| order.payments.iter().any(|p| p.status == status);
    let last = order.payments.last().map(|p| p.status);
    // A free order is paid as it is placed; one whose items were all canceled was never paid.
    let free = total == 0 && order.status != OrderStatus::Canceled;
    let in_flight = order.payments.iter().any(|p| !p.open.is_empty());
    if has(PaymentStatus::RequiresAction) {
        PaymentState::RequiresAction
    } else if has(PaymentStatus::Pending) || in_flight {
        PaymentState::Pending
    } else if captured > 0 && refunded == captured {
        PaymentState::Refunded
    } else if refunded > 0 {
        PaymentState::PartiallyRefunded
    } else if captured >= total && (captured > 0 || free) {
        PaymentState::Paid
    } else if captured > 0 {
        PaymentState::PartiallyPaid
    } else if order.authorized() >= total && order.authorized() > 0 {
        PaymentState::Authorized
    } else if last == Some(PaymentStatus::Failed) {
        PaymentState::Failed
    } else if last == Some(PaymentStatus::Voided) {
        PaymentState::Voided
    } else {
        PaymentState::Unpaid
    }
}

/// Where the goods are.
pub fn fulfillment_status(order: &Order) -> FulfillmentStatus {
    let sum = |units: fn(&super::Item) -> i64| order.items.iter().map(units).fold(0i64, i64::saturating_add);
    let (shipped, returned, open) = (sum(|i| i.fulfilled), sum(|i| i.returned), sum(super::Item::open));
    let on_the_way = order.fulfillments.iter().any(|f| f.status == FulfillmentState::Shipped);
    if shipped == 0 {
        FulfillmentStatus::Unfulfilled
    } else if returned == shipped && open == 0 {
        FulfillmentStatus::Returned
    } else if returned > 0 {
        FulfillmentStatus::PartiallyReturned
    } else if open > 0 {
        FulfillmentStatus::PartiallyShipped
    } else if on_the_way {
        FulfillmentStatus::Shipped
    } else {
        FulfillmentStatus::Delivered
    }
}

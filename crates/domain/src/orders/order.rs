//! The order, as folded from its events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    ContactRef, Discount, Fulfillment, Hold, Item, NoteRef, OrderEvent, OrderStatus, Refund, Return,
    Shipping, Totals,
};
use crate::payments::Payment;
use crate::{
    Currency, CustomerId, FulfillmentId, ItemId, Metadata, Money, OrderId, PaymentId, RefundId, ReservationId,
};

/// An order: the fold of its events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub order_id: OrderId,
    /// The caller's own id for the customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<CustomerId>,
    /// Which version of the person's data it shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<ContactRef>,
    /// The caller's own id for the order; unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its one currency.
    pub currency: Currency,
    /// What was bought.
    pub items: Vec<Item>,
    /// How it travels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shipping: Option<Shipping>,
    /// What was taken off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<Discount>,
    /// Its sums.
    pub totals: Totals,
    /// Where it stands.
    pub status: OrderStatus,
    /// What was tried to pay it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<Payment>,
    /// What went back, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refunds: Vec<Refund>,
    /// What travels together, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fulfillments: Vec<Fulfillment>,
    /// What comes back, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<Return>,
    /// What stops fulfillment.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// What was noted about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<NoteRef>,
    /// Words to find it by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// The caller's own pairs.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// The basket's reservation it took over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation_id: Option<ReservationId>,
    /// When its unpaid stock is given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reservation_expires_at: Option<Timestamp>,
    /// Why it was canceled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<String>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// When it was completed, canceled or expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Order {
    /// Fold a whole stream. `None` for an empty one or one that does not start with `OrderPlaced`.
    pub fn fold<'e>(events: impl IntoIterator<Item = &'e (OrderEvent, Timestamp)>) -> Option<Self> {
        events.into_iter().fold(None, |order, (event, at)| Self::evolve(order, event, *at))
    }

    /// This order after more events at one time.
    #[must_use]
    pub fn after(&self, events: &[OrderEvent], at: Timestamp) -> Self {
        let mut order = self.clone();
        for event in events {
            order.apply(event, at);
        }
        order
    }

    /// An amount in the order's currency.
    pub const fn money(&self, amount: i64) -> Money {
        Money { amount, currency: self.currency }
    }

    /// Σ secured and not taken.
    pub fn authorized(&self) -> i64 {
        self.payments
            .iter()
            .fold(0, |sum: i64, p| sum.saturating_add(p.authorized.saturating_sub(p.captured).max(0)))
    }

    /// Σ taken.
    pub fn captured(&self) -> i64 {
        self.payments.iter().fold(0, |sum: i64, p| sum.saturating_add(p.captured))
    }

    /// Σ given back.
    pub fn refunded(&self) -> i64 {
        self.payments.iter().fold(0, |sum: i64, p| sum.saturating_add(p.refunded))
    }

    /// What counts as paid. Before the order is accepted, money given back or on its way back counts no more;
    /// after that it does, because a refund then settles goods or goodwill and asks for no new payment.
    pub fn paid(&self) -> i64 {
        match self.status {
            OrderStatus::Created => self.refundable(),
            _ => self.captured(),
        }
    }

    /// Σ taken and neither given back nor being given back.
    pub fn refundable(&self) -> i64 {
        self.payments.iter().fold(0, |sum: i64, p| sum.saturating_add(p.refundable()))
    }

    /// What is still to be paid: never below 0, and nothing once the order is over.
    pub fn due(&self) -> i64 {
        match self.status {
            OrderStatus::Canceled | OrderStatus::Expired => 0,
            _ => self.totals.total.saturating_sub(self.paid()).max(0),
        }
    }

    /// An item by id.
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.iter().find(|i| &i.item_id == id)
    }

    /// A payment by id.
    pub fn payment(&self, id: &PaymentId) -> Option<&Payment> {
        self.payments.iter().find(|p| &p.payment_id == id)
    }

    /// A refund by id.
    pub fn refund(&self, id: &RefundId) -> Option<&Refund> {
        self.refunds.iter().find(|r| &r.refund_id == id)
    }

    /// A fulfillment by id.
    pub fn fulfillment(&self, id: &FulfillmentId) -> Option<&Fulfillment> {
        self.fulfillments.iter().find(|f| &f.fulfillment_id == id)
    }

    /// Whether anything has left the shelf.
    pub fn has_shipped(&self) -> bool {
        self.items.iter().any(|i| i.fulfilled > 0)
    }
}

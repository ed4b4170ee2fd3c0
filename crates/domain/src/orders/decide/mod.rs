//! `decide(state, command) -> events`: every rule about orders. Nothing here changes anything.

mod cancel;
mod expire;
mod fulfill;
mod late;
mod past;
mod pay;
mod place;
mod refund;
mod refusal;
mod returns;
mod settle;
mod stop;
mod totals;

pub use cancel::{CancelItems, cancel, cancel_items};
pub(super) use expire::can_release;
pub use expire::{expire, release};
pub use fulfill::{FulfillmentRequest, cancel_fulfillment, create_fulfillment, deliver, ship, track};
pub use late::LateMoney;
pub(super) use late::MONEY_AFTER_END;
pub use past::{
    GATEWAY as PAST_GATEWAY, PastOrder, PastParcel, PastPayment, PastRefund, past_refund, record,
};
pub use pay::{PaymentRequest, capture, start_payment, void};
pub use place::{ItemRequest, PlaceOrder, TaxRequest, place, quantity_fault};
pub use refund::{RefundElsewhere, RefundRequest, refund, refund_elsewhere, refund_settled};
pub use refusal::Refusal;
pub(super) use returns::can_return;
pub use returns::{
    ReceivedUnits, ReturnRequest, approve_return, close_return, receive_return, reject_return, request_return,
};
pub use settle::settle;
pub(super) use stop::can_complete;
pub use stop::{complete, confirm, hold, note, release_hold, update};
pub use totals::totals_of;

use jiff::Timestamp;

use super::{Item, Order, OrderEvent, OrderStatus};
use crate::inventory::StockLine;
use crate::payments::Payment;
use crate::seeded::{Bug, seeded};
use crate::text;

/// A decision being put together: events so far, and the order as they leave it.
struct Decision {
    order: Order,
    events: Vec<OrderEvent>,
    at: Timestamp,
}

impl Decision {
    fn on(order: &Order, at: Timestamp) -> Self {
        Self { order: order.clone(), events: Vec::new(), at }
    }

    fn add(&mut self, event: OrderEvent) {
        self.order = self.order.after(std::slice::from_ref(&event), self.at);
        self.events.push(event);
    }

    /// Give up all stock that is kept for items not shipped.
    fn release_stock(&mut self, expired: bool) {
        let lines = kept_lines(&self.order);
        if !lines.is_empty() {
            self.add(OrderEvent::StockReleased { lines, expired });
            self.events.extend(self.events.last().cloned().filter(|_| seeded(Bug::ReleasedTwice)));
        }
    }

    /// Confirm the order when its money is secured, complete it when nothing is left to do.
    fn advance(mut self) -> Vec<OrderEvent> {
        let (secured, total) = (secured(&self.order), self.order.totals.total);
        if self.order.status == OrderStatus::Created && secured >= total && (secured > 0 || total == 0) {
            self.add(OrderEvent::OrderConfirmed {});
        }
        if self.order.status == OrderStatus::Confirmed && stop::is_complete(&self.order) {
            self.add(OrderEvent::OrderCompleted {});
        }
        self.events
    }
}

/// The money an order can count on: taken and not going back, or secured and not being given up.
fn secured(order: &Order) -> i64 {
    let of = |payment: &Payment| {
        let kept = if payment.is_voiding() { 0 } else { payment.authorized.saturating_sub(payment.captured) };
        payment.refundable().saturating_add(kept.max(0))
    };
    order.payments.iter().map(of).fold(0, i64::saturating_add)
}

/// The stock that is kept for an order now.
fn kept_lines(order: &Order) -> Vec<StockLine> {
    order.items.iter().filter(|item| item.reserved > 0).map(|item| units_of(item, item.reserved)).collect()
}

/// Units of an item, as stock.
fn units_of(item: &Item, quantity: i64) -> StockLine {
    StockLine {
        item_id: Some(item.item_id.clone()),
        variant_id: item.variant_id.clone(),
        location_id: item.location_id.clone(),
        quantity,
        tracked: item.tracked,
    }
}

/// Refuse unless the transition table allows `to`.
fn must_allow(order: &Order, to: OrderStatus, attempted: &'static str) -> Result<(), Refusal> {
    if order.status.successors().contains(&to) || seeded(Bug::IllegalTransition) {
        Ok(())
    } else {
        Err(Refusal::transition(order, attempted))
    }
}

/// A reason is a line of text.
fn check_reason(reason: Option<&str>) -> Result<(), Refusal> {
    let line = text::line(reason.unwrap_or_default(), text::LINE_MAX);
    line.map_err(|error| Refusal::invalid("/reason", error.to_string()))
}

//! `decide(state, command) -> events`: every rule about orders. Nothing here changes anything.

mod cancel;
mod expire;
mod fulfill;
mod late;
mod pay;
mod place;
mod refund;
mod refusal;
mod settle;
mod stop;

pub use cancel::{CancelItems, cancel, cancel_items};
pub use expire::{expire, release};
pub use fulfill::{FulfillmentRequest, cancel_fulfillment, create_fulfillment, deliver, ship, track};
pub use late::LateMoney;
pub use pay::{PaymentRequest, capture, start_payment, void};
pub use place::{ItemRequest, PlaceOrder, TaxRequest, place, totals_of};
pub use refund::{RefundRequest, refund, refund_settled};
pub use refusal::Refusal;
pub use settle::settle;
pub use stop::{complete, confirm, hold, note, release_hold, update};

use jiff::Timestamp;

use super::{Order, OrderEvent, OrderStatus};
use crate::inventory::StockLine;

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
        }
    }

    /// Confirm the order when its money is secured, complete it when nothing is left to do.
    fn advance(mut self) -> Vec<OrderEvent> {
        let secured = self.order.captured().saturating_add(self.order.authorized());
        let total = self.order.totals.total;
        if self.order.status == OrderStatus::Created && secured >= total && (secured > 0 || total == 0) {
            self.add(OrderEvent::OrderConfirmed {});
        }
        if self.order.status == OrderStatus::Confirmed && stop::is_complete(&self.order) {
            self.add(OrderEvent::OrderCompleted {});
        }
        self.events
    }
}

/// The stock that is kept for an order now.
fn kept_lines(order: &Order) -> Vec<StockLine> {
    order
        .items
        .iter()
        .filter(|item| item.reserved > 0)
        .map(|item| StockLine {
            item_id: Some(item.item_id.clone()),
            variant_id: item.variant_id.clone(),
            location_id: item.location_id.clone(),
            quantity: item.reserved,
            tracked: item.tracked,
        })
        .collect()
}

/// Refuse unless the transition table allows `to`.
fn must_allow(order: &Order, to: OrderStatus, attempted: &'static str) -> Result<(), Refusal> {
    if order.status.successors().contains(&to) { Ok(()) } else { Err(Refusal::transition(order, attempted)) }
}

//! `evolve(state, event) -> state`: the one place where an order changes.

mod goods;
mod money;
mod returns;

use jiff::Timestamp;

use super::{Hold, HoldCode, NoteRef, Order, OrderEvent, OrderStatus};

impl Order {
    /// Fold one more event. The first event of a stream is `OrderPlaced`; anything else before it leaves nothing.
    pub fn evolve(state: Option<Self>, event: &OrderEvent, at: Timestamp) -> Option<Self> {
        let Some(mut order) = state else { return placed(event, at) };
        order.apply(event, at);
        Some(order)
    }

    pub(super) fn apply(&mut self, event: &OrderEvent, at: Timestamp) {
        self.updated_at = at;
        if !(self.apply_life(event, at)
            || self.apply_stock(event)
            || self.apply_payment(event, at)
            || self.apply_refund(event, at)
            || self.apply_return(event, at))
        {
            self.apply_fulfillment(event, at);
        }
    }

    fn apply_life(&mut self, event: &OrderEvent, at: Timestamp) -> bool {
        use OrderEvent as E;
        match event {
            E::OrderPlaced { .. } => {}
            E::OrderConfirmed {} => {
                self.status = OrderStatus::Confirmed;
                self.confirmed_at = Some(at);
                self.ended_at = None;
                self.reservation_expires_at = None;
            }
            E::ItemsCanceled { lines, totals, .. } => {
                for line in lines {
                    self.with_item(&line.item_id, |item| add(&mut item.canceled, line.quantity));
                }
                self.totals = *totals;
            }
            E::OrderCanceled { reason } => {
                self.end(OrderStatus::Canceled, at);
                self.cancel_reason.clone_from(reason);
                for item in &mut self.items {
                    item.canceled = item.ordered.saturating_sub(item.fulfilled);
                }
            }
            E::OrderExpired {} => self.end(OrderStatus::Expired, at),
            E::OrderCompleted {} => self.end(OrderStatus::Completed, at),
            E::OrderHeld { code, reason } => {
                self.holds.push(Hold { code: *code, reason: reason.clone(), at });
            }
            E::OrderHoldReleased { code } => self.holds.retain(|h| h.code != *code),
            E::OrderUpdated { contact, tags, metadata } => {
                if contact.is_some() {
                    self.contact.clone_from(contact);
                }
                if let Some(tags) = tags {
                    self.tags.clone_from(tags);
                }
                if let Some(metadata) = metadata {
                    self.metadata.clone_from(metadata);
                }
            }
            E::NoteAdded { note_id } => self.notes.push(NoteRef { note_id: note_id.clone(), at }),
            _ => return false,
        }
        true
    }

    fn end(&mut self, status: OrderStatus, at: Timestamp) {
        self.status = status;
        self.ended_at = Some(at);
        self.reservation_expires_at = None;
    }

    /// Whether fulfillment is stopped for this reason.
    pub fn is_held(&self, code: HoldCode) -> bool {
        self.holds.iter().any(|h| h.code == code)
    }
}

/// A fold cannot refuse, so sums stop at the end of their type rather than wrap; the rules in `decide` keep them
/// far below it.
fn add(sum: &mut i64, units: i64) {
    *sum = sum.saturating_add(units);
}

fn sub(sum: &mut i64, units: i64) {
    *sum = sum.saturating_sub(units);
}

fn placed(event: &OrderEvent, at: Timestamp) -> Option<Order> {
    let OrderEvent::OrderPlaced {
        order_id,
        customer_id,
        contact,
        reference,
        currency,
        items,
        shipping,
        discounts,
        totals,
        tags,
        metadata,
        ..
    } = event
    else {
        return None;
    };
    Some(Order {
        order_id: order_id.clone(),
        customer_id: customer_id.clone(),
        contact: contact.clone(),
        reference: reference.clone(),
        currency: *currency,
        items: items.clone(),
        shipping: shipping.clone(),
        discounts: discounts.clone(),
        totals: *totals,
        status: OrderStatus::Created,
        payments: Vec::new(),
        refunds: Vec::new(),
        fulfillments: Vec::new(),
        returns: Vec::new(),
        holds: Vec::new(),
        notes: Vec::new(),
        tags: tags.clone(),
        metadata: metadata.clone(),
        reservation_id: None,
        reservation_expires_at: None,
        cancel_reason: None,
        placed_at: at,
        confirmed_at: None,
        ended_at: None,
        updated_at: at,
    })
}

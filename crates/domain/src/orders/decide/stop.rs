//! Confirm by terms, complete, hold, release, note and update.

use jiff::Timestamp;

use super::{Decision, Refusal, check_reason};
use crate::fault::Faults;
use crate::orders::{ContactRef, FulfillmentState, HoldCode, Order, OrderEvent, OrderStatus};
use crate::text::{self, TAG_MAX, TAGS_MAX};
use crate::{Metadata, NoteId};

/// Accept an order on its terms (an invoice, cash on delivery), without its money.
pub fn confirm(order: &Order, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    if order.status != OrderStatus::Created {
        return Err(Refusal::transition(order, "confirm"));
    }
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::OrderConfirmed {});
    Ok(decision.events)
}

/// Close an order of which everything has shipped and nothing is left to pay or refund.
pub fn complete(order: &Order, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    if !can_complete(order) {
        return Err(Refusal::transition(order, "complete"));
    }
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::OrderCompleted {});
    Ok(decision.events)
}

/// Whether a confirmed order has shipped whole and no money is open; it may then be closed before it arrived.
pub(in crate::orders) fn can_complete(order: &Order) -> bool {
    let shipped = order.has_shipped() && order.items.iter().all(|i| i.open() == 0);
    order.status == OrderStatus::Confirmed && shipped && money_is_settled(order)
}

/// Everything delivered or returned, nothing left to pay or refund.
pub(super) fn is_complete(order: &Order) -> bool {
    let on_the_way = |f: &crate::orders::Fulfillment| {
        matches!(f.status, FulfillmentState::Pending | FulfillmentState::Shipped)
    };
    can_complete(order) && !order.fulfillments.iter().any(on_the_way)
}

fn money_is_settled(order: &Order) -> bool {
    order.due() == 0 && order.authorized() == 0 && order.payments.iter().all(|p| p.open.is_empty())
}

/// Stop fulfillment. Holding twice for one reason changes nothing.
pub fn hold(
    order: &Order,
    code: HoldCode,
    reason: Option<String>,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    if !matches!(order.status, OrderStatus::Created | OrderStatus::Confirmed) {
        return Err(Refusal::transition(order, "hold"));
    }
    check_reason(reason.as_deref())?;
    let mut decision = Decision::on(order, at);
    if !order.is_held(code) {
        decision.add(OrderEvent::OrderHeld { code, reason });
    }
    Ok(decision.events)
}

/// Let fulfillment go on.
pub fn release_hold(order: &Order, code: HoldCode, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    if !order.is_held(code) {
        return Err(Refusal::unknown("hold", code.as_str()));
    }
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::OrderHoldReleased { code });
    Ok(decision.events)
}

/// Note something; its text is kept outside the log.
pub fn note(order: &Order, note_id: NoteId, at: Timestamp) -> Vec<OrderEvent> {
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::NoteAdded { note_id });
    decision.events
}

/// Change person, tags or metadata. The person only before anything has shipped.
pub fn update(
    order: &Order,
    contact: Option<ContactRef>,
    tags: Option<Vec<String>>,
    metadata: Option<Metadata>,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    let contact = contact.filter(|c| Some(c) != order.contact.as_ref());
    if contact.is_some() && order.has_shipped() {
        return Err(Refusal::transition(order, "change the address"));
    }
    for (index, tag) in tags.iter().flatten().enumerate() {
        text::line(tag, TAG_MAX).map_err(|e| Refusal::invalid(&format!("/tags/{index}"), e.to_string()))?;
    }
    if tags.as_ref().is_some_and(|tags| tags.len() > TAGS_MAX) {
        return Err(Refusal::invalid("/tags", format!("at most {TAGS_MAX} tags are allowed")));
    }
    let mut faults = Faults::default();
    if let Some(metadata) = &metadata {
        faults.metadata("/metadata", metadata);
    }
    faults.or(()).map_err(|faults| Refusal::Invalid { faults })?;
    let tags = tags.filter(|t| t != &order.tags);
    let metadata = metadata.filter(|m| m != &order.metadata);
    let mut decision = Decision::on(order, at);
    if contact.is_some() || tags.is_some() || metadata.is_some() {
        decision.add(OrderEvent::OrderUpdated { contact, tags, metadata });
    }
    Ok(decision.events)
}

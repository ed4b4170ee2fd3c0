//! Call an order off, whole or by item quantity.

use jiff::Timestamp;

use super::expire::give_up_payments;
use super::refund::{payer, refund_payment};
use super::{Decision, Refusal, check_reason, must_allow, totals_of, units_of};
use crate::orders::{Adjustment, FulfillmentState, Order, OrderEvent, OrderStatus};
use crate::{ItemId, RefundId};

/// Call the whole order off, while nothing has shipped. Its stock is released, secured money is given up, and
/// taken money goes back under ids from `refund_ids` (none: it stays).
pub fn cancel(
    order: &Order,
    reason: Option<String>,
    refund_ids: impl IntoIterator<Item = RefundId>,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    must_allow(order, OrderStatus::Canceled, "cancel")?;
    check_reason(reason.as_deref())?;
    if order.has_shipped() {
        return Err(Refusal::transition(order, "cancel"));
    }
    let mut decision = Decision::on(order, at);
    call_off(&mut decision, reason, refund_ids);
    Ok(decision.events)
}

/// Everything that ends with the order: planned fulfillments, stock, secured money; and taken money, as far as there
/// are ids for its refunds.
pub(super) fn call_off(
    decision: &mut Decision,
    reason: Option<String>,
    refund_ids: impl IntoIterator<Item = RefundId>,
) {
    let planned = |f: &&crate::orders::Fulfillment| f.status == FulfillmentState::Pending;
    let pending: Vec<_> =
        decision.order.fulfillments.iter().filter(planned).map(|f| f.fulfillment_id.clone()).collect();
    for fulfillment_id in pending {
        decision.add(OrderEvent::FulfillmentCanceled { fulfillment_id });
    }
    decision.release_stock(false);
    decision.add(OrderEvent::OrderCanceled { reason });
    give_up_payments(decision);
    let refundable = decision.order.payments.clone().into_iter().filter(|p| p.refundable() > 0);
    for (payment, refund_id) in refundable.zip(refund_ids) {
        let reason = decision.order.cancel_reason.clone();
        decision.add(refund_payment(&payment, refund_id, payment.refundable(), Vec::new(), reason));
    }
}

/// Units that will not be delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CancelItems {
    /// Which, and how many of each.
    pub lines: Vec<(ItemId, i64)>,
    /// Why.
    pub reason: Option<String>,
    /// Under which id money that was paid for them goes back; `None`: it stays.
    pub refund_id: Option<RefundId>,
}

/// Take open units off the order. When none are left and nothing has shipped, the order is canceled, and all that was
/// paid goes back, shipping included.
pub fn cancel_items(order: &Order, request: CancelItems, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    if !matches!(order.status, OrderStatus::Created | OrderStatus::Confirmed) {
        return Err(Refusal::transition(order, "cancel items"));
    }
    check_reason(request.reason.as_deref())?;
    if request.lines.is_empty() {
        return Err(Refusal::invalid("/items", "name at least one item to cancel"));
    }
    let mut decision = Decision::on(order, at);
    take_off(&mut decision, &request.lines, request.reason.clone())?;
    let over = overpaid(order, &decision.order);
    if over > 0
        && let Some(refund_id) = request.refund_id
    {
        let payment = payer(&decision.order, None, over)?;
        decision.add(refund_payment(&payment, refund_id, over, Vec::new(), request.reason.clone()));
    }
    end_if_empty(&mut decision, request.reason);
    Ok(decision.advance())
}

/// What was paid for units that were taken off. Never more than they cost: what else was paid above the total stayed
/// by somebody's will.
fn overpaid(before: &Order, after: &Order) -> i64 {
    if is_empty(after) {
        return after.refundable();
    }
    let above = after.paid().saturating_sub(after.totals.total);
    let cost = before.totals.total.saturating_sub(after.totals.total);
    above.min(cost).min(after.refundable())
}

/// Whether no unit is left and nothing has shipped.
pub(super) fn is_empty(order: &Order) -> bool {
    order.items.iter().all(|i| i.open() == 0 && i.fulfilled == 0)
}

/// Cancel units of items and release their stock.
pub(super) fn take_off(
    decision: &mut Decision,
    lines: &[(ItemId, i64)],
    reason: Option<String>,
) -> Result<(), Refusal> {
    let (mut adjustments, mut stock) = (Vec::new(), Vec::new());
    let mut after = decision.order.items.clone();
    for (index, (item_id, quantity)) in lines.iter().enumerate() {
        let item = after
            .iter_mut()
            .find(|i| &i.item_id == item_id)
            .ok_or_else(|| Refusal::unknown("item", item_id))?;
        if *quantity < 1 {
            return Err(Refusal::invalid(
                &format!("/items/{index}/quantity"),
                format!("{quantity} is not a quantity above zero"),
            ));
        }
        if *quantity > item.fulfillable() {
            return Err(Refusal::ExceedsFulfillable {
                item_id: item_id.clone(),
                requested: *quantity,
                fulfillable: item.fulfillable(),
            });
        }
        let kept = item.reserved.min(*quantity);
        item.canceled = item.canceled.saturating_add(*quantity);
        item.reserved = item.reserved.saturating_sub(kept);
        adjustments.push(Adjustment { item_id: item_id.clone(), quantity: *quantity });
        if kept > 0 {
            stock.push(units_of(item, kept));
        }
    }
    let totals = totals_of(decision.order.currency, &after, decision.order.shipping.as_ref())?;
    decision.add(OrderEvent::ItemsCanceled { lines: adjustments, totals, reason });
    if !stock.is_empty() {
        decision.add(OrderEvent::StockReleased { lines: stock, expired: false });
    }
    Ok(())
}

/// An order without a unit left, of which nothing has shipped, is canceled.
pub(super) fn end_if_empty(decision: &mut Decision, reason: Option<String>) {
    if is_empty(&decision.order) && decision.order.status.successors().contains(&OrderStatus::Canceled) {
        call_off(decision, reason, []);
    }
}

//! Pack, ship and deliver. Stock leaves the shelf when a fulfillment ships.

use jiff::Timestamp;

use super::{Decision, Refusal, units_of};
use crate::orders::{FulfillmentLine, FulfillmentState, Order, OrderEvent, OrderStatus, Tracking};
use crate::text::{self, LINE_MAX};
use crate::{FulfillmentId, ItemId};

/// Items that are to travel together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FulfillmentRequest {
    /// The fulfillment's fresh id.
    pub fulfillment_id: FulfillmentId,
    /// Which items, and how many units of each; empty: everything that is open.
    pub lines: Vec<(ItemId, i64)>,
    /// Where it will be found.
    pub tracking: Tracking,
}

/// Plan a fulfillment of a confirmed order that no hold stops.
pub fn create_fulfillment(
    order: &Order,
    request: FulfillmentRequest,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    must_be_free(order, "fulfill")?;
    check_parcel(&request.tracking, "/tracking")?;
    let wanted = if request.lines.is_empty() {
        order
            .items
            .iter()
            .filter(|i| i.fulfillable() > 0)
            .map(|i| (i.item_id.clone(), i.fulfillable()))
            .collect()
    } else {
        request.lines
    };
    if wanted.is_empty() {
        return Err(Refusal::transition(order, "fulfill"));
    }
    let mut lines: Vec<FulfillmentLine> = Vec::new();
    for (index, (item_id, quantity)) in wanted.into_iter().enumerate() {
        let item = order.item(&item_id).ok_or_else(|| Refusal::unknown("item", &item_id))?;
        if quantity < 1 {
            let pointer = format!("/items/{index}/quantity");
            return Err(Refusal::invalid(&pointer, format!("{quantity} is not a quantity above zero")));
        }
        let earlier =
            lines.iter().filter(|l| l.item_id == item_id).fold(0i64, |sum, l| sum.saturating_add(l.quantity));
        let (requested, fulfillable) = (earlier.saturating_add(quantity), item.fulfillable());
        if requested > fulfillable {
            return Err(Refusal::ExceedsFulfillable { item_id, requested, fulfillable });
        }
        lines.push(FulfillmentLine { item_id, quantity });
    }
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::FulfillmentCreated {
        fulfillment_id: request.fulfillment_id,
        lines,
        tracking: request.tracking,
    });
    Ok(decision.events)
}

/// Let a planned fulfillment leave; its stock leaves the shelf.
pub fn ship(
    order: &Order,
    id: &FulfillmentId,
    tracking: Option<Tracking>,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    must_be_free(order, "ship")?;
    let fulfillment = must_stand(order, id, FulfillmentState::Pending, "ship")?;
    let tracking = tracking.unwrap_or_else(|| fulfillment.tracking.clone());
    check_parcel(&tracking, "/tracking")?;
    let stock = |line: &FulfillmentLine| Some(units_of(order.item(&line.item_id)?, line.quantity));
    let lines = fulfillment.lines.iter().filter_map(stock).collect();
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::FulfillmentShipped { fulfillment_id: id.clone(), tracking, lines });
    Ok(decision.events)
}

/// Say where a fulfillment is.
pub fn track(
    order: &Order,
    id: &FulfillmentId,
    tracking: Tracking,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    let fulfillment = order.fulfillment(id).ok_or_else(|| Refusal::unknown("fulfillment", id))?;
    check_parcel(&tracking, "/tracking")?;
    if fulfillment.status == FulfillmentState::Canceled {
        return Err(Refusal::transition(order, "track"));
    }
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::TrackingUpdated { fulfillment_id: id.clone(), tracking });
    Ok(decision.events)
}

/// A fulfillment arrived. The order is completed with the last one when nothing is left to pay or refund.
pub fn deliver(order: &Order, id: &FulfillmentId, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    must_stand(order, id, FulfillmentState::Shipped, "deliver")?;
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::FulfillmentDelivered { fulfillment_id: id.clone() });
    Ok(decision.advance())
}

/// Call a planned fulfillment off; its units are open again.
pub fn cancel_fulfillment(
    order: &Order,
    id: &FulfillmentId,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    must_stand(order, id, FulfillmentState::Pending, "cancel the fulfillment")?;
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::FulfillmentCanceled { fulfillment_id: id.clone() });
    Ok(decision.events)
}

fn must_be_free(order: &Order, attempted: &'static str) -> Result<(), Refusal> {
    if order.status != OrderStatus::Confirmed {
        return Err(Refusal::transition(order, attempted));
    }
    if order.holds.is_empty() {
        Ok(())
    } else {
        Err(Refusal::OnHold { codes: order.holds.iter().map(|h| h.code).collect() })
    }
}

fn must_stand<'o>(
    order: &'o Order,
    id: &FulfillmentId,
    status: FulfillmentState,
    attempted: &'static str,
) -> Result<&'o crate::orders::Fulfillment, Refusal> {
    let fulfillment = order.fulfillment(id).ok_or_else(|| Refusal::unknown("fulfillment", id))?;
    if fulfillment.status == status { Ok(fulfillment) } else { Err(Refusal::transition(order, attempted)) }
}

/// Where a parcel is, in lines of text; `at` points to it in the request.
pub(super) fn check_parcel(tracking: &Tracking, at: &str) -> Result<(), Refusal> {
    for (field, value) in
        [("carrier", &tracking.carrier), ("number", &tracking.number), ("url", &tracking.url)]
    {
        let code = text::address(value.as_deref().unwrap_or_default(), LINE_MAX);
        code.map_err(|error| Refusal::invalid(&format!("{at}/{field}"), error.to_string()))?;
    }
    Ok(())
}

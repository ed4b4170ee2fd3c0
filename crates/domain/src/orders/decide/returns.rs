//! Take goods back: ask, approve, receive, reject, close. Only what was shipped and has not come back.

use jiff::Timestamp;

use super::{Decision, Refusal, check_reason, fulfill, units_of};
use crate::orders::{
    Order, OrderEvent, OrderStatus, RETURN_LINES_MAX, ReceivedLine, Return, ReturnCondition, ReturnLine,
    ReturnStatus, Tracking,
};
use crate::text::{self, LINE_MAX};
use crate::{ItemId, ReturnId};

/// A return that somebody wants to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnRequest {
    /// The return's fresh id.
    pub return_id: ReturnId,
    /// Which items, how many units of each, and why; empty: everything that is with the customer.
    pub lines: Vec<(ItemId, i64, Option<String>)>,
    /// The parcel it comes in.
    pub label: Tracking,
}

/// Units that came, in one condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedUnits {
    /// Which item.
    pub item_id: ItemId,
    /// How many units.
    pub quantity: i64,
    /// How they are.
    pub condition: ReturnCondition,
    /// Whether they lie on the shelf again; `None`: if they can be sold.
    pub restock: Option<bool>,
}

/// Ask for a return of what was shipped.
pub fn request_return(
    order: &Order,
    request: ReturnRequest,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    if !can_return(order) {
        return Err(Refusal::transition(order, "return"));
    }
    fulfill::check_parcel(&request.label, "/label")?;
    check_count(request.lines.len())?;
    let wanted = if request.lines.is_empty() {
        let with_customer = order.items.iter().filter(|i| i.returnable() > 0);
        with_customer.map(|i| (i.item_id.clone(), i.returnable(), None)).collect()
    } else {
        request.lines
    };
    let mut lines: Vec<ReturnLine> = Vec::new();
    for (index, (item_id, quantity, reason)) in wanted.into_iter().enumerate() {
        let item = order.item(&item_id).ok_or_else(|| Refusal::unknown("item", &item_id))?;
        check_quantity(index, quantity)?;
        if lines.iter().any(|line| line.item_id == item_id) {
            let detail = format!("{item_id} stands twice; name it once, with all its units");
            return Err(Refusal::invalid(&format!("/items/{index}/item_id"), detail));
        }
        if quantity > item.returnable() {
            let returnable = item.returnable();
            return Err(Refusal::ExceedsReturnable { item_id, requested: quantity, returnable });
        }
        text::line(reason.as_deref().unwrap_or_default(), LINE_MAX)
            .map_err(|e| Refusal::invalid(&format!("/items/{index}/reason"), e.to_string()))?;
        lines.push(ReturnLine { item_id, quantity, reason, received: 0, restocked: 0, refunded: 0 });
    }
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::ReturnRequested { return_id: request.return_id, lines, label: request.label });
    Ok(decision.events)
}

/// Whether anything that shipped is with the customer.
pub(in crate::orders) fn can_return(order: &Order) -> bool {
    matches!(order.status, OrderStatus::Confirmed | OrderStatus::Completed)
        && order.items.iter().any(|item| item.returnable() > 0)
}

/// Say that the goods may come, and in which parcel.
pub fn approve_return(
    order: &Order,
    id: &ReturnId,
    label: Option<Tracking>,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    must_become(order, id, ReturnStatus::Approved, "approve the return")?;
    if let Some(label) = &label {
        fulfill::check_parcel(label, "/label")?;
    }
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::ReturnApproved { return_id: id.clone(), label });
    Ok(decision.events)
}

/// Goods came, all or some of them; what can be sold lies on the shelf again.
pub fn receive_return(
    order: &Order,
    id: &ReturnId,
    units: Vec<ReceivedUnits>,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    const ATTEMPTED: &str = "receive the return";
    let one = must_become(order, id, ReturnStatus::Received, ATTEMPTED)?;
    check_count(units.len())?;
    let came = if units.is_empty() { all_of(one) } else { units };
    if came.is_empty() {
        return Err(Refusal::transition(order, ATTEMPTED));
    }
    let mut lines: Vec<ReceivedLine> = Vec::new();
    for (index, units) in came.into_iter().enumerate() {
        let ReceivedUnits { item_id, quantity, condition, restock } = units;
        check_quantity(index, quantity)?;
        let known = one.line(&item_id).ok_or_else(|| {
            let detail = format!("{item_id} is not in this return");
            Refusal::invalid(&format!("/items/{index}/item_id"), detail)
        })?;
        let earlier = lines.iter().filter(|line| line.item_id == item_id);
        let requested = earlier.fold(quantity, |sum, line| sum.saturating_add(line.quantity));
        if requested > known.outstanding() {
            let returnable = known.outstanding();
            return Err(Refusal::ExceedsReturnable { item_id, requested, returnable });
        }
        let is_sellable = condition == ReturnCondition::Sellable;
        if restock == Some(true) && !is_sellable {
            let detail =
                "what is damaged is not put back on the shelf; leave 'restock' out, or say 'sellable'";
            return Err(Refusal::invalid(&format!("/items/{index}/restock"), detail));
        }
        let restocked = if restock.unwrap_or(is_sellable) { quantity } else { 0 };
        lines.push(ReceivedLine { item_id, quantity, condition, restocked });
    }
    let shelved = lines.iter().filter(|line| line.restocked > 0);
    let back: Vec<_> =
        shelved.filter_map(|line| Some(units_of(order.item(&line.item_id)?, line.restocked))).collect();
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::ReturnReceived { return_id: id.clone(), lines });
    if !back.is_empty() {
        decision.add(OrderEvent::StockReturned { lines: back });
    }
    Ok(decision.advance())
}

/// Turn a return down of which nothing came.
pub fn reject_return(
    order: &Order,
    id: &ReturnId,
    reason: Option<String>,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    must_become(order, id, ReturnStatus::Rejected, "reject the return")?;
    check_reason(reason.as_deref())?;
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::ReturnRejected { return_id: id.clone(), reason });
    Ok(decision.events)
}

/// Nothing more will come of a return.
pub fn close_return(order: &Order, id: &ReturnId, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    must_become(order, id, ReturnStatus::Closed, "close the return")?;
    let mut decision = Decision::on(order, at);
    decision.add(OrderEvent::ReturnClosed { return_id: id.clone() });
    Ok(decision.events)
}

fn must_become<'o>(
    order: &'o Order,
    id: &ReturnId,
    to: ReturnStatus,
    attempted: &'static str,
) -> Result<&'o Return, Refusal> {
    let one = order.find_return(id).ok_or_else(|| Refusal::unknown("return", id))?;
    if one.status.successors().contains(&to) { Ok(one) } else { Err(Refusal::transition(order, attempted)) }
}

/// Everything that has not come yet, as good as new.
fn all_of(one: &Return) -> Vec<ReceivedUnits> {
    let lines = one.lines.iter().filter(|line| line.outstanding() > 0);
    lines
        .map(|line| ReceivedUnits {
            item_id: line.item_id.clone(),
            quantity: line.outstanding(),
            condition: ReturnCondition::Sellable,
            restock: None,
        })
        .collect()
}

fn check_quantity(index: usize, quantity: i64) -> Result<(), Refusal> {
    if quantity >= 1 {
        return Ok(());
    }
    let pointer = format!("/items/{index}/quantity");
    Err(Refusal::invalid(&pointer, format!("{quantity} is not a quantity above zero")))
}

fn check_count(lines: usize) -> Result<(), Refusal> {
    if lines <= RETURN_LINES_MAX {
        return Ok(());
    }
    Err(Refusal::invalid(
        "/items",
        format!("{lines} items are more than the {RETURN_LINES_MAX} of one return"),
    ))
}

//! Give money back, as an amount or for items, with or without goods back on the shelf.

use jiff::Timestamp;

use super::cancel::{end_if_empty, is_empty, take_off};
use super::settle::end_review;
use super::totals::share_of;
use super::{Decision, Refusal, check_reason, units_of};
use crate::orders::{Item, Order, OrderEvent, RefundLine, RefundStatus};
use crate::payments::{Failure, Operation, Outcome, Payment};
use crate::{ItemId, Money, PaymentId, RefundId, ReturnId};

/// A refund that somebody wants to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRequest {
    /// The refund's fresh id.
    pub refund_id: RefundId,
    /// Through which payment; `None`: the first that covers it.
    pub payment_id: Option<PaymentId>,
    /// How much, in minor units; `None`: what the items cost, or all that can be refunded when no items are named or
    /// the refund leaves nothing of the order.
    pub amount: Option<i64>,
    /// Which items, and how many units of each. Units not shipped yet are canceled by it.
    pub lines: Vec<(ItemId, i64)>,
    /// The return whose units are refunded, all that came and are not refunded yet; then no items are named.
    pub return_id: Option<ReturnId>,
    /// Whether shipped units lie on the shelf again.
    pub restock: bool,
    /// Why.
    pub reason: Option<String>,
}

/// Start a refund: the intent, before the gateway hears of it.
pub fn refund(order: &Order, request: RefundRequest, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    if order.refundable() == 0 {
        return Err(Refusal::transition(order, "refund"));
    }
    check_reason(request.reason.as_deref())?;
    let lines = match &request.return_id {
        Some(id) => lines_of_return(order, id, &request)?,
        None => lines_of(order, &request)?,
    };
    let mut decision = Decision::on(order, at);
    let open: Vec<_> =
        lines.iter().filter(|l| l.canceled > 0).map(|l| (l.item_id.clone(), l.canceled)).collect();
    if !open.is_empty() {
        take_off(&mut decision, &open, request.reason.clone())?;
    }
    let amount = match request.amount {
        Some(amount) => amount,
        None if lines.is_empty() || is_empty(&decision.order) => order.refundable(),
        None => price_of(order, &lines)?,
    };
    if amount < 1 {
        return Err(Refusal::invalid("/amount", format!("{amount} is not an amount above zero")));
    }
    let payment = payer(order, request.payment_id.as_ref(), amount)?;
    let back: Vec<_> = lines
        .iter()
        .filter(|l| l.restocked > 0)
        .filter_map(|l| Some(units_of(order.item(&l.item_id)?, l.restocked)))
        .collect();
    let mut started = refund_payment(&payment, request.refund_id, amount, lines, request.reason.clone());
    if let OrderEvent::RefundStarted { return_id, .. } = &mut started {
        return_id.clone_from(&request.return_id);
    }
    decision.add(started);
    if !back.is_empty() {
        decision.add(OrderEvent::StockReturned { lines: back });
    }
    end_if_empty(&mut decision, request.reason);
    Ok(decision.advance())
}

/// What a return brought back and is not refunded.
fn lines_of_return(
    order: &Order,
    id: &ReturnId,
    request: &RefundRequest,
) -> Result<Vec<RefundLine>, Refusal> {
    let one = order.find_return(id).ok_or_else(|| Refusal::unknown("return", id))?;
    if !request.lines.is_empty() {
        let detail = "a return says itself which items came back; leave 'items' out";
        return Err(Refusal::invalid("/items", detail));
    }
    if request.restock {
        let detail = "what a return brought back was put on the shelf as it came; leave 'restock' out";
        return Err(Refusal::invalid("/restock", detail));
    }
    let lines: Vec<_> = one
        .lines
        .iter()
        .filter(|line| line.owed() > 0)
        .map(|line| RefundLine {
            item_id: line.item_id.clone(),
            canceled: 0,
            shipped: 0,
            restocked: 0,
            returned: line.owed(),
        })
        .collect();
    if lines.is_empty() { Err(Refusal::transition(order, "refund the return")) } else { Ok(lines) }
}

/// Which units a refund is for, one line an item: what is with the customer first, then what has not shipped.
fn lines_of(order: &Order, request: &RefundRequest) -> Result<Vec<RefundLine>, Refusal> {
    let mut wanted: Vec<(&Item, i64)> = Vec::new();
    for (index, (item_id, units)) in request.lines.iter().enumerate() {
        let item = order.item(item_id).ok_or_else(|| Refusal::unknown("item", item_id))?;
        if *units < 1 {
            let pointer = format!("/items/{index}/quantity");
            return Err(Refusal::invalid(&pointer, format!("{units} is not a quantity above zero")));
        }
        match wanted.iter_mut().find(|(known, _)| known.item_id == item.item_id) {
            Some((_, sum)) => *sum = sum.saturating_add(*units),
            None => wanted.push((item, *units)),
        }
    }
    wanted.into_iter().map(|(item, units)| line_of(item, units, request.restock)).collect()
}

fn line_of(item: &Item, units: i64, restock: bool) -> Result<RefundLine, Refusal> {
    let item_id = item.item_id.clone();
    let returnable = item.returnable().saturating_add(item.fulfillable());
    if units > returnable {
        return Err(Refusal::ExceedsReturnable { item_id, requested: units, returnable });
    }
    let shipped = units.min(item.returnable());
    let restocked = if restock { shipped } else { 0 };
    Ok(RefundLine { item_id, canceled: units.saturating_sub(shipped), shipped, restocked, returned: 0 })
}

/// What units cost: their shares of total, discount and added tax.
fn price_of(order: &Order, lines: &[RefundLine]) -> Result<i64, Refusal> {
    let mut sum = Money::zero(order.currency);
    for line in lines {
        let Some(item) = order.item(&line.item_id) else { continue };
        // Units that a return brought back are priced when they are refunded, not when they come.
        let gone = item.canceled.saturating_add(item.returned).saturating_sub(order.owed(&item.item_id));
        let units = line.canceled.saturating_add(line.shipped).saturating_add(line.returned);
        let whole = net_of(order, item)?;
        let upto = |units: i64| share_of(whole, units, item.ordered);
        sum = sum.plus(upto(gone.saturating_add(units)).minus(upto(gone))?)?;
    }
    Ok(sum.amount)
}

fn net_of(order: &Order, item: &Item) -> Result<Money, Refusal> {
    let tax = if item.tax.included { 0 } else { item.tax.amount };
    Ok(order.money(item.total).minus(order.money(item.discount))?.plus(order.money(tax))?)
}

/// The payment that money goes back through: the one named, or the first that covers the amount.
pub(super) fn payer(order: &Order, named: Option<&PaymentId>, amount: i64) -> Result<Payment, Refusal> {
    let exceeds = |refundable: i64| Refusal::ExceedsRefundable {
        requested: amount,
        refundable,
        currency: order.currency,
    };
    if let Some(id) = named {
        let payment = order.payment(id).ok_or_else(|| Refusal::unknown("payment", id))?;
        return if payment.refundable() < amount {
            Err(exceeds(payment.refundable()))
        } else {
            Ok(payment.clone())
        };
    }
    let most = order.payments.iter().map(Payment::refundable).max().unwrap_or(0);
    order.payments.iter().find(|p| p.refundable() >= amount).cloned().ok_or_else(|| exceeds(most))
}

/// The intent of a refund through one payment.
pub(super) fn refund_payment(
    payment: &Payment,
    refund_id: RefundId,
    amount: i64,
    lines: Vec<RefundLine>,
    reason: Option<String>,
) -> OrderEvent {
    let n = payment.next_try(Operation::Refund);
    OrderEvent::RefundStarted {
        refund_id,
        payment_id: payment.payment_id.clone(),
        amount,
        n,
        lines,
        return_id: None,
        reason,
    }
}

/// A refund that was made at the gateway without us, and succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundElsewhere {
    /// Our id for it, the same whenever it is told.
    pub refund_id: RefundId,
    /// Through which payment.
    pub payment_id: PaymentId,
    /// How much, in minor units.
    pub amount: i64,
    /// The gateway's own name for it.
    pub transaction_id: String,
}

/// The reason of refunds that were made at the gateway without us.
const MADE_ELSEWHERE: &str = "made_at_the_gateway";

/// Take over a refund that was made without us; one that is known gives no events. Which items it was for nobody says.
pub fn refund_elsewhere(
    order: &Order,
    refund: &RefundElsewhere,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    if order.refund(&refund.refund_id).is_some() {
        return Ok(Vec::new());
    }
    if refund.amount < 1 {
        return Err(Refusal::invalid("/amount", format!("{} is not an amount above zero", refund.amount)));
    }
    let payment = payer(order, Some(&refund.payment_id), refund.amount)?;
    let reason = Some(MADE_ELSEWHERE.to_owned());
    let mut decision = Decision::on(order, at);
    decision.add(refund_payment(&payment, refund.refund_id.clone(), refund.amount, Vec::new(), reason));
    decision.add(OrderEvent::RefundSucceeded {
        refund_id: refund.refund_id.clone(),
        payment_id: refund.payment_id.clone(),
        amount: refund.amount,
        transaction_id: refund.transaction_id.clone(),
    });
    Ok(decision.advance())
}

/// Fold the gateway's answer to a refund into the order; an answer that changes nothing gives no events.
pub fn refund_settled(
    order: &Order,
    refund_id: &RefundId,
    outcome: &Outcome,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    let refund = order.refund(refund_id).ok_or_else(|| Refusal::unknown("refund", refund_id))?;
    let (refund_id, payment_id) = (refund.refund_id.clone(), refund.payment_id.clone());
    if refund.status != RefundStatus::Pending {
        return Ok(Vec::new());
    }
    let open = order
        .payment(&payment_id)
        .and_then(|p| p.open.iter().find(|a| a.refund_id.as_ref() == Some(&refund_id)));
    let mut decision = Decision::on(order, at);
    match outcome {
        Outcome::Succeeded { transaction_id } | Outcome::Concluded { transaction_id } => {
            decision.add(OrderEvent::RefundSucceeded {
                refund_id,
                payment_id,
                amount: refund.amount,
                transaction_id: transaction_id.clone(),
            });
        }
        Outcome::Declined(failure) => {
            decision.add(OrderEvent::RefundFailed { refund_id, payment_id, failure: failure.clone() });
        }
        Outcome::NotFound => {
            let failure = Failure {
                code: "not_found_at_gateway".to_owned(),
                message: "the gateway has no record of this refund".to_owned(),
                retryable: true,
            };
            decision.add(OrderEvent::RefundFailed { refund_id, payment_id, failure });
        }
        Outcome::Unknown { reason } => {
            if let Some(attempt) = open.filter(|a| !a.unknown) {
                let (operation, n) = (Operation::Refund, attempt.n);
                decision.add(OrderEvent::PaymentOutcomeUnknown {
                    payment_id,
                    operation,
                    n,
                    reason: reason.clone(),
                });
            }
        }
        Outcome::Pending | Outcome::NotAsked { .. } | Outcome::RequiresAction(_) => {}
    }
    end_review(&mut decision);
    Ok(decision.advance())
}

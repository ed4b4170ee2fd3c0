//! Give money back, as an amount or for items, with or without goods back on the shelf.

use jiff::Timestamp;

use super::cancel::{end_if_empty, take_off};
use super::place::share_of;
use super::settle::end_review;
use super::{Decision, Refusal};
use crate::inventory::StockLine;
use crate::orders::{Item, Order, OrderEvent, RefundLine, RefundStatus};
use crate::payments::{Failure, Operation, Outcome, Payment};
use crate::{ItemId, Money, PaymentId, RefundId};

/// A refund that somebody wants to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundRequest {
    /// The refund's fresh id.
    pub refund_id: RefundId,
    /// Through which payment; `None`: the first that covers it.
    pub payment_id: Option<PaymentId>,
    /// How much, in minor units; `None`: what the items cost, or all that can be refunded.
    pub amount: Option<i64>,
    /// Which items, and how many units of each. Units not shipped yet are canceled by it.
    pub lines: Vec<(ItemId, i64)>,
    /// Whether shipped units lie on the shelf again.
    pub restock: bool,
    /// Why.
    pub reason: Option<String>,
}

/// Start a refund: the intent, before the gateway hears of it.
pub fn refund(order: &Order, request: RefundRequest, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    let refundable = order.payments.iter().map(Payment::refundable).fold(0i64, i64::saturating_add);
    if refundable == 0 {
        return Err(Refusal::transition(order, "refund"));
    }
    let lines =
        request.lines.iter().map(|(id, units)| line_of(order, id, *units)).collect::<Result<Vec<_>, _>>()?;
    let amount = match request.amount {
        Some(amount) => amount,
        None if lines.is_empty() => refundable,
        None => price_of(order, &lines)?,
    };
    if amount < 1 {
        return Err(Refusal::invalid("/amount", format!("{amount} is not an amount above zero")));
    }
    let payment = payer(order, request.payment_id.as_ref(), amount)?;
    let mut decision = Decision::on(order, at);
    let open: Vec<_> =
        lines.iter().filter(|l| l.canceled > 0).map(|l| (l.item_id.clone(), l.canceled)).collect();
    if !open.is_empty() {
        take_off(&mut decision, &open, request.reason.clone())?;
    }
    let lines: Vec<RefundLine> = lines
        .into_iter()
        .map(|l| RefundLine { restocked: if request.restock { l.shipped } else { 0 }, ..l })
        .collect();
    let back = restocked(order, &lines);
    decision.add(refund_payment(&payment, request.refund_id, amount, lines, request.reason.clone()));
    if !back.is_empty() {
        decision.add(OrderEvent::StockReturned { lines: back });
    }
    end_if_empty(&mut decision, request.reason);
    Ok(decision.events)
}

/// Which units a refund of an item is for: what is with the customer first, then what has not shipped.
fn line_of(order: &Order, item_id: &ItemId, units: i64) -> Result<RefundLine, Refusal> {
    let item = order.item(item_id).ok_or_else(|| Refusal::unknown("item", item_id))?;
    let returnable = item.returnable().saturating_add(item.fulfillable());
    if units < 1 || units > returnable {
        return Err(Refusal::ExceedsReturnable { item_id: item_id.clone(), requested: units, returnable });
    }
    let shipped = units.min(item.returnable());
    Ok(RefundLine { item_id: item_id.clone(), canceled: units - shipped, shipped, restocked: 0 })
}

/// What units cost: their shares of total, discount and added tax.
fn price_of(order: &Order, lines: &[RefundLine]) -> Result<i64, Refusal> {
    let mut sum = Money::zero(order.currency);
    for line in lines {
        let Some(item) = order.item(&line.item_id) else { continue };
        let gone = item.canceled.saturating_add(item.returned);
        let units = line.canceled.saturating_add(line.shipped);
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

fn payer(order: &Order, named: Option<&PaymentId>, amount: i64) -> Result<Payment, Refusal> {
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

fn restocked(order: &Order, lines: &[RefundLine]) -> Vec<StockLine> {
    let back = |line: &RefundLine| {
        let item = order.item(&line.item_id).filter(|_| line.restocked > 0)?;
        Some(StockLine {
            item_id: Some(item.item_id.clone()),
            variant_id: item.variant_id.clone(),
            location_id: item.location_id.clone(),
            quantity: line.restocked,
            tracked: item.tracked,
        })
    };
    lines.iter().filter_map(back).collect()
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
    OrderEvent::RefundStarted { refund_id, payment_id: payment.payment_id.clone(), amount, n, lines, reason }
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
        Outcome::Succeeded { transaction_id } => decision.add(OrderEvent::RefundSucceeded {
            refund_id,
            payment_id,
            amount: refund.amount,
            transaction_id: transaction_id.clone(),
        }),
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
        Outcome::Pending | Outcome::RequiresAction(_) => {}
    }
    end_review(&mut decision);
    Ok(decision.advance())
}

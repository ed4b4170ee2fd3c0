//! What a gateway's answer means for the order.

use jiff::Timestamp;

use super::late::{LateMoney, take_late_money};
use super::{Decision, Refusal};
use crate::PaymentId;
use crate::orders::{HoldCode, Order, OrderEvent, OrderStatus};
use crate::payments::{Attempt, Failure, OnFailure, Operation, Outcome, Payment, PaymentStatus};

/// Fold the outcome of the call `(operation, n)` on a payment into the order. An answer that changes nothing,
/// such as a repeated one, gives no events. `late` says what to do with money for an order that is over.
pub fn settle(
    order: &Order,
    payment_id: &PaymentId,
    (operation, n): (Operation, u32),
    outcome: &Outcome,
    late: &LateMoney,
    at: Timestamp,
) -> Result<Vec<OrderEvent>, Refusal> {
    let payment = order.payment(payment_id).ok_or_else(|| Refusal::unknown("payment", payment_id))?;
    let attempt = payment.open.iter().find(|a| a.operation == operation && a.n == n);
    let mut decision = Decision::on(order, at);
    match (outcome, attempt) {
        (Outcome::Succeeded { transaction_id }, _) => {
            if attempt.is_none() && !is_news(payment, operation) {
                return Ok(Vec::new());
            }
            let amount = attempt.map_or(payment.amount, |a| a.amount);
            decision.add(succeeded(order, payment, (operation, n), amount, transaction_id));
            take_late_money(&mut decision, payment_id, late);
        }
        (_, None) | (Outcome::Pending, _) => {}
        (Outcome::RequiresAction(next_action), Some(_)) => {
            if payment.next_action.as_ref() != Some(next_action) {
                let next_action = next_action.clone();
                decision
                    .add(OrderEvent::PaymentRequiresAction { payment_id: payment_id.clone(), next_action });
            }
        }
        (Outcome::NotFound, Some(_)) if operation == Operation::Void => {
            decision.add(OrderEvent::PaymentVoided { payment_id: payment_id.clone(), n });
        }
        (Outcome::NotFound, Some(_)) => failed(&mut decision, payment, (operation, n), &never_heard()),
        (Outcome::Declined(failure), Some(_)) => failed(&mut decision, payment, (operation, n), failure),
        (Outcome::Unknown { reason }, Some(attempt)) => unknown(&mut decision, payment_id, attempt, reason),
    }
    end_review(&mut decision);
    Ok(decision.advance())
}

/// Whether a success that nobody waits for any more still tells something: the money of a payment that had been
/// given up as failed, voided or never answered.
fn is_news(payment: &Payment, operation: Operation) -> bool {
    match operation {
        Operation::Charge => payment.captured == 0,
        Operation::Authorize => {
            payment.captured == 0 && payment.authorized == 0 && payment.status != PaymentStatus::Voided
        }
        Operation::Capture | Operation::Void | Operation::Refund => false,
    }
}

fn succeeded(
    order: &Order,
    payment: &Payment,
    (operation, n): (Operation, u32),
    amount: i64,
    transaction_id: &str,
) -> OrderEvent {
    let (payment_id, transaction_id) = (payment.payment_id.clone(), transaction_id.to_owned());
    match operation {
        Operation::Authorize => OrderEvent::PaymentAuthorized { payment_id, amount, transaction_id },
        Operation::Void => OrderEvent::PaymentVoided { payment_id, n },
        Operation::Charge | Operation::Capture | Operation::Refund => OrderEvent::PaymentProcessed {
            order_id: order.order_id.clone(),
            payment_id,
            amount: order.money(amount),
            transaction_id,
            operation,
            n,
        },
    }
}

fn failed(decision: &mut Decision, payment: &Payment, (operation, n): (Operation, u32), failure: &Failure) {
    let payment_id = payment.payment_id.clone();
    decision.add(OrderEvent::PaymentFailed { payment_id, operation, n, failure: failure.clone() });
    let first = matches!(operation, Operation::Authorize | Operation::Charge);
    let unpaid = decision.order.captured() == 0 && decision.order.status == OrderStatus::Created;
    if first && unpaid && payment.on_failure == OnFailure::Cancel {
        decision.release_stock(false);
        decision.add(OrderEvent::OrderCanceled { reason: Some("payment_declined".to_owned()) });
    }
}

fn unknown(decision: &mut Decision, payment_id: &PaymentId, attempt: &Attempt, reason: &str) {
    if !attempt.unknown {
        decision.add(OrderEvent::PaymentOutcomeUnknown {
            payment_id: payment_id.clone(),
            operation: attempt.operation,
            n: attempt.n,
            reason: reason.to_owned(),
        });
    }
}

/// A review of the payment ends by itself once nothing about the money is unknown any more.
pub(super) fn end_review(decision: &mut Decision) {
    let doubtful = decision.order.payments.iter().any(|p| p.open.iter().any(|a| a.unknown));
    if decision.order.is_held(HoldCode::PaymentReview) && !doubtful {
        decision.add(OrderEvent::OrderHoldReleased { code: HoldCode::PaymentReview });
    }
}

fn never_heard() -> Failure {
    Failure {
        code: "not_found_at_gateway".to_owned(),
        message: "the gateway has no record of this payment".to_owned(),
        retryable: true,
    }
}

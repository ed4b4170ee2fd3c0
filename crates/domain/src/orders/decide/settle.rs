//! What a gateway's answer means for the order.

use jiff::Timestamp;

use super::cancel::call_off;
use super::expire::{give_up_payments, is_review};
use super::late::{LateMoney, take_late_money};
use super::refund::refund_settled;
use super::{Decision, Refusal};
use crate::PaymentId;
use crate::orders::{Hold, HoldCode, Order, OrderEvent, OrderStatus};
use crate::payments::{Attempt, Failure, OnFailure, Operation, Outcome, Payment, PaymentStatus};
use crate::seeded::{Bug, seeded};

/// The number in [`OrderEvent::PaymentVoided`] of what nobody here asked for.
const BY_ITSELF: u32 = 0;

/// Fold the outcome of the call `(operation, n)` on a payment into the order. An answer that changes nothing,
/// such as a repeated one, gives no events. `late` says what to do with money for an order that is over. The answer
/// to a refund is that of [`refund_settled`].
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
    if operation == Operation::Refund {
        let refund_id = attempt.and_then(|a| a.refund_id.as_ref());
        return refund_id.map_or(Ok(Vec::new()), |id| refund_settled(order, id, outcome, at));
    }
    let mut decision = Decision::on(order, at);
    match (outcome, attempt) {
        (Outcome::Succeeded { transaction_id } | Outcome::Concluded { transaction_id }, _) => {
            if attempt.is_none() && !is_news(payment, operation) {
                return Ok(Vec::new());
            }
            let amount = attempt.map_or(payment.amount, |a| a.amount);
            decision.add(succeeded(order, payment, (operation, n), amount, transaction_id));
            if matches!(outcome, Outcome::Concluded { .. }) {
                forget_the_rest(&mut decision, payment_id);
            }
            if operation != Operation::Void && !seeded(Bug::LateMoneyKept) {
                take_late_money(&mut decision, payment_id, amount, late);
            }
        }
        (_, None) | (Outcome::Pending | Outcome::NotAsked { .. }, _) => {}
        (Outcome::RequiresAction(next_action), Some(attempt)) => {
            let news = attempt.unknown || payment.next_action.as_ref() != Some(next_action);
            if operation.is_first() && news {
                let next_action = next_action.clone();
                decision
                    .add(OrderEvent::PaymentRequiresAction { payment_id: payment_id.clone(), next_action });
            }
        }
        // Nothing was secured, so there is nothing left to give up. Secured money, by contrast, may still be there.
        (Outcome::NotFound, Some(_)) if operation == Operation::Void && payment.authorized == 0 => {
            decision.add(OrderEvent::PaymentVoided { payment_id: payment_id.clone(), n });
        }
        (Outcome::NotFound, Some(_)) => failed(&mut decision, payment, (operation, n), &never_heard()),
        (Outcome::Declined(failure), Some(_)) => failed(&mut decision, payment, (operation, n), failure),
        (Outcome::Unknown { .. }, Some(_)) if seeded(Bug::UnknownIsDeclined) => {
            failed(&mut decision, payment, (operation, n), &never_heard());
        }
        (Outcome::Unknown { reason }, Some(attempt)) => unknown(&mut decision, payment_id, attempt, reason),
    }
    // An order that is over keeps no money secured. A void that failed is not asked for again by itself.
    if operation != Operation::Void && order_is_over(&decision.order) {
        give_up_payments(&mut decision);
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
        // The gateway, or whoever runs it, gave the money up by itself.
        Operation::Void => payment.open.is_empty() && payment.capturable() > 0,
        Operation::Capture | Operation::Refund => false,
    }
}

/// What was secured and will never be taken is not counted on any more.
fn forget_the_rest(decision: &mut Decision, payment_id: &PaymentId) {
    let payment = decision.order.payment(payment_id);
    if payment
        .is_some_and(|p| p.authorized > p.captured && p.open.iter().all(|a| a.operation == Operation::Refund))
    {
        decision.add(OrderEvent::PaymentVoided { payment_id: payment_id.clone(), n: BY_ITSELF });
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
    let unpaid = decision.order.refundable() == 0 && decision.order.status == OrderStatus::Created;
    if operation.is_first() && unpaid && payment.on_failure == OnFailure::Cancel {
        call_off(decision, Some("payment_declined".to_owned()), []);
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

fn order_is_over(order: &Order) -> bool {
    matches!(order.status, OrderStatus::Canceled | OrderStatus::Expired)
}

/// A review that began by itself ends by itself once nothing about the money is unknown any more; one that somebody
/// asked for is theirs to end.
pub(super) fn end_review(decision: &mut Decision) {
    let doubtful = decision.order.payments.iter().any(|p| p.open.iter().any(|a| a.unknown));
    let by_itself = |h: &Hold| h.code == HoldCode::PaymentReview && is_review(h.reason.as_deref());
    if !doubtful && decision.order.holds.iter().any(by_itself) {
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

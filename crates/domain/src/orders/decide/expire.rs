//! The end of a reservation: never while the fate of a payment is open.

use jiff::Timestamp;

use super::{Decision, Refusal};
use crate::orders::{HoldCode, Order, OrderEvent, OrderStatus};
use crate::payments::{Operation, Payment, PaymentStatus};
use crate::seeded::{Bug, seeded};

const UNKNOWN: &str = "the outcome of a payment is unknown at the end of the reservation";
const NOT_GIVEN_UP: &str = "the gateway did not give a payment up at the end of the reservation";
const PARTLY_PAID: &str = "the order is paid in part at the end of the reservation";

/// Whether this is the reason of a review that began by itself.
pub(super) fn is_review(reason: Option<&str>) -> bool {
    reason.is_some_and(|reason| [UNKNOWN, NOT_GIVEN_UP, PARTLY_PAID].contains(&reason))
}

/// What the sweep decides about an order whose reservation ran out at `at` or before.
///
/// Nothing open: the order expires. An attempt is in flight: wait. A payment waits for the buyer, or a part of the
/// money is secured: the gateway is asked, once, to cancel it first. An outcome is unknown, the gateway refuses to
/// cancel, or a part of the money was taken: the stock stays kept and the order is put up for review.
pub fn expire(order: &Order, at: Timestamp) -> Vec<OrderEvent> {
    let due =
        order.status == OrderStatus::Created && order.reservation_expires_at.is_some_and(|end| end <= at);
    if !due {
        return Vec::new();
    }
    let mut decision = Decision::on(order, at);
    let any = |holds: fn(&Payment) -> bool| order.payments.iter().any(holds);
    if any(|p| p.open.iter().any(|a| a.unknown)) {
        review(&mut decision, UNKNOWN);
    } else if any(is_in_flight) {
        // The answer decides.
    } else if order.refundable() > 0 {
        review(&mut decision, PARTLY_PAID);
    } else if any(|p| is_to_give_up(p) && p.next_try(Operation::Void) > 1) {
        review(&mut decision, NOT_GIVEN_UP);
    } else if any(is_to_give_up) {
        give_up_payments(&mut decision);
    } else {
        if !seeded(Bug::ExpiryKeepsStock) {
            decision.release_stock(true);
        }
        decision.add(OrderEvent::OrderExpired {});
    }
    decision.events
}

fn review(decision: &mut Decision, reason: &str) {
    if !decision.order.is_held(HoldCode::PaymentReview) {
        let reason = Some(reason.to_owned());
        decision.add(OrderEvent::OrderHeld { code: HoldCode::PaymentReview, reason });
    }
}

/// Give up the reservation of an unpaid order before its time. Not while a payment is open, and not while money of
/// the buyer is here: cancel the order instead, which gives the money back.
pub fn release(order: &Order, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    if order.status != OrderStatus::Created || !can_release(order) {
        return Err(Refusal::transition(order, "release"));
    }
    let mut decision = Decision::on(order, at);
    give_up_payments(&mut decision);
    decision.release_stock(false);
    decision.add(OrderEvent::OrderExpired {});
    Ok(decision.events)
}

/// Whether no payment is open and no money of the buyer is here.
pub(in crate::orders) fn can_release(order: &Order) -> bool {
    let decided = |p: &Payment| p.open.is_empty() && p.status != PaymentStatus::RequiresAction;
    order.refundable() == 0 && order.payments.iter().all(decided)
}

/// Whether the gateway owes an answer. A payment that waits for the buyer has its first call open and owes none.
fn is_in_flight(payment: &Payment) -> bool {
    let waiting = payment.status == PaymentStatus::RequiresAction;
    payment.open.iter().any(|a| !(waiting && a.operation.is_first()))
}

/// Whether the payment waits for the buyer or holds secured money.
fn is_to_give_up(payment: &Payment) -> bool {
    payment.status == PaymentStatus::RequiresAction || payment.capturable() > 0
}

/// Ask the gateway to cancel whatever waits for the buyer or is secured. A capture in flight is waited for.
pub(super) fn give_up_payments(decision: &mut Decision) {
    for payment in decision.order.payments.clone() {
        let asked = payment.open.iter().any(|a| matches!(a.operation, Operation::Void | Operation::Capture));
        if asked || !is_to_give_up(&payment) {
            continue;
        }
        let n = payment.next_try(Operation::Void);
        let waiting = payment.status == PaymentStatus::RequiresAction;
        let amount = if waiting { payment.amount } else { payment.capturable() };
        decision.add(OrderEvent::PaymentIntended {
            payment_id: payment.payment_id,
            operation: Operation::Void,
            n,
            amount,
        });
    }
}

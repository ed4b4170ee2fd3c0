//! The end of a reservation: never while the fate of a payment is open.

use jiff::Timestamp;

use super::{Decision, Refusal};
use crate::orders::{HoldCode, Order, OrderEvent, OrderStatus};
use crate::payments::{Operation, PaymentStatus};

/// What the sweep decides about an order whose reservation ran out at `at` or before.
///
/// Nothing open: the order expires. A payment waits for the buyer: the gateway is asked to cancel it first. An
/// outcome is unknown: the stock stays kept and the order is put up for review. An attempt is in flight: wait.
pub fn expire(order: &Order, at: Timestamp) -> Vec<OrderEvent> {
    let due =
        order.status == OrderStatus::Created && order.reservation_expires_at.is_some_and(|end| end <= at);
    if !due {
        return Vec::new();
    }
    let mut decision = Decision::on(order, at);
    if order.payments.iter().any(|p| p.open.iter().any(|a| a.unknown)) {
        if !order.is_held(HoldCode::PaymentReview) {
            let reason = Some("the outcome of a payment is unknown at the end of the reservation".to_owned());
            decision.add(OrderEvent::OrderHeld { code: HoldCode::PaymentReview, reason });
        }
        return decision.events;
    }
    give_up_payments(&mut decision);
    let at_rest = decision
        .order
        .payments
        .iter()
        .all(|p| p.open.is_empty() && p.status != PaymentStatus::RequiresAction);
    if decision.events.is_empty() && at_rest {
        decision.release_stock(true);
        decision.add(OrderEvent::OrderExpired {});
    }
    decision.events
}

/// Give up the reservation of an unpaid order before its time.
pub fn release(order: &Order, at: Timestamp) -> Result<Vec<OrderEvent>, Refusal> {
    let undecided =
        order.payments.iter().any(|p| !p.open.is_empty() || p.status == PaymentStatus::RequiresAction);
    if order.status != OrderStatus::Created || undecided {
        return Err(Refusal::transition(order, "release"));
    }
    let mut decision = Decision::on(order, at);
    give_up_payments(&mut decision);
    decision.release_stock(false);
    decision.add(OrderEvent::OrderExpired {});
    Ok(decision.events)
}

/// Ask the gateway to cancel whatever waits for the buyer or is secured; once for each payment.
pub(super) fn give_up_payments(decision: &mut Decision) {
    for payment in decision.order.payments.clone() {
        let waiting = payment.status == PaymentStatus::RequiresAction;
        let asked = payment.open.iter().any(|a| matches!(a.operation, Operation::Void | Operation::Capture));
        if asked || !(waiting || payment.capturable() > 0) {
            continue;
        }
        let n = payment.next_try(Operation::Void);
        let amount = if waiting { payment.amount } else { payment.capturable() };
        decision.add(OrderEvent::PaymentIntended {
            payment_id: payment.payment_id,
            operation: Operation::Void,
            n,
            amount,
        });
    }
}

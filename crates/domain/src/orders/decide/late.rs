//! Money that arrives too late or twice is never lost: the order comes back, or the money goes back.

use super::refund::refund_payment;
use super::{Decision, secured, units_of};
use crate::orders::{OrderEvent, OrderStatus};
use crate::payments::Operation;
use crate::{PaymentId, RefundId};

/// Why money goes back that came for an order that was over.
pub(in crate::orders) const MONEY_AFTER_END: &str = "money_after_end";

/// What to do with money for an order that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LateMoney {
    /// Reserve the stock of an expired order again and confirm it. When the stock is gone, the commit is refused
    /// and the decision is taken again with `Return`.
    Reserve(RefundId),
    /// Send it back, under this refund's id.
    Return(RefundId),
}

impl LateMoney {
    const fn refund_id(&self) -> &RefundId {
        match self {
            Self::Reserve(id) | Self::Return(id) => id,
        }
    }
}

/// After `amount` of a payment was secured or taken: an expired order may come back for it, an order that is over
/// sends it back, and any other order sends back what is above its total.
pub(super) fn take_late_money(
    decision: &mut Decision,
    payment_id: &PaymentId,
    amount: i64,
    late: &LateMoney,
) {
    let order = &decision.order;
    let (secured, total) = (secured(order), order.totals.total);
    match order.status {
        OrderStatus::Expired if matches!(late, LateMoney::Reserve(_)) && secured >= total && secured > 0 => {
            let open = order.items.iter().filter(|item| item.open() > 0);
            let lines = open.map(|item| units_of(item, item.open())).collect();
            decision.add(OrderEvent::StockReserved { lines, expires_at: None, reservation_id: None });
            decision.add(OrderEvent::OrderConfirmed {});
        }
        OrderStatus::Expired | OrderStatus::Canceled => {
            give_back(decision, payment_id, i64::MAX, MONEY_AFTER_END, late);
        }
        OrderStatus::Created | OrderStatus::Confirmed | OrderStatus::Completed => {
            let above = order.paid().saturating_sub(total);
            give_back(decision, payment_id, above.min(amount), "above_the_total", late);
            give_up_unneeded(decision, payment_id);
        }
    }
}

/// Refund what was taken, up to `most`.
fn give_back(decision: &mut Decision, payment_id: &PaymentId, most: i64, reason: &str, late: &LateMoney) {
    let Some(payment) = decision.order.payment(payment_id) else { return };
    let amount = payment.refundable().min(most);
    if amount > 0 {
        let (refund_id, reason) = (late.refund_id().clone(), Some(reason.to_owned()));
        let event = refund_payment(payment, refund_id, amount, Vec::new(), reason);
        decision.add(event);
    }
}

/// Void what was secured for an order that is paid without it. (An order that is over voids all that it has.)
fn give_up_unneeded(decision: &mut Decision, payment_id: &PaymentId) {
    let order = &decision.order;
    let Some(payment) = order.payment(payment_id).filter(|p| p.captured == 0 && p.capturable() > 0) else {
        return;
    };
    let others = order.paid().saturating_add(secured(order)).saturating_sub(order.refundable());
    if others.saturating_sub(payment.capturable()) >= order.totals.total {
        let event = OrderEvent::PaymentIntended {
            payment_id: payment_id.clone(),
            operation: Operation::Void,
            n: payment.next_try(Operation::Void),
            amount: payment.capturable(),
        };
        decision.add(event);
    }
}

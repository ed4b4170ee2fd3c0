//! Money that arrives for an order that is over is never lost: the order comes back, or the money goes back.

use super::Decision;
use super::refund::refund_payment;
use crate::inventory::StockLine;
use crate::orders::{OrderEvent, OrderStatus};
use crate::payments::Operation;
use crate::{PaymentId, RefundId};

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

/// After money was recorded: deal with it when the order is expired or canceled.
pub(super) fn take_late_money(decision: &mut Decision, payment_id: &PaymentId, late: &LateMoney) {
    let order = &decision.order;
    let secured = order.captured().saturating_add(order.authorized());
    let enough = secured >= order.totals.total && secured > 0;
    match order.status {
        OrderStatus::Expired if enough && matches!(late, LateMoney::Reserve(_)) => {
            let lines = open_lines(decision);
            decision.add(OrderEvent::StockReserved { lines, expires_at: None, reservation_id: None });
            decision.add(OrderEvent::OrderConfirmed {});
        }
        OrderStatus::Expired | OrderStatus::Canceled => send_back(decision, payment_id, late.refund_id()),
        OrderStatus::Created | OrderStatus::Confirmed | OrderStatus::Completed => {}
    }
}

fn send_back(decision: &mut Decision, payment_id: &PaymentId, refund_id: &RefundId) {
    let Some(payment) = decision.order.payment(payment_id) else { return };
    let event = if payment.refundable() > 0 {
        let reason = Some("money_after_end".to_owned());
        refund_payment(payment, refund_id.clone(), payment.refundable(), Vec::new(), reason)
    } else if payment.capturable() > 0 {
        let n = payment.next_try(Operation::Void);
        OrderEvent::PaymentIntended {
            payment_id: payment_id.clone(),
            operation: Operation::Void,
            n,
            amount: payment.capturable(),
        }
    } else {
        return;
    };
    decision.add(event);
}

fn open_lines(decision: &Decision) -> Vec<StockLine> {
    let items = decision.order.items.iter().filter(|item| item.open() > 0);
    items
        .map(|item| StockLine {
            item_id: Some(item.item_id.clone()),
            variant_id: item.variant_id.clone(),
            location_id: item.location_id.clone(),
            quantity: item.open(),
            tracked: item.tracked,
        })
        .collect()
}

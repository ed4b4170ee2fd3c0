//! What must follow from the events of an order: jobs and stock moves, in the same commit.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sutler_domain::inventory::StockLine;
use sutler_domain::orders::{Order, OrderEvent};
use sutler_domain::payments::Operation;
use sutler_domain::seeded::{Bug, seeded};
use sutler_domain::{JobId, LocationId, OrderId, PaymentId, RefundId, VariantId};

use crate::job::{JobKind, NewJob};
use crate::ports::Ports;
use crate::stream::StreamId;

/// The jobs that a decision asks for. Every intent to call a gateway is followed by the job that makes the call;
/// the payment named in a fresh order is left to `process_order`.
pub(crate) fn jobs(ports: &Ports, order: &Order, events: &[OrderEvent], now: Timestamp) -> Vec<NewJob> {
    let id = &order.order_id;
    let placed = events.iter().any(|e| matches!(e, OrderEvent::OrderPlaced { .. }));
    let mut kinds: Vec<(JobKind, Timestamp)> = Vec::new();
    let mut levels: BTreeSet<(VariantId, LocationId)> = BTreeSet::new();
    for event in events {
        match event {
            OrderEvent::OrderPlaced { .. } => {
                kinds.push((JobKind::ProcessOrder { order_id: id.clone() }, now));
            }
            OrderEvent::PaymentStarted { payment_id, operation, n, .. } if !placed => {
                kinds.push((call(id, payment_id, *operation, *n), now));
            }
            OrderEvent::PaymentIntended { payment_id, operation, n, .. } => {
                kinds.push((call(id, payment_id, *operation, *n), now));
            }
            // One that was made elsewhere has succeeded already.
            OrderEvent::RefundStarted { refund_id, payment_id, n, .. }
                if !seeded(Bug::JobForgotten) && !has_succeeded(events, refund_id) =>
            {
                kinds.push((call(id, payment_id, Operation::Refund, *n), now));
            }
            OrderEvent::PaymentProcessed { payment_id, .. } => {
                kinds.extend(look_again(ports, order, payment_id, now));
            }
            // The buyer decides elsewhere, and whoever was to hear of it may be gone by then: when the time is over, the
            // gateway is asked.
            OrderEvent::PaymentRequiresAction { payment_id, next_action } => {
                let (order_id, payment_id) = (id.clone(), payment_id.clone());
                kinds.push((
                    JobKind::SyncPayment { order_id, payment_id, transaction_id: None, notice: None },
                    next_action.expires_at,
                ));
            }
            OrderEvent::OrderConfirmed {} => {
                kinds.push((JobKind::NotifyShipping { order_id: id.clone() }, now));
                let tracked = order.items.iter().filter(|i| i.tracked);
                levels.extend(tracked.map(|i| (i.variant_id.clone(), i.location_id.clone())));
            }
            OrderEvent::StockReleased { lines, .. } | OrderEvent::StockReturned { lines } => {
                levels.extend(tracked(lines));
            }
            _ => {}
        }
    }
    if !levels.is_empty() {
        kinds.push((JobKind::UpdateInventory { levels: levels.into_iter().collect() }, now));
    }
    let subject = StreamId::from(id);
    let job = |(kind, run_at)| NewJob::new(JobId::new(ports.ids.uuid()), kind, subject.clone(), run_at);
    kinds.into_iter().map(job).collect()
}

fn has_succeeded(events: &[OrderEvent], wanted: &RefundId) -> bool {
    events.iter().any(|e| matches!(e, OrderEvent::RefundSucceeded { refund_id, .. } if refund_id == wanted))
}

fn call(order_id: &OrderId, payment_id: &PaymentId, operation: Operation, n: u32) -> JobKind {
    JobKind::CallGateway { order_id: order_id.clone(), payment_id: payment_id.clone(), operation, n }
}

/// Some gateways tell more about a payment later.
fn look_again(
    ports: &Ports,
    order: &Order,
    payment_id: &PaymentId,
    now: Timestamp,
) -> Option<(JobKind, Timestamp)> {
    let payment = order.payment(payment_id)?;
    let wait = ports.gateways.get(&payment.gateway)?.follow_up(payment.token.as_deref())?;
    let (order_id, payment_id) = (order.order_id.clone(), payment_id.clone());
    let kind = JobKind::SyncPayment { order_id, payment_id, transaction_id: None, notice: None };
    Some((kind, now.checked_add(wait).unwrap_or(now)))
}

fn tracked(lines: &[StockLine]) -> impl Iterator<Item = (VariantId, LocationId)> {
    lines.iter().filter(|l| l.tracked).map(|l| (l.variant_id.clone(), l.location_id.clone()))
}

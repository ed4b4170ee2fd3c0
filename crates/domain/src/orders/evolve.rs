//! `evolve(state, event) -> state`: the one place where an order changes.

use jiff::Timestamp;

use super::{
    Fulfillment, FulfillmentLine, FulfillmentState, Hold, HoldCode, Item, NoteRef, Order, OrderEvent,
    OrderStatus, Refund, RefundStatus,
};
use crate::inventory::StockLine;
use crate::payments::{Attempt, Operation, Payment, PaymentStatus};
use crate::{ItemId, PaymentId};

impl Order {
    /// Fold one more event. The first event of a stream is `OrderPlaced`; anything else before it leaves nothing.
    pub fn evolve(state: Option<Self>, event: &OrderEvent, at: Timestamp) -> Option<Self> {
        let Some(mut order) = state else { return placed(event, at) };
        order.updated_at = at;
        order.apply(event, at);
        Some(order)
    }

    fn apply(&mut self, event: &OrderEvent, at: Timestamp) {
        use OrderEvent as E;
        match event {
            E::OrderPlaced { .. } => {}
            E::StockReserved { lines, expires_at, reservation_id } => {
                self.each_line(lines, |item, units| item.reserved += units);
                self.reservation_expires_at = *expires_at;
                if reservation_id.is_some() {
                    self.reservation_id.clone_from(reservation_id);
                }
            }
            E::StockReleased { lines, .. } => {
                self.each_line(lines, |item, units| item.reserved -= units);
                if self.items.iter().all(|i| i.reserved == 0) {
                    self.reservation_expires_at = None;
                }
            }
            E::OrderConfirmed {} => {
                self.status = OrderStatus::Confirmed;
                self.confirmed_at = Some(at);
                self.ended_at = None;
                self.reservation_expires_at = None;
            }
            E::ItemsCanceled { lines, totals, .. } => {
                for line in lines {
                    self.with_item(&line.item_id, |item| item.canceled += line.quantity);
                }
                self.totals = *totals;
            }
            E::OrderCanceled { reason } => {
                self.end(OrderStatus::Canceled, at);
                self.cancel_reason.clone_from(reason);
                for item in &mut self.items {
                    item.canceled = item.ordered - item.fulfilled;
                }
            }
            E::OrderExpired {} => self.end(OrderStatus::Expired, at),
            E::OrderCompleted {} => self.end(OrderStatus::Completed, at),
            E::OrderHeld { code, reason } => {
                self.holds.push(Hold { code: *code, reason: reason.clone(), at })
            }
            E::OrderHoldReleased { code } => self.holds.retain(|h| h.code != *code),
            E::OrderUpdated { contact, tags, metadata } => {
                if contact.is_some() {
                    self.contact.clone_from(contact);
                }
                if let Some(tags) = tags {
                    self.tags.clone_from(tags);
                }
                if let Some(metadata) = metadata {
                    self.metadata.clone_from(metadata);
                }
            }
            E::NoteAdded { note_id } => self.notes.push(NoteRef { note_id: note_id.clone(), at }),
            E::StockReturned { .. } => {}
            _ if self.apply_payment(event, at) => {}
            _ if self.apply_refund(event, at) => {}
            _ => self.apply_fulfillment(event, at),
        }
    }

    fn end(&mut self, status: OrderStatus, at: Timestamp) {
        self.status = status;
        self.ended_at = Some(at);
        self.reservation_expires_at = None;
    }

    fn apply_payment(&mut self, event: &OrderEvent, at: Timestamp) -> bool {
        use OrderEvent as E;
        match event {
            E::PaymentStarted { payment_id, gateway, token, capture, on_failure, amount, operation, n } => {
                self.payments.push(Payment {
                    payment_id: payment_id.clone(),
                    gateway: gateway.clone(),
                    token: token.clone(),
                    capture: *capture,
                    on_failure: *on_failure,
                    status: PaymentStatus::Pending,
                    amount: *amount,
                    authorized: 0,
                    captured: 0,
                    refunded: 0,
                    tries: [(*operation, *n)].into(),
                    open: vec![Attempt {
                        operation: *operation,
                        n: *n,
                        amount: *amount,
                        refund_id: None,
                        unknown: false,
                    }],
                    transaction_id: None,
                    failure: None,
                    next_action: None,
                    disputed: false,
                    created_at: at,
                });
            }
            E::PaymentIntended { payment_id, operation, n, amount } => self.with_payment(payment_id, |p| {
                p.tries.insert(*operation, *n);
                p.open.push(Attempt {
                    operation: *operation,
                    n: *n,
                    amount: *amount,
                    refund_id: None,
                    unknown: false,
                });
            }),
            E::PaymentRequiresAction { payment_id, next_action } => self.with_payment(payment_id, |p| {
                p.status = PaymentStatus::RequiresAction;
                p.next_action = Some(next_action.clone());
            }),
            E::PaymentOutcomeUnknown { payment_id, operation, n, .. } => self.with_payment(payment_id, |p| {
                p.open
                    .iter_mut()
                    .filter(|a| a.operation == *operation && a.n == *n)
                    .for_each(|a| a.unknown = true);
            }),
            E::PaymentAuthorized { payment_id, amount, transaction_id } => {
                self.with_payment(payment_id, |p| {
                    p.close(Operation::Authorize, None);
                    p.status = PaymentStatus::Authorized;
                    p.authorized = *amount;
                    p.transaction_id = Some(transaction_id.clone());
                    p.next_action = None;
                })
            }
            E::PaymentProcessed { payment_id, amount, transaction_id, operation, n, .. } => {
                self.with_payment(payment_id, |p| {
                    p.close(*operation, Some(*n));
                    p.status = PaymentStatus::Captured;
                    p.captured += amount.amount;
                    p.authorized = p.authorized.max(p.captured);
                    p.transaction_id = Some(transaction_id.clone());
                    p.next_action = None;
                });
            }
            E::PaymentFailed { payment_id, operation, n, failure } => self.with_payment(payment_id, |p| {
                p.close(*operation, Some(*n));
                if matches!(operation, Operation::Authorize | Operation::Charge) {
                    p.status = PaymentStatus::Failed;
                    p.next_action = None;
                }
                p.failure = Some(failure.clone());
            }),
            E::PaymentVoided { payment_id, .. } => self.with_payment(payment_id, |p| {
                p.open.retain(|a| a.operation == Operation::Refund);
                p.status = if p.captured > 0 { PaymentStatus::Captured } else { PaymentStatus::Voided };
                p.authorized = p.captured;
                p.next_action = None;
            }),
            E::PaymentDisputed { payment_id } => self.with_payment(payment_id, |p| p.disputed = true),
            _ => return false,
        }
        true
    }

    fn apply_refund(&mut self, event: &OrderEvent, at: Timestamp) -> bool {
        use OrderEvent as E;
        match event {
            E::RefundStarted { refund_id, payment_id, amount, n, lines, reason } => {
                for line in lines {
                    self.with_item(&line.item_id, |item| item.returned += line.shipped);
                }
                self.with_payment(payment_id, |p| {
                    p.tries.insert(Operation::Refund, *n);
                    let refund_id = Some(refund_id.clone());
                    p.open.push(Attempt {
                        operation: Operation::Refund,
                        n: *n,
                        amount: *amount,
                        refund_id,
                        unknown: false,
                    });
                });
                self.refunds.push(Refund {
                    refund_id: refund_id.clone(),
                    payment_id: payment_id.clone(),
                    amount: *amount,
                    lines: lines.clone(),
                    reason: reason.clone(),
                    status: RefundStatus::Pending,
                    failure: None,
                    created_at: at,
                });
            }
            E::RefundSucceeded { refund_id, payment_id, amount, .. } => {
                self.with_payment(payment_id, |p| {
                    p.open.retain(|a| a.refund_id.as_ref() != Some(refund_id));
                    p.refunded += amount;
                });
                self.refunds
                    .iter_mut()
                    .filter(|r| &r.refund_id == refund_id)
                    .for_each(|r| r.status = RefundStatus::Succeeded);
            }
            E::RefundFailed { refund_id, payment_id, failure } => {
                self.with_payment(payment_id, |p| p.open.retain(|a| a.refund_id.as_ref() != Some(refund_id)));
                for refund in self.refunds.iter_mut().filter(|r| &r.refund_id == refund_id) {
                    refund.status = RefundStatus::Failed;
                    refund.failure = Some(failure.clone());
                }
            }
            _ => return false,
        }
        true
    }

    fn apply_fulfillment(&mut self, event: &OrderEvent, at: Timestamp) {
        use OrderEvent as E;
        match event {
            E::FulfillmentCreated { fulfillment_id, lines, tracking } => {
                self.plan(lines, 1);
                self.fulfillments.push(Fulfillment {
                    fulfillment_id: fulfillment_id.clone(),
                    lines: lines.clone(),
                    status: FulfillmentState::Pending,
                    tracking: tracking.clone(),
                    created_at: at,
                    shipped_at: None,
                    delivered_at: None,
                });
            }
            E::FulfillmentShipped { fulfillment_id, tracking, lines: stock } => {
                let lines = self.fulfillment(fulfillment_id).map(|f| f.lines.clone()).unwrap_or_default();
                self.plan(&lines, -1);
                for line in &lines {
                    self.with_item(&line.item_id, |item| item.fulfilled += line.quantity);
                }
                self.each_line(stock, |item, units| item.reserved -= units);
                self.with_fulfillment(fulfillment_id, |f| {
                    f.status = FulfillmentState::Shipped;
                    f.tracking = tracking.clone();
                    f.shipped_at = Some(at);
                });
            }
            E::TrackingUpdated { fulfillment_id, tracking } => {
                self.with_fulfillment(fulfillment_id, |f| f.tracking = tracking.clone());
            }
            E::FulfillmentDelivered { fulfillment_id } => self.with_fulfillment(fulfillment_id, |f| {
                f.status = FulfillmentState::Delivered;
                f.delivered_at = Some(at);
            }),
            E::FulfillmentCanceled { fulfillment_id } => {
                let lines = self.fulfillment(fulfillment_id).map(|f| f.lines.clone()).unwrap_or_default();
                self.plan(&lines, -1);
                self.with_fulfillment(fulfillment_id, |f| f.status = FulfillmentState::Canceled);
            }
            _ => {}
        }
    }

    fn plan(&mut self, lines: &[FulfillmentLine], sign: i64) {
        for line in lines {
            self.with_item(&line.item_id, |item| item.planned += sign * line.quantity);
        }
    }

    fn each_line(&mut self, lines: &[StockLine], change: impl Fn(&mut Item, i64)) {
        for line in lines {
            if let Some(id) = &line.item_id {
                self.with_item(id, |item| change(item, line.quantity));
            }
        }
    }

    fn with_item(&mut self, id: &ItemId, change: impl FnOnce(&mut Item)) {
        if let Some(item) = self.items.iter_mut().find(|i| &i.item_id == id) {
            change(item);
        }
    }

    fn with_payment(&mut self, id: &PaymentId, change: impl FnOnce(&mut Payment)) {
        if let Some(payment) = self.payments.iter_mut().find(|p| &p.payment_id == id) {
            change(payment);
        }
    }

    fn with_fulfillment(&mut self, id: &crate::FulfillmentId, change: impl FnOnce(&mut Fulfillment)) {
        if let Some(fulfillment) = self.fulfillments.iter_mut().find(|f| &f.fulfillment_id == id) {
            change(fulfillment);
        }
    }

    /// Whether fulfillment is stopped for this reason.
    pub fn is_held(&self, code: HoldCode) -> bool {
        self.holds.iter().any(|h| h.code == code)
    }
}

impl Payment {
    /// An intent came to rest. An authorization has one number only; the others are told apart by theirs.
    fn close(&mut self, operation: Operation, n: Option<u32>) {
        self.open.retain(|a| a.operation != operation || n.is_some_and(|n| a.n != n));
    }
}

fn placed(event: &OrderEvent, at: Timestamp) -> Option<Order> {
    let OrderEvent::OrderPlaced {
        order_id,
        customer_id,
        contact,
        reference,
        currency,
        items,
        shipping,
        discounts,
        totals,
        tags,
        metadata,
        ..
    } = event
    else {
        return None;
    };
    Some(Order {
        order_id: order_id.clone(),
        customer_id: customer_id.clone(),
        contact: contact.clone(),
        reference: reference.clone(),
        currency: *currency,
        items: items.clone(),
        shipping: shipping.clone(),
        discounts: discounts.clone(),
        totals: *totals,
        status: OrderStatus::Created,
        payments: Vec::new(),
        refunds: Vec::new(),
        fulfillments: Vec::new(),
        holds: Vec::new(),
        notes: Vec::new(),
        tags: tags.clone(),
        metadata: metadata.clone(),
        reservation_id: None,
        reservation_expires_at: None,
        cancel_reason: None,
        placed_at: at,
        confirmed_at: None,
        ended_at: None,
        updated_at: at,
    })
}

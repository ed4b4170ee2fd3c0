//! How payments and refunds fold into their order.

use jiff::Timestamp;

use super::add;
use crate::orders::{Order, OrderEvent, Refund, RefundStatus};
use crate::payments::{Attempt, Operation, Payment, PaymentStatus};
use crate::{PaymentId, RefundId};

impl Order {
    /// Whether the event was about a payment.
    pub(super) fn apply_payment(&mut self, event: &OrderEvent, at: Timestamp) -> bool {
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
                    open: vec![asked(*operation, *n, *amount, None)],
                    transaction_id: None,
                    failure: None,
                    next_action: None,
                    disputed: false,
                    created_at: at,
                });
            }
            E::PaymentIntended { payment_id, operation, n, amount } => self.with_payment(payment_id, |p| {
                p.tries.insert(*operation, *n);
                p.open.push(asked(*operation, *n, *amount, None));
            }),
            E::PaymentRequiresAction { payment_id, next_action } => self.with_payment(payment_id, |p| {
                p.status = PaymentStatus::RequiresAction;
                if next_action.transaction_id.is_some() {
                    p.transaction_id.clone_from(&next_action.transaction_id);
                }
                p.next_action = Some(next_action.clone());
                // The gateway waits for the buyer: what became of the first call is known again.
                p.open.iter_mut().filter(|a| a.operation.is_first()).for_each(|a| a.unknown = false);
            }),
            E::PaymentOutcomeUnknown { payment_id, operation, n, .. } => self.with_payment(payment_id, |p| {
                let asked = |a: &&mut Attempt| a.operation == *operation && a.n == *n;
                p.open.iter_mut().filter(asked).for_each(|a| a.unknown = true);
            }),
            E::PaymentAuthorized { payment_id, amount, transaction_id } => {
                self.with_payment(payment_id, |p| {
                    p.close(Operation::Authorize, None);
                    p.authorized = *amount;
                    p.succeed(PaymentStatus::Authorized, transaction_id);
                });
            }
            E::PaymentProcessed { payment_id, amount, transaction_id, operation, n, .. } => {
                self.with_payment(payment_id, |p| {
                    p.close(*operation, Some(*n));
                    add(&mut p.captured, amount.amount);
                    p.authorized = p.authorized.max(p.captured);
                    p.succeed(PaymentStatus::Captured, transaction_id);
                });
            }
            E::PaymentFailed { payment_id, operation, n, failure } => self.with_payment(payment_id, |p| {
                p.close(*operation, Some(*n));
                if operation.is_first() {
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

    /// Whether the event was about a refund.
    pub(super) fn apply_refund(&mut self, event: &OrderEvent, at: Timestamp) -> bool {
        use OrderEvent as E;
        match event {
            E::RefundStarted { refund_id, payment_id, amount, n, lines, return_id, reason } => {
                for line in lines {
                    self.with_item(&line.item_id, |item| add(&mut item.returned, line.shipped));
                }
                self.settle_return(return_id.as_ref(), lines, true);
                self.with_payment(payment_id, |p| {
                    p.tries.insert(Operation::Refund, *n);
                    p.open.push(asked(Operation::Refund, *n, *amount, Some(refund_id.clone())));
                });
                self.refunds.push(Refund {
                    refund_id: refund_id.clone(),
                    payment_id: payment_id.clone(),
                    amount: *amount,
                    lines: lines.clone(),
                    return_id: return_id.clone(),
                    reason: reason.clone(),
                    status: RefundStatus::Pending,
                    failure: None,
                    created_at: at,
                });
            }
            E::RefundSucceeded { refund_id, payment_id, amount, .. } => {
                self.with_payment(payment_id, |p| {
                    p.close_refund(refund_id);
                    add(&mut p.refunded, *amount);
                });
                self.with_refund(refund_id, |r| r.status = RefundStatus::Succeeded);
            }
            E::RefundFailed { refund_id, payment_id, failure } => {
                self.with_payment(payment_id, |p| p.close_refund(refund_id));
                // What a return brought back is owed again, so that it can be refunded another time.
                let failed = self.refund(refund_id).map(|r| (r.return_id.clone(), r.lines.clone()));
                let (return_id, lines) = failed.unwrap_or_default();
                self.settle_return(return_id.as_ref(), &lines, false);
                self.with_refund(refund_id, |r| {
                    r.status = RefundStatus::Failed;
                    r.failure = Some(failure.clone());
                });
            }
            _ => return false,
        }
        true
    }

    fn with_payment(&mut self, id: &PaymentId, change: impl FnOnce(&mut Payment)) {
        if let Some(payment) = self.payments.iter_mut().find(|p| &p.payment_id == id) {
            change(payment);
        }
    }

    fn with_refund(&mut self, id: &RefundId, change: impl FnOnce(&mut Refund)) {
        if let Some(refund) = self.refunds.iter_mut().find(|r| &r.refund_id == id) {
            change(refund);
        }
    }
}

fn asked(operation: Operation, n: u32, amount: i64, refund_id: Option<RefundId>) -> Attempt {
    Attempt { operation, n, amount, refund_id, unknown: false }
}

impl Payment {
    /// An intent came to rest. An authorization has one number only; the others are told apart by theirs.
    fn close(&mut self, operation: Operation, n: Option<u32>) {
        self.open.retain(|a| a.operation != operation || n.is_some_and(|n| a.n != n));
    }

    fn close_refund(&mut self, refund_id: &RefundId) {
        self.open.retain(|a| a.refund_id.as_ref() != Some(refund_id));
    }

    /// Money moved: nothing is awaited of the buyer, and an earlier failure is history.
    fn succeed(&mut self, status: PaymentStatus, transaction_id: &str) {
        self.status = status;
        self.transaction_id = Some(transaction_id.to_owned());
        self.next_action = None;
        self.failure = None;
    }
}

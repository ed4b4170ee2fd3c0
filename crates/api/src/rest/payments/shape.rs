//! Payments and refunds as they stand on the wire.

use sutler_app::orders::OrderView;
use sutler_app::public::rfc3339;
use sutler_domain::orders::{Refund, RefundLine};
use sutler_domain::payments::{CaptureMode, Failure, NextAction, OnFailure, Payment};
use sutler_types::{Money, payment as wire};

/// The body of a payment.
pub(crate) fn payment_body(view: &OrderView, payment: &Payment) -> wire::Payment {
    let money = |amount: i64| Money::new(amount, view.order.currency.code());
    wire::Payment {
        payment_id: payment.payment_id.to_string(),
        object: "payment".to_owned(),
        order_id: view.order.order_id.to_string(),
        version: view.version.0,
        gateway: payment.gateway.clone(),
        status: payment.status.as_str().to_owned(),
        capture: match payment.capture {
            CaptureMode::Automatic => "automatic",
            CaptureMode::Manual => "manual",
        }
        .to_owned(),
        on_failure: match payment.on_failure {
            OnFailure::Keep => "keep",
            OnFailure::Cancel => "cancel",
        }
        .to_owned(),
        amount: money(payment.amount),
        amount_authorized: money(payment.authorized),
        amount_captured: money(payment.captured),
        amount_refunded: money(payment.refunded),
        amount_capturable: money(payment.capturable()),
        amount_refundable: money(payment.refundable()),
        transaction_id: payment.transaction_id.clone(),
        failure: payment.failure.as_ref().map(failure_body),
        next_action: payment.next_action.as_ref().map(next_action_body),
        disputed: payment.disputed,
        created_at: rfc3339(payment.created_at),
    }
}

/// Why it did not work.
pub(crate) fn failure_body(failure: &Failure) -> wire::Failure {
    wire::Failure {
        code: failure.code.clone(),
        message: failure.message.clone(),
        retryable: failure.retryable,
    }
}

fn next_action_body(action: &NextAction) -> wire::NextAction {
    let kind = if action.url.is_some() { "redirect" } else { "client_secret" };
    wire::NextAction {
        kind: kind.to_owned(),
        url: action.url.clone(),
        client_secret: action.client_secret.as_ref().map(|secret| secret.expose().to_owned()),
        expires_at: rfc3339(action.expires_at),
    }
}

/// The body of a refund.
pub(crate) fn refund_body(view: &OrderView, refund: &Refund) -> wire::Refund {
    let item = |line: &RefundLine| wire::RefundItem {
        item_id: line.item_id.to_string(),
        quantity: line.canceled.saturating_add(line.shipped).saturating_add(line.returned),
        canceled: line.canceled,
        restocked: line.restocked,
        returned: line.returned,
    };
    wire::Refund {
        refund_id: refund.refund_id.to_string(),
        object: "refund".to_owned(),
        order_id: view.order.order_id.to_string(),
        version: view.version.0,
        payment_id: refund.payment_id.to_string(),
        status: refund.status.as_str().to_owned(),
        amount: Money::new(refund.amount, view.order.currency.code()),
        items: refund.lines.iter().map(item).collect(),
        return_id: refund.return_id.as_ref().map(ToString::to_string),
        reason: refund.reason.clone(),
        failure: refund.failure.as_ref().map(failure_body),
        created_at: rfc3339(refund.created_at),
    }
}

//! Why an order is as it is, and what it waits for.

use jiff::Timestamp;

use super::decide::MONEY_AFTER_END;
use super::{FulfillmentState, Order, OrderStatus, RefundStatus, ReturnStatus};
use crate::payments::PaymentStatus;

/// One answer to "why is it stuck".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was looked at, such as `payment`.
    pub check: &'static str,
    /// Whether it is as it should be.
    pub pass: bool,
    /// What is the case.
    pub detail: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// Look at everything an order may wait for, in the order in which it would happen.
pub fn explain(order: &Order, now: Timestamp) -> Vec<Check> {
    vec![
        life(order),
        stock(order, now),
        payment(order),
        holds(order),
        fulfillment(order),
        returns(order),
        refunds(order),
    ]
}

fn check(name: &'static str, pass: bool, detail: impl Into<String>, fix: Option<&str>) -> Check {
    Check { check: name, pass, detail: detail.into(), fix: fix.map(str::to_owned) }
}

fn life(order: &Order) -> Check {
    let reason = order.cancel_reason.as_ref().map(|r| format!(": {r}")).unwrap_or_default();
    let (detail, fix) = match order.status {
        OrderStatus::Created => {
            ("waits for its money or for its terms to be accepted".to_owned(), Some("pay it, or confirm it"))
        }
        OrderStatus::Confirmed => ("accepted; it is completed when everything is delivered".to_owned(), None),
        OrderStatus::Completed => ("done".to_owned(), None),
        OrderStatus::Canceled => (format!("was canceled{reason}"), None),
        OrderStatus::Expired => {
            ("its reservation ran out before it was paid".to_owned(), Some("place it again"))
        }
    };
    check("order", fix.is_none(), detail, fix)
}

fn stock(order: &Order, now: Timestamp) -> Check {
    let kept = order.items.iter().map(|i| i.reserved).fold(0i64, i64::saturating_add);
    match order.reservation_expires_at {
        Some(end) if end <= now => check(
            "stock",
            false,
            format!("{kept} units are kept, past their time"),
            Some("the next sweep ends it, unless a payment is open"),
        ),
        Some(end) => check("stock", true, format!("{kept} units are kept until {end}"), None),
        None => check("stock", true, format!("{kept} units are kept"), None),
    }
}

fn payment(order: &Order) -> Check {
    let paid = format!("{} of {} are paid", order.money(order.captured()), order.money(order.totals.total));
    if order.payments.iter().any(|p| p.open.iter().any(|a| a.unknown)) {
        let fix = Some("the gateway is being asked; to ask now: POST /payments/{id}/sync");
        return check("payment", false, "the outcome of a gateway call is not known yet", fix);
    }
    let over = matches!(order.status, OrderStatus::Canceled | OrderStatus::Expired);
    if over && order.captured() > 0 {
        let late = order.refunds.iter().any(|r| r.reason.as_deref() == Some(MONEY_AFTER_END));
        let came = if late { "money arrived after the order was over" } else { "the order was paid" };
        let detail = format!(
            "{came}; {} of {} went back",
            order.money(order.refunded()),
            order.money(order.captured())
        );
        let fix = Some("POST /refunds").filter(|_| order.refundable() > 0);
        return check("payment", order.refunded() == order.captured(), detail, fix);
    }
    match order.payments.last() {
        _ if order.due() == 0 => check("payment", true, paid, None),
        None => check("payment", false, "no payment was started", Some("POST /orders/{id}/payments")),
        Some(_) if order.payments.iter().any(|p| p.capturable() > 0) => check(
            "payment",
            false,
            format!("{} are authorized, not captured", order.money(order.authorized())),
            Some("POST /payments/{id}/capture"),
        ),
        Some(last) => match last.status {
            PaymentStatus::RequiresAction => check(
                "payment",
                false,
                "the buyer must approve the payment",
                Some("send the buyer to payment.next_action.url"),
            ),
            PaymentStatus::Failed => {
                let why = last.failure.as_ref().map_or_else(String::new, |f| format!(": {}", f.message));
                check(
                    "payment",
                    false,
                    format!("the last payment failed{why}"),
                    Some("start another payment"),
                )
            }
            PaymentStatus::Pending => {
                check("payment", false, "a gateway call is in flight", Some("wait for process_order"))
            }
            _ if order.payments.iter().any(|p| !p.open.is_empty()) => {
                check("payment", false, "a gateway call is in flight", Some("wait for its answer"))
            }
            PaymentStatus::Authorized | PaymentStatus::Captured | PaymentStatus::Voided => {
                check("payment", false, paid, Some("start another payment"))
            }
        },
    }
}

fn holds(order: &Order) -> Check {
    match order.holds.first() {
        None => check("holds", true, "nothing stops fulfillment", None),
        Some(hold) => {
            let why = hold.reason.as_ref().map(|r| format!(": {r}")).unwrap_or_default();
            check(
                "holds",
                false,
                format!("{} stops fulfillment{why}", hold.code.as_str()),
                Some("DELETE /orders/{id}/holds/{code}"),
            )
        }
    }
}

fn fulfillment(order: &Order) -> Check {
    let sum = |units: fn(&super::Item) -> i64| order.items.iter().map(units).fold(0i64, i64::saturating_add);
    let detail = format!(
        "{} units open, {} shipped, {} returned",
        sum(super::Item::open),
        sum(|i| i.fulfilled),
        sum(|i| i.returned)
    );
    let planned = order.fulfillments.iter().any(|f| f.status == FulfillmentState::Pending);
    let fix = match order.status {
        OrderStatus::Confirmed if planned => Some("POST /fulfillments/{id}/ship"),
        OrderStatus::Confirmed if sum(super::Item::open) > 0 => Some("POST /orders/{id}/fulfillments"),
        _ => None,
    };
    check("fulfillment", fix.is_none(), detail, fix)
}

fn returns(order: &Order) -> Check {
    let count = |status: ReturnStatus| order.returns.iter().filter(|one| one.status == status).count();
    let owed = order.returns.iter().filter(|one| one.is_owed()).count();
    let (asked, coming, came) =
        (count(ReturnStatus::Requested), count(ReturnStatus::Approved), count(ReturnStatus::Received));
    if asked > 0 {
        let fix = Some("POST /returns/{id}/approve, or reject");
        return check("returns", false, format!("{asked} wait for a word"), fix);
    }
    if owed > 0 && order.refundable() > 0 {
        let fix = Some("POST /refunds with return_id");
        return check("returns", false, format!("{owed} came and are not refunded"), fix);
    }
    match coming.saturating_add(came) {
        0 => check("returns", true, "nothing is coming back", None),
        open => check("returns", true, format!("{open} are open"), None),
    }
}

fn refunds(order: &Order) -> Check {
    let count = |status: RefundStatus| order.refunds.iter().filter(|r| r.status == status).count();
    match (count(RefundStatus::Failed), count(RefundStatus::Pending)) {
        (0, 0) => check("refunds", true, "nothing is being refunded", None),
        (0, pending) => check("refunds", true, format!("{pending} on their way"), None),
        (failed, _) => {
            check("refunds", false, format!("{failed} failed"), Some("see failure, then POST /refunds again"))
        }
    }
}

//! What may be done with an order now: the one list that every door builds its buttons from.

use super::decide::{can_complete, can_release, can_return};
use super::{FulfillmentState, Order, OrderStatus, ReturnStatus};
use crate::payments::PaymentStatus;

/// Something that may be done, or would be if it were not for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// Its name, such as `fulfill`.
    pub action: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path.
    pub href: String,
    /// Why it cannot be done just now.
    pub reason_disabled: Option<String>,
}

/// What may be done with this order now, most likely first.
pub fn next_actions(order: &Order) -> Vec<Action> {
    let mut actions = Vec::new();
    let own = |path: &str| format!("/orders/{}{path}", order.order_id);
    let mut add = |action: &'static str, method: &'static str, href: String, reason: Option<String>| {
        actions.push(Action { action, method, href, reason_disabled: reason });
    };
    let post = "POST";
    let created = order.status == OrderStatus::Created;
    let open = matches!(order.status, OrderStatus::Created | OrderStatus::Confirmed);
    let waiting = order.payments.iter().find(|p| p.status == PaymentStatus::RequiresAction);
    let undecided = waiting.is_some() || order.payments.iter().any(crate::payments::Payment::is_undecided);
    let in_flight = || undecided.then(|| "a payment is in flight".to_owned());
    let held = || order.holds.first().map(|h| format!("on hold: {}", h.code.as_str()));
    if let Some(payment) = waiting.filter(|_| open) {
        add(
            "approve_payment",
            "GET",
            payment.next_action.as_ref().and_then(|a| a.url.clone()).unwrap_or_default(),
            None,
        );
    }
    if open && order.due() > order.authorized() {
        add("pay", post, own("/payments"), in_flight());
    }
    if created {
        add("confirm", post, own("/confirm"), None);
    }
    for payment in &order.payments {
        let path = |verb: &str| format!("/payments/{}/{verb}", payment.payment_id);
        if payment.capturable() > 0 && order.due() > 0 {
            add("capture", post, path("capture"), None);
        }
        let waits = payment.status == PaymentStatus::RequiresAction && !payment.is_voiding();
        if payment.capturable() > 0 || waits {
            add("void", post, path("void"), None);
        }
    }
    if order.status == OrderStatus::Confirmed && order.items.iter().any(|i| i.fulfillable() > 0) {
        add("fulfill", post, own("/fulfillments"), held());
    }
    for fulfillment in &order.fulfillments {
        let path = |verb: &str| format!("/fulfillments/{}/{verb}", fulfillment.fulfillment_id);
        match fulfillment.status {
            FulfillmentState::Pending => add("ship", post, path("ship"), held()),
            FulfillmentState::Shipped => add("deliver", post, path("deliver"), None),
            FulfillmentState::Delivered | FulfillmentState::Canceled => {}
        }
    }
    if order.payments.iter().any(|p| p.refundable() > 0) {
        add("refund", post, "/refunds".to_owned(), None);
    }
    returns(order, &mut add);
    if can_complete(order) {
        add("complete", post, own("/complete"), None);
    }
    if open && !order.has_shipped() {
        add("cancel", post, own("/cancel"), None);
    }
    if created && order.refundable() == 0 {
        let reason =
            if can_release(order) { None } else { in_flight().or(Some("a payment is open".to_owned())) };
        add("release", post, own("/release"), reason);
    }
    if open {
        add("hold", post, own("/holds"), None);
    }
    for hold in &order.holds {
        add("unhold", "DELETE", own(&format!("/holds/{}", hold.code.as_str())), None);
    }
    actions
}

fn returns(order: &Order, add: &mut impl FnMut(&'static str, &'static str, String, Option<String>)) {
    if can_return(order) {
        add("return", "POST", format!("/orders/{}/returns", order.order_id), None);
    }
    for one in order.returns.iter().filter(|one| one.status.is_open()) {
        let mut verb = |action: &'static str, verb: &str| {
            add(action, "POST", format!("/returns/{}/{verb}", one.return_id), None);
        };
        let may = one.status.successors();
        if may.contains(&ReturnStatus::Approved) {
            verb("approve_return", "approve");
        }
        if may.contains(&ReturnStatus::Received) && one.lines.iter().any(|line| line.outstanding() > 0) {
            verb("receive_return", "receive");
        }
        if may.contains(&ReturnStatus::Rejected) {
            verb("reject_return", "reject");
        }
        if may.contains(&ReturnStatus::Closed) {
            verb("close_return", "close");
        }
    }
}

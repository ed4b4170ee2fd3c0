//! What may be done with an order now: the one list that every door builds its buttons from.

use super::{FulfillmentState, Order, OrderStatus};
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
    let open = matches!(order.status, OrderStatus::Created | OrderStatus::Confirmed);
    let waiting = order.payments.iter().find(|p| p.status == PaymentStatus::RequiresAction);
    let undecided = waiting.is_some() || order.payments.iter().any(crate::payments::Payment::is_undecided);
    if let Some(payment) = waiting {
        add(
            "approve_payment",
            "GET",
            payment.next_action.as_ref().map_or_else(String::new, |a| a.url.clone()),
            None,
        );
    }
    if open && order.due() > order.authorized() {
        let reason = undecided.then(|| "a payment is in flight".to_owned());
        add("pay", post, own("/payments"), reason);
    }
    if order.status == OrderStatus::Created {
        add("confirm", post, own("/confirm"), None);
    }
    for payment in &order.payments {
        if payment.capturable() > 0 {
            add("capture", post, format!("/payments/{}/capture", payment.payment_id), None);
            add("void", post, format!("/payments/{}/void", payment.payment_id), None);
        }
    }
    if order.status == OrderStatus::Confirmed && order.items.iter().any(|i| i.fulfillable() > 0) {
        let held = order.holds.first().map(|h| format!("on hold: {}", h.code.as_str()));
        add("fulfill", post, own("/fulfillments"), held);
    }
    for fulfillment in &order.fulfillments {
        let path = |verb: &str| format!("/fulfillments/{}/{verb}", fulfillment.fulfillment_id);
        match fulfillment.status {
            FulfillmentState::Pending => add("ship", post, path("ship"), None),
            FulfillmentState::Shipped => add("deliver", post, path("deliver"), None),
            FulfillmentState::Delivered | FulfillmentState::Canceled => {}
        }
    }
    if order.payments.iter().any(|p| p.refundable() > 0) {
        add("refund", post, "/refunds".to_owned(), None);
    }
    if open && !order.has_shipped() {
        add("cancel", post, own("/cancel"), None);
    }
    if open {
        add("hold", post, own("/holds"), None);
    }
    for hold in &order.holds {
        add("unhold", "DELETE", own(&format!("/holds/{}", hold.code.as_str())), None);
    }
    actions
}

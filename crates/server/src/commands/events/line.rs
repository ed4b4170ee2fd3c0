//! An event as a line for people.

use std::collections::HashMap;

use serde_json::{Value, json};
use sutler_client::Call;

use super::super::page::segment;
use crate::connect::Context;
use crate::console::{clock_time, field, money, text};

/// What was learned about orders, to show more than events say.
pub(super) struct Orders {
    known: HashMap<String, Value>,
    /// Whether the buyer's address is asked for too: events never name a person, and neither do we unless asked.
    with_people: bool,
}

/// Orders remembered for display, at most.
const REMEMBERED_MAX: usize = 1_000;

impl Orders {
    pub(super) fn new(with_people: bool) -> Self {
        Self { known: HashMap::new(), with_people }
    }

    /// Look an order up when it is heard of first.
    pub(super) async fn meet(&mut self, event: &Value, context: &Context) {
        let order_id = text(event, "/data/order/order_id");
        if order_id.is_empty() || self.known.contains_key(&order_id) {
            return;
        }
        if self.known.len() >= REMEMBERED_MAX {
            self.known.clear();
        }
        let call = Call::get(format!("/orders/{}", segment(&order_id)));
        let call = if self.with_people { call.query("expand", "customer") } else { call };
        // Without the right to read orders there is less to show, and no reason to stop.
        let mut order = context.ask(call).await.unwrap_or(json!({}));
        if !self.with_people
            && let Value::Object(order) = &mut order
        {
            order.remove("customer");
        }
        self.known.insert(order_id, order);
    }

    /// `13:06:56.120  order.placed        #1061  €59.60  ada@example.com`.
    pub(super) fn line(&self, event: &Value) -> String {
        let kind = text(event, "/type");
        let order = self.known.get(&text(event, "/data/order/order_id")).unwrap_or(&Value::Null);
        // Only the first event of an order says its number; the rest is joined.
        let number = match text(event, "/data/order/number") {
            number if number.is_empty() => text(order, "/number"),
            number => number,
        };
        let what = if number.is_empty() { text(event, "/subject") } else { format!("#{number}") };
        let more = facts(&kind, event, order).into_iter().filter(|fact| !fact.is_empty());
        let more = more.collect::<Vec<_>>().join("  ");
        format!("{}  {kind:<21} {what}  {more}", clock_time(&text(event, "/time"))).trim_end().to_owned()
    }
}

/// What is worth a glance, by type.
fn facts(kind: &str, event: &Value, order: &Value) -> Vec<String> {
    let object = field(event, "/data/object");
    let currency = text(order, "/currency");
    let amount = |at: &str| match field(object, at) {
        Value::Number(amount) => money(&json!({"amount": amount, "currency": currency})),
        other => money(other),
    };
    match kind {
        "order.placed" => vec![money(field(order, "/totals/total")), text(order, "/customer/email")],
        "reservation.created" => {
            let items = field(order, "/items").as_array().cloned().unwrap_or_default();
            items
                .iter()
                .map(|item| format!("{} ×{}", text(item, "/sku"), text(item, "/quantity/ordered")))
                .collect()
        }
        _ if kind.starts_with("payment.") || kind.starts_with("refund.") => {
            vec![amount("/amount"), text(object, "/gateway"), text(object, "/failure/code")]
        }
        _ if kind.starts_with("inventory.") => {
            vec![text(object, "/sku"), text(object, "/on_hand"), text(object, "/reason")]
        }
        _ => vec![text(object, "/reason"), text(object, "/tracking/number")],
    }
}

//! The rules that an order keeps at every version: its life, its money and its goods.

use sutler_domain::Money;
use sutler_domain::orders::{Order, OrderEvent, OrderStatus, exact_total};

use super::report::Check;
use crate::event::{Recorded, Unreadable};

/// An order as far as it was folded, and the rules it broke on the way.
#[derive(Default)]
pub(super) struct OrderFold {
    pub(super) order: Option<Order>,
    /// Which check, at which version, and how.
    pub(super) faults: Vec<(Check, String)>,
    /// Events folded, and changes of the status among them.
    pub(super) events: u64,
    pub(super) changes: u64,
}

impl OrderFold {
    pub(super) fn take(&mut self, record: &Recorded) -> Result<(), Unreadable> {
        let event: OrderEvent = record.read()?;
        let before = self.order.as_ref().map(|order| order.status);
        self.order = Order::evolve(self.order.take(), &event, record.at);
        self.events = self.events.saturating_add(1);
        let Some(order) = &self.order else { return Ok(()) };
        if before != Some(order.status) {
            self.changes = self.changes.saturating_add(1);
        }
        let life = unlawful(before, order.status).map(|cause| (Check::Lifecycle, cause));
        let money = unsound(order, &event).map(|cause| (Check::Money, cause));
        let goods = misplaced(order).map(|cause| (Check::Goods, cause));
        for (check, cause) in life.into_iter().chain(money).chain(goods) {
            self.faults.push((check, format!("at version {} ({}): {cause}", record.version, record.name)));
        }
        Ok(())
    }
}

fn unlawful(before: Option<OrderStatus>, after: OrderStatus) -> Option<String> {
    match before {
        None if after == OrderStatus::Created => None,
        None => Some(format!("it begins as {}, not as created", after.as_str())),
        Some(before) if before == after || before.successors().contains(&after) => None,
        Some(before) => {
            Some(format!("it went from {} to {}, which is not allowed", before.as_str(), after.as_str()))
        }
    }
}

/// What does not hold of an order's sums after an event.
fn unsound(order: &Order, event: &OrderEvent) -> Option<String> {
    let shown = |amount: i64| shown(order.money(amount));
    let t = &order.totals;
    let sum = [t.subtotal.checked_sub(t.discount), Some(t.shipping), Some(t.tax_added)]
        .into_iter()
        .try_fold(0i64, |sum, part| sum.checked_add(part?));
    if sum != Some(t.total) {
        return Some(format!(
            "its total of {} is not items {} - discount {} + shipping {} + tax {}",
            shown(t.total),
            shown(t.subtotal),
            shown(t.discount),
            shown(t.shipping),
            shown(t.tax_added)
        ));
    }
    for p in &order.payments {
        let holds = 0 <= p.refunded
            && p.refunded <= p.captured
            && p.captured <= p.authorized
            && p.authorized <= p.amount;
        if !holds {
            return Some(format!(
                "payment {}: refunded {}, captured {}, authorized {}, asked for {}: each may be at most the next",
                p.payment_id,
                shown(p.refunded),
                shown(p.captured),
                shown(p.authorized),
                shown(p.amount)
            ));
        }
    }
    match event {
        OrderEvent::OrderPlaced { .. } => {
            let items = order.items.iter().try_fold(0i64, |sum, item| {
                let is_whole = item.unit_price.checked_mul(item.ordered) == Some(item.total);
                let is_exact =
                    || exact_total(&item.metadata, item.ordered, order.currency) == Some(item.total);
                (is_whole || is_exact()).then(|| sum.checked_add(item.total)).flatten()
            });
            (items != Some(t.subtotal))
                .then(|| format!("its items do not sum to {}, price by quantity", shown(t.subtotal)))
        }
        OrderEvent::PaymentStarted { amount, .. } if *amount > t.total => {
            Some(format!("a payment of {} was asked for, its total is {}", shown(*amount), shown(t.total)))
        }
        _ => None,
    }
}

/// What does not hold of where the units of an order are.
fn misplaced(order: &Order) -> Option<String> {
    for item in &order.items {
        let gone = item.canceled.saturating_add(item.fulfilled).saturating_add(item.planned);
        let back = item.returned.saturating_add(item.returning);
        let counts = [item.canceled, item.fulfilled, item.planned, item.returned, item.returning];
        if counts.iter().any(|units| *units < 0) || gone > item.ordered || back > item.fulfilled {
            return Some(format!(
                "item {}: ordered {}, canceled {}, planned {}, shipped {}, came back {}, on the way back {}",
                item.item_id,
                item.ordered,
                item.canceled,
                item.planned,
                item.fulfilled,
                item.returned,
                item.returning
            ));
        }
    }
    let lines = order.returns.iter().flat_map(|one| one.lines.iter().map(move |line| (one, line)));
    let wrong = |line: &sutler_domain::orders::ReturnLine| {
        let ordered = [0, line.received, line.quantity].is_sorted();
        !ordered || line.restocked > line.received || line.refunded > line.received
    };
    let (one, line) = lines.into_iter().find(|(_, line)| wrong(line))?;
    Some(format!(
        "return {}, item {}: asked for {}, came {}, restocked {}, refunded {}",
        one.return_id, line.item_id, line.quantity, line.received, line.restocked, line.refunded
    ))
}

/// `59.60 EUR`.
pub(super) fn shown(money: Money) -> String {
    format!("{} {}", money.to_decimal(), money.currency.code())
}

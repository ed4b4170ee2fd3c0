//! The page of an order: as it is, or as it was.

use std::borrow::Borrow;

use askama::Template;
use axum::extract::Path;
use sutler_app::customers::Address;
use sutler_app::orders::{AsOf, OrderView};
use sutler_domain::orders::{
    Check, Fulfillment, FulfillmentState, Item, Order, Refund, Return, fulfillment_status, next_actions,
    payment_status,
};
use sutler_domain::payments::Payment;
use sutler_domain::{Currency, Version};

use super::{buyer, found, name, number};
use crate::dashboard::desk::{Desk, Frame, Shown, shown};
use crate::dashboard::lists;
use crate::dashboard::returns;
use crate::dashboard::timeline::{self, Entry};
use crate::dashboard::words::{self as w, Html};

/// A button of an order.
#[derive(Clone, Debug)]
struct Button {
    href: String,
    words: &'static str,
    key: &'static str,
    primary: bool,
    danger: bool,
    /// Why it cannot be done just now.
    reason: Option<String>,
}

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    frame: Frame,
    id: String,
    number: String,
    view: OrderView,
    status: Html,
    payment: Html,
    fulfillment: Html,
    buttons: Vec<Button>,
    more: Vec<Button>,
    timeline: Vec<Entry>,
    checks: Vec<Check>,
    buyer: String,
    is_past: bool,
    version: u64,
    versions: u64,
    at: Html,
    now: jiff::Timestamp,
    may_write: bool,
}

/// An order; with `?version=` as it was.
pub(super) async fn show(desk: Desk, Path(id): Path<String>) -> Shown {
    let now_is = found(&desk, &id).await?;
    let name = name(&desk, &id)?;
    let versions = now_is.version.0;
    let asked: Option<u64> = lists::value(&desk.uri, "version").and_then(|text| text.parse().ok());
    let past = asked.filter(|version| *version != versions);
    let view = match past {
        Some(version) => {
            desk.api.app.orders.get_at(desk.caller(), &name, AsOf::Version(Version(version))).await?
        }
        None => now_is,
    };
    let mut timeline = desk.api.app.orders.timeline(desk.caller(), &name).await?;
    timeline.reverse();
    let source = &desk.api.app.settings.public_url;
    let entries = timeline.iter().map(|entry| timeline::entry(entry, view.order.currency, source)).collect();
    let checks = sutler_domain::orders::explain(&view.order, desk.now);
    let (buttons, more) = if past.is_some() { (Vec::new(), Vec::new()) } else { buttons(&view, &desk) };
    let number = number(&view, &desk);
    let order = &view.order;
    let page = OrderPage {
        frame: desk.frame(number.clone(), "orders").under("/admin/orders", "Orders"),
        id: order.order_id.to_string(),
        number,
        status: w::badge(order.status.as_str()),
        payment: w::badge(payment_status(order).as_str()),
        fulfillment: w::badge(fulfillment_status(order).as_str()),
        buttons,
        more,
        timeline: entries,
        checks,
        buyer: buyer(&view),
        is_past: past.is_some(),
        version: view.version.0,
        versions,
        at: w::clock(order.updated_at),
        now: desk.now,
        may_write: desk.may("orders:write") && past.is_none(),
        view,
    };
    Ok(shown(&page))
}

impl OrderPage {
    fn order(&self) -> &Order {
        &self.view.order
    }

    fn currency(&self) -> Currency {
        self.view.order.currency
    }

    fn cash(&self, amount: impl Borrow<i64>) -> Html {
        w::cash(*amount.borrow(), self.currency())
    }

    fn less(&self, amount: impl Borrow<i64>) -> Html {
        w::cash(amount.borrow().saturating_neg(), self.currency())
    }

    fn refund_state(refund: &Refund) -> Html {
        w::badge(refund.status.as_str())
    }

    /// What became of a part of an order's item, in words.
    fn whereabouts(item: &Item) -> String {
        let parts = [
            (item.fulfillable(), "open"),
            (item.planned, "planned"),
            (item.fulfilled, "shipped"),
            (item.returned, "returned"),
            (item.canceled, "canceled"),
        ];
        let words: Vec<String> =
            parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        words.join(", ")
    }

    /// `2 × Mug · Blue`.
    fn contents(&self, fulfillment: &Fulfillment) -> String {
        let line = |line: &sutler_domain::orders::FulfillmentLine| {
            let title = self.order().item(&line.item_id).map_or("?", |item| item.title.as_str());
            format!("{} × {title}", line.quantity)
        };
        fulfillment.lines.iter().map(line).collect::<Vec<_>>().join(", ")
    }

    fn is_planned(fulfillment: &Fulfillment) -> bool {
        fulfillment.status == FulfillmentState::Pending
    }

    fn is_shipped(fulfillment: &Fulfillment) -> bool {
        fulfillment.status == FulfillmentState::Shipped
    }

    fn state(fulfillment: &Fulfillment) -> Html {
        match fulfillment.status {
            FulfillmentState::Pending => w::label("info", "package", "Planned"),
            other => w::badge(other.as_str()),
        }
    }

    fn can_capture(&self, payment: &Payment) -> bool {
        payment.capturable() > 0 && self.order().due() > 0
    }

    /// Where a buyer approves a payment.
    fn approval(payment: &Payment) -> Option<String> {
        payment
            .next_action
            .as_ref()
            .and_then(|action| action.url.clone())
            .filter(|_| payment.status == sutler_domain::payments::PaymentStatus::RequiresAction)
    }

    fn lines(address: &Address) -> Vec<String> {
        address_lines(address)
    }

    /// The returns of the order, each with how it stands and what it holds.
    fn returns(&self) -> Vec<(String, Html, String)> {
        let shown = |one: &Return| {
            (one.return_id.to_string(), returns::state(one.status), returns::contents(&self.view, one))
        };
        self.order().returns.iter().map(shown).collect()
    }
}

/// An address as it is written on a parcel.
pub(crate) fn address_lines(a: &Address) -> Vec<String> {
    let city =
        [a.postal_code.as_deref(), a.city.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let all =
        [a.name.clone(), a.line1.clone(), a.line2.clone(), Some(city), a.region.clone(), a.country.clone()];
    all.into_iter().flatten().filter(|line| !line.is_empty()).collect()
}

/// What may be done: the two that are most likely as buttons, the others behind them.
fn buttons(view: &OrderView, desk: &Desk) -> (Vec<Button>, Vec<Button>) {
    let base = format!("/admin/orders/{}", view.order.order_id);
    let mut all = Vec::new();
    for action in next_actions(&view.order) {
        let (scope, words, key, danger) = match action.action {
            "capture" => ("payments:write", "Capture", "c", false),
            "fulfill" => ("orders:write", "Fulfil", "f", false),
            "refund" => ("payments:write", "Refund", "r", false),
            "pay" => ("payments:write", "Take payment", "p", false),
            "confirm" => ("orders:write", "Confirm", "", false),
            "complete" => ("orders:write", "Complete", "", false),
            "void" => ("payments:write", "Void authorization", "", true),
            "hold" => ("orders:write", "Hold", "h", false),
            "unhold" => ("orders:write", "Release hold", "", false),
            "release" => ("orders:write", "Release stock", "", true),
            "return" => ("orders:write", "Ask for a return", "", false),
            "cancel" => ("orders:write", "Cancel order", "", true),
            // Ship and deliver are beside their fulfillment, the buyer's approval beside the payment.
            _ => continue,
        };
        if !desk.may(scope) {
            continue;
        }
        let href = match (action.action, action.href.rsplit('/').next()) {
            ("unhold", Some(code)) => format!("{base}/unhold?code={code}"),
            ("capture" | "void", _) => {
                let payment = action.href.split('/').nth(2).unwrap_or_default();
                format!("{base}/{}?payment={payment}", action.action)
            }
            (act, _) => format!("{base}/{act}"),
        };
        all.push(Button { href, words, key, primary: false, danger, reason: action.reason_disabled });
    }
    all.sort_by_key(|button| rank(button.words));
    let shown = all.iter().filter(|button| rank(button.words) < FIRST_OTHER).count().min(2);
    let more = all.split_off(shown);
    if let Some(first) = all.first_mut() {
        first.primary = first.reason.is_none();
    }
    (all, more)
}

/// From here on a button waits behind the others.
const FIRST_OTHER: usize = 5;

fn rank(words: &str) -> usize {
    let order =
        ["Capture", "Fulfil", "Take payment", "Complete", "Refund", "Confirm", "Hold", "Release hold"];
    order.iter().position(|known| *known == words).unwrap_or(order.len())
}

//! How the shop is run: what its configuration says, and the ways to who may change what.

use askama::Template;
use axum::Router;
use axum::routing::get;
use sutler_domain::catalog::Oversell;

use super::desk::{Desk, Frame, Shown, shown};
use super::words as w;
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/admin/settings", get(show))
}

/// A setting: its words, its value, and its name in the configuration.
type Setting = (&'static str, String, &'static str);

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    groups: Vec<(&'static str, Vec<Setting>)>,
    version: &'static str,
    may_users: bool,
    may_audit: bool,
}

async fn show(desk: Desk) -> Shown {
    desk.caller().may("settings:read")?;
    let page = SettingsPage {
        frame: desk.frame("Settings", "settings"),
        groups: groups(&desk),
        version: env!("CARGO_PKG_VERSION"),
        may_users: desk.may("users:read"),
        may_audit: desk.may("audit:read"),
    };
    Ok(shown(&page))
}

fn groups(desk: &Desk) -> Vec<(&'static str, Vec<Setting>)> {
    let shop = &desk.api.app.settings;
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
    let oversell = match shop.oversell {
        Oversell::Deny => "never",
        Oversell::Allow => "allowed, unless a variant says otherwise",
    };
    let rates = shop.tax_rates.iter().map(|(code, rate)| format!("{code} {rate}").trim().to_owned());
    let rates = rates.collect::<Vec<_>>().join(", ");
    let gateways = desk.api.app.ports.gateways.keys().cloned().collect::<Vec<_>>().join(", ");
    let places = shop.locations_priority.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    vec![
        (
            "Shop",
            vec![
                ("Mode", w::word(&shop.shop), ""),
                ("Currency", shop.currency.code().to_owned(), "shop.currency"),
                ("Numbers begin with", none(shop.number_prefix.clone()), "orders.number_prefix"),
                ("Reached at", shop.public_url.clone(), "public_url"),
            ],
        ),
        (
            "Stock",
            vec![
                ("Sold beyond what is there", oversell.to_owned(), "orders.oversell"),
                ("Kept for an unpaid order", format!("{:#}", shop.reservation_ttl), "orders.reservation_ttl"),
                ("Taken first from", none(places), "locations.priority"),
            ],
        ),
        (
            "Money",
            vec![
                ("Payments go through", shop.default_gateway.clone(), "payments.default"),
                ("Gateways", gateways, ""),
                ("Tax rates", none(rates), "tax.rates"),
                ("Prices hold their tax", yes(shop.tax_included), "tax.included"),
            ],
        ),
        (
            "Programs",
            vec![
                ("An Idempotency-Key is required", yes(shop.require_idempotency_key), "idempotency.require"),
                ("If-Match is required", yes(shop.require_if_match), "api.require_if_match"),
                ("Events are told of the last", format!("{:#}", shop.events_retention), "events.retention"),
                ("Items of one order, at most", shop.order_lines_max.to_string(), "limits.order_lines"),
            ],
        ),
    ]
}

//! Find something by what one knows of it: a number, an id, a SKU, the name of a page.

use askama::Template;
use axum::Router;
use axum::routing::get;
use sutler_app::ports::reads::OrderName;
use sutler_app::{Kind, Problem};
use sutler_domain::OrderId;
use sutler_domain::orders::next_actions;

use super::desk::{Desk, Frame, Shown, see, shown};
use super::events::subject_href;
use super::words::{self as w, Html};
use super::{catalog, lists, orders};
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/admin/search", get(search))
}

/// Something that was found.
#[derive(Clone, Debug)]
struct Hit {
    icon: Html,
    words: String,
    hint: String,
    href: String,
}

fn hit(glyph: &str, words: impl Into<String>, hint: impl Into<String>, href: impl Into<String>) -> Hit {
    Hit { icon: w::icon(glyph), words: words.into(), hint: hint.into(), href: href.into() }
}

/// Pages by name, with what is needed to see them.
const PAGES: [(&str, &str, &str, &str); 24] = [
    ("Home", "house", "/admin", ""),
    ("Orders", "shopping-bag", "/admin/orders", "orders:read"),
    (
        "Orders to ship",
        "truck",
        "/admin/orders?status=confirmed&fulfillment=unfulfilled&fulfillment=partially_shipped",
        "orders:read",
    ),
    ("New order", "plus", "/admin/orders/new", "orders:write"),
    ("Products", "package", "/admin/products", "catalog:read"),
    ("New product", "plus", "/admin/products/new", "catalog:write"),
    ("Inventory", "warehouse", "/admin/inventory", "inventory:read"),
    ("Low stock", "triangle-alert", "/admin/inventory?low=1", "inventory:read"),
    ("Stock journal", "receipt", "/admin/inventory/journal", "inventory:read"),
    ("Customers", "users", "/admin/customers", "customers:read"),
    ("New customer", "plus", "/admin/customers/new", "customers:write"),
    ("Returns", "undo-2", "/admin/returns", "orders:read"),
    ("Returns to decide", "hand", "/admin/returns?status=requested", "orders:read"),
    ("Reports", "receipt", "/admin/reports", "orders:read"),
    ("Events", "activity", "/admin/events", "events:read"),
    ("Webhooks", "webhook", "/admin/webhooks", "webhooks:read"),
    ("New webhook endpoint", "plus", "/admin/webhooks/new", "webhooks:write"),
    ("Jobs", "list-checks", "/admin/jobs", "jobs:read"),
    ("Dead jobs", "circle-x", "/admin/jobs?state=dead", "jobs:read"),
    ("API keys", "key", "/admin/keys", "keys:read"),
    ("New API key", "plus", "/admin/keys/new", "keys:write"),
    ("Settings", "settings", "/admin/settings", "settings:read"),
    ("Users", "users", "/admin/users", "users:read"),
    ("Audit log", "receipt", "/admin/audit", "audit:read"),
];

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    q: String,
    hits: Vec<Hit>,
}

async fn search(desk: Desk) -> Shown {
    let q = lists::value_whole(&desk.uri, "q");
    let mut hits = things(&desk, &q).await?;
    // Whoever asked for one thing by its name is led there.
    if let Some(only) = hits.first()
        && lists::value(&desk.uri, "all").is_none()
    {
        return Ok(see(&only.href));
    }
    let words = q.to_lowercase();
    let pages = PAGES.iter().filter(|(name, _, _, scope)| {
        name.to_lowercase().contains(&words) && (scope.is_empty() || desk.may(scope))
    });
    hits.extend(pages.map(|(name, glyph, href, _)| hit(glyph, *name, "page", *href)));
    if !q.is_empty() && desk.may("orders:read") {
        let query: String = form_urlencoded::byte_serialize(q.as_bytes()).collect();
        hits.push(hit(
            "search",
            format!("Look for “{q}” among the orders"),
            "",
            format!("/admin/orders?q={query}"),
        ));
    }
    let view = SearchPage { frame: desk.frame("Search", "search"), q, hits };
    Ok(shown(&view))
}

/// What has this name: an order with what may be done with it, a product, or another thing by its id.
async fn things(desk: &Desk, q: &str) -> Result<Vec<Hit>, Problem> {
    let mut hits = Vec::new();
    if q.is_empty() {
        return Ok(hits);
    }
    let name = order_name(desk, q);
    match desk.api.app.orders.get(desk.caller(), &name).await {
        Ok(view) => {
            let (number, base) =
                (orders::number(&view, desk), format!("/admin/orders/{}", view.order.order_id));
            hits.push(hit("shopping-bag", format!("Order {number}"), orders::buyer(&view), base.clone()));
            for action in next_actions(&view.order).iter().filter(|action| action.reason_disabled.is_none()) {
                let verb = match action.action {
                    "capture" => "Capture",
                    "fulfill" => "Fulfil",
                    "refund" => "Refund",
                    "cancel" => "Cancel",
                    "hold" => "Hold",
                    _ => continue,
                };
                hits.push(hit(
                    "zap",
                    format!("{verb} {number}"),
                    "action",
                    format!("{base}/{}", action.action),
                ));
            }
        }
        Err(problem) if matches!(problem.kind, Kind::NotFound | Kind::Unauthorized) => {}
        Err(problem) => return Err(problem),
    }
    if let Some(id) = catalog::named(desk, q).await? {
        hits.push(hit("package", format!("Product {id}"), q, format!("/admin/products/{id}")));
    }
    let by_id = subject_href(q).filter(|_| !q.starts_with("ord_") && !q.starts_with("prod_"));
    let by_id = by_id.or_else(|| q.starts_with("evt_").then(|| format!("/admin/events/{q}")));
    let by_id = by_id.or_else(|| q.starts_with("whd_").then(|| format!("/admin/deliveries/{q}")));
    if let Some(href) = by_id.filter(|_| q.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')) {
        hits.push(hit("arrow-up-right", w::short_id(q), "by its id", href));
    }
    Ok(hits)
}

fn order_name(desk: &Desk, q: &str) -> OrderName {
    let plain = q.trim_start_matches('#');
    let digits = plain.strip_prefix(desk.api.app.settings.number_prefix.as_str()).unwrap_or(plain);
    if let Ok(number) = digits.parse() {
        return OrderName::Number(number);
    }
    if let Ok(id) = OrderId::parse(plain) {
        return OrderName::Id(id);
    }
    let is_part = ["pay_", "ful_", "ref_", "ret_"].iter().any(|kind| plain.starts_with(kind));
    if is_part { OrderName::Part(plain.to_owned()) } else { OrderName::Reference(plain.to_owned()) }
}

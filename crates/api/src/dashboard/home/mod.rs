//! Home: is money coming in, is anything broken, what must I do.

mod chart;
mod figures;

use askama::Template;
use axum::Router;
use axum::routing::get;
use sutler_app::job::JobState;
use sutler_app::ports::reads::{OrderQuery, StockQuery};
use sutler_app::{PageRequest, Problem};
use sutler_domain::orders::{FulfillmentStatus, OrderStatus, PaymentState};

use super::desk::{Desk, Frame, Shown, shown};
use super::orders;
use super::words::{self as w, Html};
use crate::rest::Api;

pub(super) use figures::Figures;

pub(super) fn routes() -> Router<Api> {
    Router::new().route("/admin", get(home)).route("/admin/", get(async || super::desk::see("/admin")))
}

/// Orders that are shown.
const LATEST: u32 = 8;

/// Something that waits for a person.
#[derive(Clone, Debug)]
struct Matter {
    tone: &'static str,
    icon: Html,
    text: String,
    href: &'static str,
}

/// How a part of the engine is.
#[derive(Clone, Debug)]
struct Sign {
    good: bool,
    name: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    tiles: Vec<figures::Tile>,
    chart: chart::Chart,
    latest: Vec<orders::Row>,
    matters: Vec<Matter>,
    to_ship: u64,
    oldest: Option<Html>,
    health: Vec<Sign>,
}

async fn home(desk: Desk) -> Shown {
    let figures = if desk.may("orders:read") { Figures::of(&desk).await? } else { Figures::default() };
    let latest = if desk.may("orders:read") { orders::newest(&desk, LATEST).await? } else { Vec::new() };
    let (to_ship, oldest) = to_ship(&desk).await?;
    let view = HomePage {
        frame: desk.frame("Today", "home"),
        tiles: figures.tiles(),
        chart: chart::Chart::of(&figures.minutes, desk.now),
        latest,
        matters: matters(&desk).await?,
        to_ship,
        oldest,
        health: health(&desk).await,
    };
    Ok(shown(&view))
}

/// What is to leave: how many orders, and since when the first one waits.
async fn to_ship(desk: &Desk) -> Result<(u64, Option<Html>), Problem> {
    if !desk.may("orders:read") {
        return Ok((0, None));
    }
    let query = OrderQuery {
        status: vec![OrderStatus::Confirmed],
        fulfillment_status: vec![FulfillmentStatus::Unfulfilled, FulfillmentStatus::PartiallyShipped],
        page: PageRequest { limit: 1, count: true, ..PageRequest::default() },
        ..OrderQuery::default()
    };
    let page = desk.api.app.orders.list(desk.caller(), &query).await?;
    let oldest = page.rows.first().map(|view| w::ago(view.order.placed_at, desk.now));
    Ok((page.total.unwrap_or_default(), oldest))
}

/// Orders in a state of payment.
async fn in_payment(desk: &Desk, state: PaymentState) -> Result<u64, Problem> {
    let query = OrderQuery {
        payment_status: vec![state],
        status: vec![OrderStatus::Created, OrderStatus::Confirmed],
        page: PageRequest { limit: 1, count: true, ..PageRequest::default() },
        ..OrderQuery::default()
    };
    Ok(desk.api.app.orders.list(desk.caller(), &query).await?.total.unwrap_or_default())
}

/// Everything that waits for a person, the worst first.
async fn matters(desk: &Desk) -> Result<Vec<Matter>, Problem> {
    let mut matters = Vec::new();
    let mut add = |n: u64, tone, glyph, words: [&str; 2], href| {
        if n > 0 {
            let [one, many] = words;
            matters.push(Matter { tone, icon: w::icon(glyph), text: w::count(&n, one, many), href });
        }
    };
    let ports = &desk.api.app.ports;
    if desk.may("jobs:read") {
        let dead = JobState::ALL.iter().position(|state| *state == JobState::Dead).unwrap_or_default();
        let queues = desk.api.app.jobs.queues(desk.caller()).await?;
        let dead = queues.iter().filter_map(|queue| queue.counts.get(dead)).sum();
        add(dead, "danger", "list-checks", ["dead job", "dead jobs"], "/admin/jobs?state=dead");
        let paused = queues.iter().filter(|queue| queue.paused.is_some()).count();
        let paused = u64::try_from(paused).unwrap_or(u64::MAX);
        add(paused, "warning", "circle-pause", ["paused queue", "paused queues"], "/admin/jobs");
    }
    if desk.may("webhooks:read") {
        let failing = desk.api.app.stats.failing_endpoints(desk.caller()).await?;
        add(
            failing,
            "danger",
            "webhook",
            ["endpoint is failing", "endpoints are failing"],
            "/admin/webhooks",
        );
    }
    if desk.may("orders:read") {
        let failed = in_payment(desk, PaymentState::Failed).await?;
        let words = ["order whose payment failed", "orders whose payment failed"];
        add(failed, "danger", "credit-card", words, "/admin/orders?status=created&payment=failed");
        let waiting = in_payment(desk, PaymentState::RequiresAction).await?;
        let words = ["payment waits for the buyer", "payments wait for the buyer"];
        add(waiting, "warning", "hand", words, "/admin/orders?payment=requires_action");
        let authorized = in_payment(desk, PaymentState::Authorized).await?;
        let words = ["payment to capture", "payments to capture"];
        add(authorized, "info", "circle-dollar-sign", words, "/admin/orders?payment=authorized");
    }
    if desk.may("inventory:read") {
        let page = PageRequest { limit: 1, count: true, ..PageRequest::default() };
        let low = ports.stock.stock(&StockQuery { low: true, page, ..StockQuery::default() }).await?;
        let words = ["shelf is low or empty", "shelves are low or empty"];
        add(low.total.unwrap_or_default(), "warning", "warehouse", words, "/admin/inventory?low=1");
    }
    Ok(matters)
}

/// How the engine is.
async fn health(desk: &Desk) -> Vec<Sign> {
    let ports = &desk.api.app.ports;
    let started = tokio::time::Instant::now();
    let storage = ports.feed.epoch().await;
    let took = started.elapsed();
    let storage = Sign {
        good: storage.is_ok(),
        name: "Storage",
        text: match storage {
            Ok(_) => format!("answers in {}.{} ms", took.as_millis(), took.subsec_micros() % 1_000 / 100),
            Err(error) => error.to_string(),
        },
    };
    let head = ports.feed.head().borrow().0;
    let log = Sign { good: true, name: "Event log", text: w::count(&head, "event", "events") };
    let webhooks = match ports.deliveries.waiting().await {
        Ok(waiting) => Sign {
            good: waiting.due_at.is_none_or(|due| desk.now.duration_since(due).as_secs() < 60),
            name: "Webhooks",
            text: format!("{} waiting", waiting.deliveries),
        },
        Err(error) => Sign { good: false, name: "Webhooks", text: error.to_string() },
    };
    let jobs = match desk.api.app.jobs.look_at_queues().await {
        Ok(queues) => {
            let oldest = queues.iter().filter_map(|queue| queue.due_since).min();
            let behind = oldest.map_or(0, |since| desk.now.duration_since(since).as_secs().max(0));
            Sign { good: behind < 60, name: "Jobs", text: format!("{behind} s behind") }
        }
        Err(error) => Sign { good: false, name: "Jobs", text: error.to_string() },
    };
    vec![storage, log, webhooks, jobs]
}

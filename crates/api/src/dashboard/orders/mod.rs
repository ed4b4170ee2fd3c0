//! Orders: the list, and what leads from it.

mod act;
mod bulk;
mod export;
mod fulfill;
mod money;
mod page;
mod place;
mod views;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::{get, post};
use sutler_app::orders::{OrderSearch, OrderView};
use sutler_app::ports::reads::{OrderName, OrderQuery};
use sutler_app::{PageRequest, Problem};
use sutler_domain::OrderId;
use sutler_domain::orders::{
    FulfillmentStatus, Item, OrderStatus, PaymentState, fulfillment_status, payment_status,
};

use super::desk::{Desk, Frame, Shown, shown};
use super::lists::{self, Choice, Pager, Tab};
use super::words::{self as w, Html};
use crate::rest::Api;

pub(crate) use fulfill::{ask_parcel, parcel};
pub(crate) use money::{item_field, typed_units};
pub(crate) use page::address_lines;

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .merge(views::routes())
        .route("/admin/orders", get(list))
        .route("/admin/orders/new", get(async |desk: Desk| place::form(&desk)).post(place::place))
        .route("/admin/orders/bulk", post(bulk::asked))
        .route("/admin/orders/bulk/{act}", post(bulk::act))
        .route("/admin/orders/{id}", get(page::show))
        .route("/admin/orders/{id}/row", get(row))
        .route("/admin/orders/{id}/notes", post(act::note))
        .route("/admin/orders/{id}/pay", get(money::pay_form).post(money::pay))
        .route("/admin/orders/{id}/capture", get(money::capture_form).post(money::capture))
        .route("/admin/orders/{id}/void", get(money::void_form).post(money::void))
        .route("/admin/orders/{id}/refund", get(money::refund_form).post(money::refund))
        .route("/admin/orders/{id}/fulfill", get(fulfill::form).post(fulfill::create))
        .route("/admin/orders/{id}/ship", get(fulfill::ship_form).post(fulfill::ship))
        .route("/admin/orders/{id}/deliver", get(fulfill::deliver_form).post(fulfill::deliver))
        .route("/admin/orders/{id}/unplan", get(fulfill::unplan_form).post(fulfill::unplan))
        .route("/admin/orders/{id}/{act}", get(act::form).post(act::act))
}

/// Views that every shop wants, each by its query.
const VIEWS: [(&str, &str); 5] = [
    ("All", ""),
    ("To ship", "status=confirmed&fulfillment=unfulfilled&fulfillment=partially_shipped"),
    ("Awaiting payment", "status=created"),
    ("Needs the buyer", "payment=requires_action"),
    ("Payment failed", "status=created&payment=failed"),
];

/// An order as a row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) placed: Html,
    pub(crate) buyer: String,
    pub(crate) status: Html,
    pub(crate) payment: Html,
    pub(crate) fulfillment: Html,
    pub(crate) is_held: bool,
    pub(crate) units: i64,
    pub(crate) total: Html,
}

impl Row {
    /// The row of an order.
    pub(crate) fn of(view: &OrderView, desk: &Desk) -> Self {
        let order = &view.order;
        Self {
            id: order.order_id.to_string(),
            number: number(view, desk),
            placed: w::ago(order.placed_at, desk.now),
            buyer: buyer(view),
            status: w::badge(order.status.as_str()),
            payment: w::badge(payment_status(order).as_str()),
            fulfillment: w::badge(fulfillment_status(order).as_str()),
            is_held: !order.holds.is_empty(),
            units: order.items.iter().map(|item: &Item| item.ordered).fold(0, i64::saturating_add),
            total: w::cash(order.totals.total, order.currency),
        }
    }
}

/// `#1061`.
pub(crate) fn number(view: &OrderView, desk: &Desk) -> String {
    format!("#{}{}", desk.api.app.settings.number_prefix, view.number)
}

/// What an item is called: `Mug · Blue`.
pub(crate) fn item_title(item: &Item) -> String {
    match item.variant_title.as_str() {
        "" => item.title.clone(),
        variant => format!("{} · {variant}", item.title),
    }
}

/// Who bought, by the best name there is.
pub(crate) fn buyer(view: &OrderView) -> String {
    let person = view.contact.as_ref();
    let named = person.and_then(|person| person.name.clone().or_else(|| person.email.clone()));
    named.or_else(|| view.order.customer_id.as_ref().map(ToString::to_string)).unwrap_or_default()
}

/// An order by what stands in the address: its id, or its number.
pub(crate) async fn found(desk: &Desk, id: &str) -> Result<OrderView, Problem> {
    desk.api.app.orders.get(desk.caller(), &name(desk, id)?).await
}

/// How an order is named in an address.
pub(crate) fn name(desk: &Desk, id: &str) -> Result<OrderName, Problem> {
    let prefix = desk.api.app.settings.number_prefix.as_str();
    let digits = id.strip_prefix(prefix).unwrap_or(id);
    match digits.parse() {
        Ok(number) => Ok(OrderName::Number(number)),
        Err(_) => OrderId::parse(id).map(OrderName::Id).map_err(|_| Problem::not_found("order", short(id))),
    }
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage {
    frame: Frame,
    q: String,
    unread: Vec<String>,
    tabs: Vec<Tab>,
    /// Where the form is that saves what is shown, if no tab shows it.
    to_save: Option<String>,
    status: Vec<Choice>,
    payment: Vec<Choice>,
    fulfillment: Vec<Choice>,
    placed: Vec<Choice>,
    chips: Vec<(String, String)>,
    rows: Vec<Row>,
    pager: Pager,
    /// The address of this list as a file.
    csv: String,
    is_filtered: bool,
    is_first: bool,
    may_write: bool,
}

impl OrdersPage {
    /// Whether somebody saved a view that is seen here.
    fn has_saved(&self) -> bool {
        self.tabs.len() > VIEWS.len()
    }

    /// The boxes of the filters, each under its parameter.
    fn groups(&self) -> [(&'static str, &'static str, &[Choice]); 3] {
        [
            ("status", "Status", &self.status),
            ("payment", "Payment", &self.payment),
            ("fulfillment", "Fulfilment", &self.fulfillment),
        ]
    }
}

/// What an address asks for: its filters, and the words of the search box.
fn asked(desk: &Desk) -> OrderSearch {
    let (uri, settings) = (&desk.uri, &desk.api.app.settings);
    let all = OrderQuery { descending: true, ..OrderQuery::default() };
    let mut asked = OrderSearch::of(all, &lists::value_whole(uri, "q"), desk.now, settings);
    for filter in ["status", "payment", "fulfillment", "placed"] {
        for word in lists::values(uri, filter) {
            asked.take(filter, &word, desk.now, settings);
        }
    }
    asked
}

async fn list(desk: Desk) -> Shown {
    let asked = asked(&desk);
    if lists::value(&desk.uri, "format").as_deref() == Some("csv") {
        return export::csv(desk, asked).await;
    }
    let uri = &desk.uri;
    if let Some(name) = &asked.named
        && let Ok(view) = desk.api.app.orders.get(desk.caller(), name).await
    {
        return Ok(super::desk::see(&format!("/admin/orders/{}", view.order.order_id)));
    }
    let (page, unread) = (lists::page(uri)?, asked.unread.clone());
    let is_first = page.from == sutler_app::page::From::Start;
    let query = OrderQuery { page, ..asked.query };
    let page = desk.api.app.orders.found(desk.caller(), OrderSearch { query, ..asked }).await?;
    let pager = Pager::of(uri, &page);
    let saved = desk.api.app.saved_views.all(desk.caller()).await?;
    let tabs = views::tabs(uri, &VIEWS, &saved);
    let chosen = |name: &str| lists::values(uri, name);
    let placed = [("24h", "last 24 hours"), ("7d", "last 7 days"), ("30d", "last 30 days")];
    let placed_now = lists::value(uri, "placed").unwrap_or_default();
    let view = OrdersPage {
        frame: desk.frame("Orders", "orders"),
        q: lists::value_whole(uri, "q"),
        unread,
        to_save: views::to_save(uri, &tabs),
        tabs,
        status: lists::choices(OrderStatus::ALL.map(OrderStatus::as_str), &chosen("status")),
        payment: lists::choices(PaymentState::ALL.map(PaymentState::as_str), &chosen("payment")),
        fulfillment: lists::choices(
            FulfillmentStatus::ALL.map(FulfillmentStatus::as_str),
            &chosen("fulfillment"),
        ),
        placed: placed
            .iter()
            .map(|(value, words)| Choice {
                value: (*value).to_owned(),
                words: (*words).to_owned(),
                chosen: *value == placed_now,
            })
            .collect(),
        chips: chips(uri, &placed_now),
        rows: page.rows.iter().map(|view| Row::of(view, &desk)).collect(),
        is_filtered: lists::with(uri, &[]) != uri.path(),
        pager,
        csv: lists::with(uri, &[("format", Some("csv"))]),
        is_first,
        may_write: desk.may("orders:write"),
    };
    Ok(shown(&view))
}

/// What is filtered by, each with the address without it.
fn chips(uri: &axum::http::Uri, placed: &str) -> Vec<(String, String)> {
    let mut chips = Vec::new();
    for (name, words) in [("status", "Order"), ("payment", "Payment"), ("fulfillment", "Fulfilment")] {
        let chosen: Vec<String> = lists::values(uri, name).iter().map(|word| w::word(word)).collect();
        if !chosen.is_empty() {
            chips.push((format!("{words} is {}", chosen.join(", ")), lists::with(uri, &[(name, None)])));
        }
    }
    let since = match placed {
        "24h" => "last 24 hours",
        "7d" => "last 7 days",
        "30d" => "last 30 days",
        _ => return chips,
    };
    chips.push((format!("Placed in the {since}"), lists::with(uri, &[("placed", None)])));
    chips
}

#[derive(Template)]
#[template(path = "order_row.html")]
struct RowPage {
    row: Row,
}

/// One row, for a list in which it changed.
async fn row(desk: Desk, Path(id): Path<String>) -> Shown {
    let view = found(&desk, &id).await?;
    Ok(shown(&RowPage { row: Row::of(&view, &desk) }))
}

/// The newest orders.
pub(crate) async fn newest(desk: &Desk, limit: u32) -> Result<Vec<Row>, Problem> {
    let page = PageRequest { limit, ..PageRequest::default() };
    let query = OrderQuery { descending: true, page, ..Default::default() };
    let found = desk.api.app.orders.list(desk.caller(), &query).await?;
    Ok(found.rows.iter().map(|view| Row::of(view, desk)).collect())
}

/// Back to an order, with a word of what was done.
pub(crate) fn back(view: &OrderView, done: &str) -> Response {
    super::desk::see(&format!("/admin/orders/{}?done={done}", view.order.order_id))
}

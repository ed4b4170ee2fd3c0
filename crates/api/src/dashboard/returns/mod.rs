//! Returns: what customers want to send back, and what came.

mod act;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::routing::get;
use sutler_app::Problem;
use sutler_app::orders::OrderView;
use sutler_app::ports::reads::{Having, OrderName, OrderQuery};
use sutler_domain::ReturnId;
use sutler_domain::orders::{Return, ReturnLine, ReturnStatus};

use super::desk::{Desk, Frame, Shown, shown};
use super::lists::{self, Pager, Tab};
use super::orders::{buyer, item_title, number};
use super::words::{self as w, Html};
use crate::rest::Api;

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/admin/returns", get(list))
        .route("/admin/returns/{id}", get(show))
        .route("/admin/returns/{id}/approve", get(act::approve_form).post(act::approve))
        .route("/admin/returns/{id}/receive", get(act::receive_form).post(act::receive))
        .route("/admin/returns/{id}/reject", get(act::reject_form).post(act::reject))
        .route("/admin/returns/{id}/close", get(act::close_form).post(act::close))
        .route("/admin/orders/{id}/return", get(act::ask_form).post(act::ask))
}

const VIEWS: [(&str, &str); 6] = [
    ("To decide", "status=requested"),
    ("On their way", "status=approved"),
    ("Received", "status=received"),
    ("Closed", "status=closed"),
    ("Rejected", "status=rejected"),
    ("All", ""),
];

/// A return as a row.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    contents: String,
    order: String,
    order_href: String,
    buyer: String,
    state: Html,
    at: Html,
}

impl Row {
    fn of(view: &OrderView, one: &Return, desk: &Desk) -> Self {
        Self {
            id: one.return_id.to_string(),
            contents: contents(view, one),
            order: number(view, desk),
            order_href: format!("/admin/orders/{}", view.order.order_id),
            buyer: buyer(view),
            state: state(one.status),
            at: w::ago(one.created_at, desk.now),
        }
    }
}

/// How a return stands.
pub(super) fn state(status: ReturnStatus) -> Html {
    match status {
        ReturnStatus::Requested => w::label("warning", "hand", "To decide"),
        ReturnStatus::Approved => w::label("info", "truck", "On its way"),
        ReturnStatus::Received => w::label("info", "package-check", "Received"),
        ReturnStatus::Rejected => w::label("neutral", "ban", "Rejected"),
        ReturnStatus::Closed => w::label("success", "circle-check", "Closed"),
    }
}

/// `2 × Mug · Blue, 1 × T-shirt`.
pub(super) fn contents(view: &OrderView, one: &Return) -> String {
    let line = |line: &ReturnLine| format!("{} × {}", line.quantity, title(view, line));
    one.lines.iter().map(line).collect::<Vec<_>>().join(", ")
}

fn title(view: &OrderView, line: &ReturnLine) -> String {
    view.order.item(&line.item_id).map_or_else(|| line.item_id.to_string(), item_title)
}

#[derive(Template)]
#[template(path = "returns.html")]
struct ReturnsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    pager: Pager,
    is_filtered: bool,
}

/// Returns live in their orders, so a page has those of as many orders as it is long.
async fn list(desk: Desk) -> Shown {
    let word = lists::value(&desk.uri, "status");
    let status = ReturnStatus::ALL.into_iter().find(|status| Some(status.as_str()) == word.as_deref());
    let query = OrderQuery {
        having: Some(Having::Return(status)),
        descending: true,
        page: lists::page(&desk.uri)?,
        ..OrderQuery::default()
    };
    let page = desk.api.app.orders.list(desk.caller(), &query).await?;
    let rows = page.rows.iter().flat_map(|view| {
        let some = view.order.returns.iter().filter(|one| status.is_none_or(|status| status == one.status));
        some.map(|one| Row::of(view, one, &desk))
    });
    let view = ReturnsPage {
        frame: desk.frame("Returns", "returns"),
        tabs: lists::tabs(&desk.uri, &VIEWS),
        rows: rows.collect(),
        pager: Pager::of(&desk.uri, &page),
        is_filtered: status.is_some(),
    };
    Ok(shown(&view))
}

/// A line of a return, in words.
#[derive(Clone, Debug)]
struct Line {
    title: String,
    sku: String,
    reason: String,
    quantity: i64,
    received: i64,
    restocked: i64,
    owed: i64,
}

#[derive(Template)]
#[template(path = "return.html")]
struct ReturnPage {
    frame: Frame,
    row: Row,
    one: Return,
    lines: Vec<Line>,
    can: Steps,
    may_refund: bool,
}

/// What may become of it now.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a button")]
struct Steps {
    approve: bool,
    receive: bool,
    reject: bool,
    close: bool,
}

impl Steps {
    fn of(one: &Return, may: bool) -> Self {
        let leads_to = |status| may && one.status.successors().contains(&status);
        let is_missing = one.lines.iter().any(|line| line.outstanding() > 0);
        Self {
            approve: leads_to(ReturnStatus::Approved),
            receive: leads_to(ReturnStatus::Received) && is_missing,
            reject: leads_to(ReturnStatus::Rejected),
            close: leads_to(ReturnStatus::Closed),
        }
    }
}

impl ReturnPage {
    /// The address of the label as a link, if it is one that a browser opens as a page.
    fn label_href(&self) -> Option<&str> {
        let url = self.one.label.url.as_deref()?;
        ["https://", "http://"].iter().any(|scheme| url.starts_with(scheme)).then_some(url)
    }
}

fn return_id(id: &str) -> Result<ReturnId, Problem> {
    ReturnId::parse(id).map_err(|_| Problem::not_found("return", w::short_id(id)))
}

/// A return with its order.
async fn found(desk: &Desk, id: &str) -> Result<(OrderView, Return), Problem> {
    let id = return_id(id)?;
    let none = || Problem::not_found("return", &id);
    let view = desk.api.app.orders.get(desk.caller(), &OrderName::Part(id.to_string())).await;
    let view = view.map_err(|problem| if problem.code == "not_found" { none() } else { problem })?;
    let one = view.order.find_return(&id).cloned().ok_or_else(none)?;
    Ok((view, one))
}

async fn show(desk: Desk, Path(id): Path<String>) -> Shown {
    let (view, one) = found(&desk, &id).await?;
    let line = |line: &ReturnLine| Line {
        title: title(&view, line),
        sku: view.order.item(&line.item_id).map(|item| item.sku.clone()).unwrap_or_default(),
        reason: line.reason.clone().unwrap_or_default(),
        quantity: line.quantity,
        received: line.received,
        restocked: line.restocked,
        owed: line.owed(),
    };
    let page = ReturnPage {
        frame: desk
            .frame(format!("Return of {}", number(&view, &desk)), "returns")
            .under("/admin/returns", "Returns"),
        row: Row::of(&view, &one, &desk),
        lines: one.lines.iter().map(line).collect(),
        can: Steps::of(&one, desk.may("orders:write")),
        may_refund: one.is_owed() && desk.may("payments:write"),
        one,
    };
    Ok(shown(&page))
}

//! Customers: who they are, what they bought, and what is held about them.

mod change;

use askama::Template;
use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use sutler_app::customers::{Address, CustomerName, CustomerView};
use sutler_app::ports::reads::{Lifetime, OrderQuery};
use sutler_app::{Kind, Problem};
use sutler_domain::{Currency, CustomerId};

use super::desk::{Desk, Frame, Shown, shown};
use super::lists::{self, Pager};
use super::orders::Row as OrderRow;
use super::words::{self as w, Html};
use crate::rest::{Api, customer_export};

pub(super) fn routes() -> Router<Api> {
    Router::new()
        .route("/admin/customers", get(list))
        .route("/admin/customers/new", get(async |desk: Desk| change::new_form(&desk)).post(change::create))
        .route("/admin/customers/{id}", get(show))
        .route("/admin/customers/{id}/edit", get(change::edit_form).post(change::edit))
        .route("/admin/customers/{id}/erase", get(change::erase_form).post(change::erase))
        .route("/admin/customers/{id}/export", post(export))
}

/// A customer as a row.
#[derive(Clone, Debug)]
struct Row {
    id: String,
    name: String,
    email: String,
    orders: u64,
    spent: Vec<Html>,
    last: Option<Html>,
}

/// What a customer is called: by name, else by address, else by id.
fn called(view: &CustomerView) -> String {
    if view.customer.erased_at.is_some() {
        return "Erased".to_owned();
    }
    let person = view.contact.as_ref();
    let named = person.and_then(|person| person.name.clone().or_else(|| person.email.clone()));
    named.unwrap_or_else(|| w::short_id(view.customer.customer_id.as_str()))
}

/// What somebody spent, an amount for each currency.
fn spent(lifetime: &Lifetime) -> Vec<Html> {
    let amounts =
        lifetime.spent.iter().filter_map(|(code, amount)| Some((Currency::parse(code).ok()?, amount)));
    amounts.map(|(currency, amount)| w::cash(*amount, currency)).collect()
}

impl Row {
    fn of(view: &CustomerView, desk: &Desk) -> Self {
        let lifetime = view.lifetime.clone().unwrap_or_default();
        Self {
            id: view.customer.customer_id.to_string(),
            name: called(view),
            email: view.contact.as_ref().and_then(|person| person.email.clone()).unwrap_or_default(),
            orders: lifetime.orders,
            spent: spent(&lifetime),
            last: lifetime.last_placed_at.map(|at| w::ago(at, desk.now)),
        }
    }
}

#[derive(Template)]
#[template(path = "customers.html")]
struct CustomersPage {
    frame: Frame,
    q: String,
    missed: bool,
    rows: Vec<Row>,
    pager: Pager,
    may_write: bool,
}

/// Newest first. Whoever types an address or an id is led to whom it belongs.
async fn list(desk: Desk) -> Shown {
    let q = lists::value_whole(&desk.uri, "q");
    let customers = &desk.api.app.customers;
    let name = if q.contains('@') { Some(CustomerName::Email(q.clone())) } else { CustomerName::parse(&q) };
    if let Some(name) = name.filter(|_| !q.is_empty()) {
        match customers.get(desk.caller(), &name, false).await {
            Ok(view) => return Ok(super::desk::see(&at(&view.customer.customer_id))),
            Err(problem) if problem.kind == Kind::NotFound => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = customers.list(desk.caller(), &lists::page(&desk.uri)?, None, true).await?;
    let view = CustomersPage {
        frame: desk.frame("Customers", "customers"),
        missed: !q.is_empty(),
        q,
        pager: Pager::of(&desk.uri, &page),
        rows: page.rows.iter().map(|view| Row::of(view, &desk)).collect(),
        may_write: desk.may("customers:write"),
    };
    Ok(shown(&view))
}

/// Orders of a customer that their page shows; the rest is in the list of orders.
const ORDERS_SHOWN: u32 = 20;

#[derive(Template)]
#[template(path = "customer.html")]
struct CustomerPage {
    frame: Frame,
    id: String,
    title: String,
    view: CustomerView,
    lifetime: Lifetime,
    spent: Vec<Html>,
    rows: Vec<OrderRow>,
    more: bool,
    now: jiff::Timestamp,
    may_write: bool,
}

impl CustomerPage {
    fn lines(address: &Address) -> Vec<String> {
        super::orders::address_lines(address)
    }
}

fn at(id: &CustomerId) -> String {
    format!("/admin/customers/{id}")
}

fn customer_id(id: &str) -> Result<CustomerId, Problem> {
    CustomerId::parse(id).map_err(|_| Problem::not_found("customer", w::short_id(id)))
}

async fn found(desk: &Desk, id: &str, lifetime: bool) -> Result<CustomerView, Problem> {
    let name = CustomerName::Id(customer_id(id)?);
    desk.api.app.customers.get(desk.caller(), &name, lifetime).await
}

async fn show(desk: Desk, Path(id): Path<String>) -> Shown {
    let view = found(&desk, &id, true).await?;
    let lifetime = view.lifetime.clone().unwrap_or_default();
    let (rows, more) =
        if desk.may("orders:read") { orders(&desk, &view).await? } else { (Vec::new(), false) };
    let title = called(&view);
    let page = CustomerPage {
        frame: desk.frame(title.clone(), "customers").under("/admin/customers", "Customers"),
        id: view.customer.customer_id.to_string(),
        title,
        spent: spent(&lifetime),
        lifetime,
        rows,
        more,
        now: desk.now,
        may_write: desk.may("customers:write") && view.customer.erased_at.is_none(),
        view,
    };
    Ok(shown(&page))
}

/// Their newest orders, and whether there are more.
async fn orders(desk: &Desk, view: &CustomerView) -> Result<(Vec<OrderRow>, bool), Problem> {
    let page = sutler_app::PageRequest { limit: ORDERS_SHOWN, ..Default::default() };
    let customer_id = Some(view.customer.customer_id.clone());
    let query = OrderQuery { customer_id, descending: true, page, ..OrderQuery::default() };
    let found = desk.api.app.orders.list(desk.caller(), &query).await?;
    Ok((found.rows.iter().map(|view| OrderRow::of(view, desk)).collect(), found.next.is_some()))
}

/// Everything that is held about the person, as a file. Asked for by a form, so that no link of a stranger does it.
async fn export(desk: Desk, Path(id): Path<String>, _form: super::typed::Form) -> Shown {
    let id = customer_id(&id)?;
    let held = desk.api.app.customers.export(desk.caller(), &CustomerName::Id(id.clone())).await?;
    let body = customer_export(&desk.api, desk.caller(), &held);
    let text = serde_json::to_vec_pretty(&body).map_err(|error| Problem::internal(&error))?;
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{id}.json\""));
    let name = name.unwrap_or(HeaderValue::from_static("attachment"));
    let kind = HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], text).into_response())
}

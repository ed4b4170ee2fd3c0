//! Payments and refunds.

mod books;
pub(super) mod gateway_page;
pub(super) mod notices;
mod shape;

use axum::extract::{Path, State};
use serde_json::Value;
use sutler_app::orders::{Amount, Named, OrderView, PaymentInput, RefundInput};
use sutler_app::page::From;
use sutler_app::ports::reads::{Having, OrderQuery};
use sutler_app::{Answered, Page, Problem, Settings};
use sutler_domain::{PaymentId, RefundId};
use sutler_types::page::List;
use sutler_types::payment as wire;

use super::fields::Fields;
use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::orders::{item_quantities, order_name, order_of, payment_request};
use super::{Answer, Api, Call, Document, MaybeDocument, Params, Told, page};

pub(crate) use shape::{failure_body, payment_body, refund_body};

pub(super) fn routes() -> Operations {
    operations! {
        get "/orders/{id}/payments", Scope("orders:read"), "list_order_payments", "The payments of an order" => of_order;
        post "/orders/{id}/payments", Scope("payments:write"), "start_payment", "Start another payment" => start;
        get "/payments", Scope("orders:read"), "list_payments", "Payments, newest first" => list;
        get "/payments/{id}", Scope("orders:read"), "get_payment", "A payment" => show;
        post "/payments/{id}/capture", Scope("payments:write"), "capture_payment", "Take secured money" => capture;
        post "/payments/{id}/void", Scope("payments:write"), "void_payment", "Give secured money up" => void;
        post "/payments/{id}/sync", Scope("payments:write"), "sync_payment", "Ask the gateway again" => sync;
        get "/refunds", Scope("orders:read"), "list_refunds", "Refunds, newest first" => list_refunds;
        post "/refunds", Scope("refunds:write"), "create_refund", "Give money back" => refund;
        get "/refunds/{id}", Scope("orders:read"), "get_refund", "A refund" => show_refund;
    }
    .merge(books::routes())
    .merge(notices::routes())
}

fn payment_id(text: &str) -> Result<PaymentId, Problem> {
    PaymentId::parse(text).map_err(|_| Problem::not_found("payment", super::fields::shortened(text)))
}

fn payments_of(view: &OrderView) -> Vec<wire::Payment> {
    view.order.payments.iter().map(|payment| payment_body(view, payment)).collect()
}

fn refunds_of(view: &OrderView) -> Vec<wire::Refund> {
    view.order.refunds.iter().map(|refund| refund_body(view, refund)).collect()
}

async fn of_order(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let view = order_of(&api, &call.caller, &id).await?;
    Ok(Answer::ok(&call).version(view.version).json(&List { data: payments_of(&view) }))
}

/// The orders whose parts are listed: the one of `?order_id=`, by any of its names, else a page of those that have
/// such parts, newest first. Parts live in their orders, so the page's limit, total and cursors are those of orders.
async fn asked_orders(
    api: &Api,
    call: &Call,
    mut params: Params,
    having: Having,
) -> Result<Page<OrderView>, super::Refusal> {
    let (id, page) = (params.text("order_id"), params.page());
    if id.is_some() && page.from != From::Start {
        params.invalid("order_id", "'order_id' gives one order whole: leave out 'after' and 'before'");
    }
    params.done()?;
    let Some(id) = id else {
        let query = OrderQuery { having: Some(having), descending: true, page, ..OrderQuery::default() };
        return Ok(api.app.orders.list(&call.caller, &query).await?);
    };
    let rows = vec![order_of(api, &call.caller, &id).await?];
    Ok(Page::whole(rows, page.count.then_some(1)))
}

async fn list(State(api): State<Api>, call: Call, params: Params) -> Told {
    let orders = asked_orders(&api, &call, params, Having::Payment).await?;
    Ok(page::shown_parts(&call, orders, |order| payments_of(&order)))
}

async fn list_refunds(State(api): State<Api>, call: Call, params: Params) -> Told {
    let orders = asked_orders(&api, &call, params, Having::Refund).await?;
    Ok(page::shown_parts(&call, orders, |order| refunds_of(&order)))
}

fn shown(
    answer: Answer<'_>,
    (view, id): &(OrderView, PaymentId),
) -> Result<axum::response::Response, super::Refusal> {
    let payment = view.order.payment(id).ok_or_else(|| Problem::not_found("payment", id))?;
    Ok(answer.version(view.version).json(&payment_body(view, payment)))
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let found = api.app.payments.get(&call.caller, &payment_id(&id)?).await?;
    shown(Answer::ok(&call), &found)
}

/// A payment to start.
pub(crate) fn start_input(body: &Value, settings: &Settings) -> Result<PaymentInput, Problem> {
    let mut f = Fields::of(body);
    let input = payment_request(&mut f, settings.currency);
    f.done()?;
    Ok(input)
}

/// How much to take: `{amount?}`.
pub(crate) fn capture_input(body: &Value, settings: &Settings) -> Result<Option<Amount>, Problem> {
    let mut f = Fields::of(body);
    let amount = f.amount("amount", settings.currency);
    f.done()?;
    Ok(amount)
}

/// Money to give back: `{order_id, payment_id?, amount?, items?, restock?, reason?, note?}`.
pub(crate) fn refund_input(body: &Value, settings: &Settings) -> Result<RefundInput, Problem> {
    let mut f = Fields::of(body);
    f.need("order_id");
    let order = f.text("order_id").unwrap_or_default();
    let order = order_name(&order, settings);
    if let Err(problem) = &order {
        f.invalid("order_id", problem.detail.clone());
    }
    let (payment_id, amount) = (f.id("payment_id"), f.amount("amount", settings.currency));
    let items = item_quantities(&mut f);
    let (return_id, restock) = (f.id("return_id"), f.flag("restock").unwrap_or_default());
    let (reason, note) = (f.text("reason"), f.text("note"));
    f.done()?;
    Ok(RefundInput { order: Named(order?), payment_id, amount, items, return_id, restock, reason, note })
}

/// Start another payment of an order.
async fn start(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    let input = start_input(&body, &api.app.settings)?;
    let name = order_name(&id, &api.app.settings)?;
    let started = api.app.payments.start(&call.caller, &name, input).await?;
    let location = format!("/payments/{}", started.value.1);
    shown(Answer::created(&call, location).waited().replayed(started.replayed), &started.value)
}

fn acted(call: &Call, acted: &Answered<(OrderView, PaymentId)>) -> Told {
    shown(Answer::ok(call).waited().replayed(acted.replayed), &acted.value)
}

/// Take secured money: `{amount?}`.
async fn capture(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    let amount = capture_input(&body, &api.app.settings)?;
    acted(&call, &api.app.payments.capture(&call.caller, &payment_id(&id)?, amount).await?)
}

/// Give secured money up.
async fn void(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    Fields::of(&body).done()?;
    acted(&call, &api.app.payments.void(&call.caller, &payment_id(&id)?).await?)
}

/// Ask the gateway again.
async fn sync(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    Fields::of(&body).done()?;
    acted(&call, &api.app.payments.sync(&call.caller, &payment_id(&id)?).await?)
}

async fn refund(State(api): State<Api>, call: Call, params: Params, Document(body): Document) -> Told {
    params.done()?;
    call.conditional()?;
    let input = refund_input(&body, &api.app.settings)?;
    let made = api.app.payments.refund(&call.caller, input).await?;
    let (view, id) = &made.value;
    let answer = Answer::created(&call, format!("/refunds/{id}")).waited().replayed(made.replayed);
    shown_refund(answer, view, id)
}

fn shown_refund(answer: Answer<'_>, view: &OrderView, id: &RefundId) -> Told {
    let refund = view.order.refund(id).ok_or_else(|| Problem::not_found("refund", id))?;
    Ok(answer.version(view.version).json(&refund_body(view, refund)))
}

async fn show_refund(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let id = RefundId::parse(&id).map_err(|_| Problem::not_found("refund", super::fields::shortened(&id)))?;
    let (view, id) = api.app.payments.get_refund(&call.caller, &id).await?;
    shown_refund(Answer::ok(&call), &view, &id)
}

//! Returns: ask, approve, receive, reject, close.

use axum::extract::{Path, State};
use serde_json::Value;
use sutler_app::orders::{OrderView, ReceiveInput, ReceivedInput, ReturnInput};
use sutler_app::page::From;
use sutler_app::ports::reads::{Having, OrderName, OrderQuery};
use sutler_app::public::rfc3339;
use sutler_app::{Answered, Caller, Page, Problem, Settings};
use sutler_domain::orders::{Return, ReturnCondition, ReturnLine, ReturnStatus, Tracking};
use sutler_domain::{ItemId, ReturnId};
use sutler_types::fulfillment;
use sutler_types::page::List;
use sutler_types::returns as wire;

use super::fields::Fields;
use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::orders::{order_name, order_of};
use super::{Answer, Api, Call, MaybeDocument, Params, Told, page};

pub(super) fn routes() -> Operations {
    operations! {
        get "/orders/{id}/returns", Scope("orders:read"), "list_order_returns", "The returns of an order" => of_order;
        post "/orders/{id}/returns", Scope("orders:write"), "create_return", "Ask for a return" => create;
        get "/returns", Scope("orders:read"), "list_returns", "Returns, newest first" => list;
        get "/returns/{id}", Scope("orders:read"), "get_return", "A return" => show;
        post "/returns/{id}/approve", Scope("orders:write"), "approve_return", "Let goods come back" => approve;
        post "/returns/{id}/receive", Scope("orders:write"), "receive_return", "Say what came back, and in which condition" => receive;
        post "/returns/{id}/reject", Scope("orders:write"), "reject_return", "Refuse a return" => reject;
        post "/returns/{id}/close", Scope("orders:write"), "close_return", "Nothing more is to come" => close;
    }
}

/// The body of a return.
pub(crate) fn return_body(view: &OrderView, one: &Return, settings: &Settings) -> wire::Return {
    let item = |line: &ReturnLine| {
        let item = view.order.item(&line.item_id);
        wire::ReturnItem {
            item_id: line.item_id.to_string(),
            sku: item.map(|item| item.sku.clone()).unwrap_or_default(),
            title: item.map(|item| item.title.clone()).unwrap_or_default(),
            quantity: line.quantity,
            received: line.received,
            restocked: line.restocked,
            refunded: line.refunded,
            reason: line.reason.clone(),
        }
    };
    let refunds =
        view.order.refunds.iter().filter(|refund| refund.return_id.as_ref() == Some(&one.return_id));
    let Tracking { carrier, number, url } = one.label.clone();
    wire::Return {
        return_id: one.return_id.to_string(),
        object: "return".to_owned(),
        order_id: view.order.order_id.to_string(),
        order_number: format!("{}{}", settings.number_prefix, view.number),
        customer_id: view.order.customer_id.as_ref().map(ToString::to_string),
        version: view.version.0,
        status: one.status.as_str().to_owned(),
        items: one.lines.iter().map(item).collect(),
        label: fulfillment::Tracking { carrier, number, url },
        reject_reason: one.reject_reason.clone(),
        refunds: refunds.map(|refund| refund.refund_id.to_string()).collect(),
        created_at: rfc3339(one.created_at),
        approved_at: one.approved_at.map(rfc3339),
        received_at: one.received_at.map(rfc3339),
        ended_at: one.ended_at.map(rfc3339),
    }
}

fn return_id(text: &str) -> Result<ReturnId, Problem> {
    ReturnId::parse(text).map_err(|_| Problem::not_found("return", super::fields::shortened(text)))
}

fn shown(api: &Api, answer: Answer<'_>, view: &OrderView, id: &ReturnId) -> Told {
    let found = view.order.find_return(id).ok_or_else(|| Problem::not_found("return", id))?;
    Ok(answer.version(view.version).json(&return_body(view, found, &api.app.settings)))
}

async fn of_order(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let view = order_of(&api, &call.caller, &id).await?;
    let data = view.order.returns.iter().map(|one| return_body(&view, one, &api.app.settings)).collect();
    Ok(Answer::ok(&call).version(view.version).json(&List { data }))
}

/// The returns of `?order_id=`, or of a page of the orders that have some, newest order first; with `?status=`, those
/// that stand so. Returns live in their orders, so the page's limit, total and cursors are those of orders.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let id = params.text("order_id");
    let status = params.words("status", &ReturnStatus::ALL.map(|status| (status.as_str(), status)));
    let asked = params.page();
    if id.is_some() && asked.from != From::Start {
        params.invalid("order_id", "'order_id' gives one order whole: leave out 'after' and 'before'");
    }
    if status.len() > 1 {
        params.invalid("status", "'status' is one status, or absent for all");
    }
    params.done()?;
    let status = status.first().copied();
    let orders = if let Some(id) = id {
        let rows = vec![order_of(&api, &call.caller, &id).await?];
        Page::whole(rows, asked.count.then_some(1))
    } else {
        let having = Some(Having::Return(status));
        let query = OrderQuery { having, descending: true, page: asked, ..OrderQuery::default() };
        api.app.orders.list(&call.caller, &query).await?
    };
    let bodies = |view: OrderView| -> Vec<wire::Return> {
        let some = view.order.returns.iter().filter(|one| status.is_none_or(|status| status == one.status));
        some.map(|one| return_body(&view, one, &api.app.settings)).collect()
    };
    Ok(page::shown_parts(&call, orders, bodies))
}

/// The order of a return.
pub(crate) async fn order_of_return(api: &Api, caller: &Caller, id: &ReturnId) -> Result<OrderView, Problem> {
    let found = api.app.orders.get(caller, &OrderName::Part(id.to_string())).await;
    found.map_err(|problem| match problem.code {
        "not_found" => Problem::not_found("return", id),
        _ => problem,
    })
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let id = return_id(&id)?;
    let view = order_of_return(&api, &call.caller, &id).await?;
    shown(&api, Answer::ok(&call), &view, &id)
}

fn parcel(f: &mut Fields<'_>) -> Tracking {
    Tracking { carrier: f.text("carrier"), number: f.text("number"), url: f.text("url") }
}

/// What is to come back: `{items? [{item_id, quantity, reason?}] (all that is with the customer), label?}`.
pub(crate) fn return_input(body: &Value) -> Result<ReturnInput, Problem> {
    let mut f = Fields::of(body);
    let lines = f.list("items", |f| {
        f.need("item_id");
        f.need("quantity");
        (f.id("item_id"), f.whole("quantity"), f.text("reason"))
    });
    none_is_all(&mut f, lines.as_ref().map(Vec::len));
    let label = f.object("label", parcel).unwrap_or_default();
    f.done()?;
    let whole = |(item, quantity, reason): (Option<ItemId>, Option<i64>, _)| Some((item?, quantity?, reason));
    Ok(ReturnInput { items: lines.unwrap_or_default().into_iter().filter_map(whole).collect(), label })
}

/// Ask for one.
async fn create(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    let input = return_input(&body)?;
    let name = order_name(&id, &api.app.settings)?;
    let made = api.app.orders.request_return(&call.caller, &name, input).await?;
    let (view, id) = &made.value;
    shown(&api, Answer::created(&call, format!("/returns/{id}")).replayed(made.replayed), view, id)
}

/// An empty list would mean all, so it is refused.
fn none_is_all(f: &mut Fields<'_>, lines: Option<usize>) {
    if lines == Some(0) {
        f.invalid("items", "'items' is empty; name at least one, or leave it out to mean all");
    }
}

fn acted(api: &Api, call: &Call, id: &ReturnId, acted: &Answered<OrderView>) -> Told {
    shown(api, Answer::ok(call).replayed(acted.replayed), &acted.value, id)
}

/// The parcel that they may come in: `{label?}`.
pub(crate) fn approve_input(body: &Value) -> Result<Option<Tracking>, Problem> {
    let mut f = Fields::of(body);
    let label = f.object("label", parcel);
    f.done()?;
    Ok(label)
}

/// They may come.
async fn approve(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    let label = approve_input(&body)?;
    let id = return_id(&id)?;
    acted(&api, &call, &id, &api.app.orders.approve_return(&call.caller, &id, label).await?)
}

const CONDITIONS: [(&str, ReturnCondition); 2] =
    [("sellable", ReturnCondition::Sellable), ("damaged", ReturnCondition::Damaged)];

/// What came: `{items? [{item_id, quantity, condition? (sellable), restock?}] (all that has not come)}`.
pub(crate) fn receive_input(body: &Value) -> Result<ReceiveInput, Problem> {
    let mut f = Fields::of(body);
    let lines = f.list("items", |f| {
        f.need("item_id");
        f.need("quantity");
        let (item_id, quantity) = (f.id("item_id"), f.whole("quantity"));
        let condition = f.word("condition", &CONDITIONS).unwrap_or_default();
        let restock = f.flag("restock");
        Some(ReceivedInput { item_id: item_id?, quantity: quantity?, condition, restock })
    });
    none_is_all(&mut f, lines.as_ref().map(Vec::len));
    f.done()?;
    Ok(ReceiveInput { items: lines.unwrap_or_default().into_iter().flatten().collect() })
}

/// They came.
async fn receive(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    let input = receive_input(&body)?;
    let id = return_id(&id)?;
    acted(&api, &call, &id, &api.app.orders.receive_return(&call.caller, &id, input).await?)
}

/// Why they stay: `{reason?}`.
pub(crate) fn reject_input(body: &Value) -> Result<Option<String>, Problem> {
    let mut f = Fields::of(body);
    let reason = f.text("reason");
    f.done()?;
    Ok(reason)
}

/// They stay.
async fn reject(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    let reason = reject_input(&body)?;
    let id = return_id(&id)?;
    acted(&api, &call, &id, &api.app.orders.reject_return(&call.caller, &id, reason).await?)
}

/// No more comes.
async fn close(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    Fields::of(&body).done()?;
    let id = return_id(&id)?;
    acted(&api, &call, &id, &api.app.orders.close_return(&call.caller, &id).await?)
}

//! Returns, which are parts of their order.

use serde_json::{Value, json};
use sutler_app::orders::OrderView;
use sutler_app::page::{Cursor, From, PageRequest};
use sutler_app::ports::reads::{Having, OrderQuery};
use sutler_app::{Caller, Problem};
use sutler_domain::ReturnId;
use sutler_domain::orders::ReturnStatus;

use super::orders::{about, order_json};
use super::{fields, shown};
use crate::graphql::asked::{Asked, taken};
use crate::graphql::pages;
use crate::rest::returns as rest;

fields! {
    "Query" {
        "return" => one,
        "returns" => returns,
    }
    "Order" { "returns" => of_order }
    "Mutation" {
        "returnCreate" => create,
        "returnApprove" => approve,
        "returnReceive" => receive,
        "returnReject" => reject,
        "returnClose" => close,
    }
}

async fn of_order(asked: Asked<'_>) -> Result<Value, Problem> {
    Ok(pages::parts(&asked, "returns", "return_id"))
}

fn return_json(asked: &Asked<'_>, view: &OrderView, id: &ReturnId) -> Result<Value, Problem> {
    let found = view.order.find_return(id).ok_or_else(|| Problem::not_found("return", id))?;
    shown(&rest::return_body(view, found, &asked.api().app.settings))
}

async fn one(asked: Asked<'_>) -> Result<Value, Problem> {
    let id = pages::id(asked.text("id").unwrap_or_default(), "return")?;
    return_json(&asked, &rest::order_of_return(asked.api(), asked.caller(), &id).await?, &id)
}

/// Newest order first. They live in their orders, so a page of them is cut out of a page of orders: the cursor of a
/// return is that of its order, and its own id.
async fn returns(asked: Asked<'_>) -> Result<Value, Problem> {
    let word = asked.argument("filter").and_then(|filter| filter.get("status")?.as_str());
    let status = ReturnStatus::ALL.into_iter().find(|status| Some(status.as_str()) == word);
    let limit = asked.plain::<u32>("first").unwrap_or(1);
    let after = asked.text("after").map(place).transpose()?;
    let (mut cursors, mut nodes) = (Vec::new(), Vec::new());
    let mut tell = |view: &OrderView, cursor: &Cursor, after: Option<&ReturnId>| -> Result<(), Problem> {
        let shown = view.order.returns.iter();
        let from =
            after.and_then(|id| shown.clone().position(|one| one.return_id == *id)).map_or(0, |at| at + 1);
        for one in shown.skip(from).filter(|one| status.is_none_or(|status| status == one.status)) {
            cursors.push(format!("{}.{}", cursor.encode(), one.return_id));
            nodes.push(return_json(&asked, view, &one.return_id)?);
        }
        Ok(())
    };
    // Where the page before ended within an order, the rest of that order comes first.
    if let Some((cursor, id)) = &after {
        tell(&rest::order_of_return(asked.api(), asked.caller(), id).await?, cursor, Some(id))?;
    }
    let has_previous = after.is_some();
    let from = after.map_or(From::Start, |(cursor, _)| From::After(cursor));
    let page = PageRequest { limit, from, count: false };
    let query =
        OrderQuery { having: Some(Having::Return(status)), descending: true, page, ..OrderQuery::default() };
    let page = asked.api().app.orders.list(asked.caller(), &query).await?;
    for (view, cursor) in page.rows.iter().zip(&page.cursors) {
        tell(view, cursor, None)?;
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let has_next = page.next.is_some() || nodes.len() > limit;
    nodes.truncate(limit);
    cursors.truncate(limit);
    Ok(pages::whole(&nodes, &cursors, (has_next, has_previous), None))
}

/// Where a page of returns begins: behind this one, whose order has this cursor.
fn place(text: &str) -> Result<(Cursor, ReturnId), Problem> {
    let read = |text: &str| {
        let (order, id) = text.split_once('.')?;
        Some((Cursor::decode(order)?, ReturnId::parse(id).ok()?))
    };
    read(text).ok_or_else(|| pages::wrong("'after' is no cursor of this list"))
}

fn payload(asked: &Asked<'_>, view: &OrderView, id: &ReturnId) -> Result<Value, Problem> {
    let (one, order) = (return_json(asked, view, id)?, order_json(asked.asker, view)?);
    Ok(json!({ "return": one, "order": order, "user_errors": [] }))
}

/// The return that an input is about, the rest of the input, and who asks.
fn about_return(asked: &Asked<'_>) -> Result<(ReturnId, Value, Caller), Problem> {
    let (mut input, caller) = asked.input()?;
    let id = taken(&mut input, "return_id");
    Ok((pages::id(&id, "return")?, input, caller))
}

async fn create(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let input = rest::return_input(&input)?;
    let (view, id) = asked.heard(asked.api().app.orders.request_return(&caller, &name, input).await?);
    payload(&asked, &view, &id)
}

async fn approve(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, input, caller) = about_return(&asked)?;
    let label = rest::approve_input(&input)?;
    let view = asked.heard(asked.api().app.orders.approve_return(&caller, &id, label).await?);
    payload(&asked, &view, &id)
}

async fn receive(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, input, caller) = about_return(&asked)?;
    let input = rest::receive_input(&input)?;
    let view = asked.heard(asked.api().app.orders.receive_return(&caller, &id, input).await?);
    payload(&asked, &view, &id)
}

async fn reject(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, input, caller) = about_return(&asked)?;
    let reason = rest::reject_input(&input)?;
    let view = asked.heard(asked.api().app.orders.reject_return(&caller, &id, reason).await?);
    payload(&asked, &view, &id)
}

async fn close(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, _, caller) = about_return(&asked)?;
    let view = asked.heard(asked.api().app.orders.close_return(&caller, &id).await?);
    payload(&asked, &view, &id)
}

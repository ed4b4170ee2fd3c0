//! Fulfillments, which are parts of their order.

use serde_json::{Value, json};
use sutler_app::orders::OrderView;
use sutler_app::{Caller, Problem};
use sutler_domain::FulfillmentId;

use super::orders::{about, order_json};
use super::{fields, shown};
use crate::graphql::asked::{Asked, taken};
use crate::graphql::pages;
use crate::rest::fulfillments as rest;

fields! {
    "Query" { "fulfillment" => fulfillment }
    "Order" { "fulfillments" => fulfillments }
    "Mutation" {
        "fulfillmentCreate" => create,
        "fulfillmentShip" => ship,
        "fulfillmentDeliver" => deliver,
        "fulfillmentCancel" => cancel,
        "fulfillmentTrack" => track,
    }
}

async fn fulfillments(asked: Asked<'_>) -> Result<Value, Problem> {
    Ok(pages::parts(&asked, "fulfillments", "fulfillment_id"))
}

fn fulfillment_json(view: &OrderView, id: &FulfillmentId) -> Result<Value, Problem> {
    let found = view.order.fulfillment(id).ok_or_else(|| Problem::not_found("fulfillment", id))?;
    shown(&rest::fulfillment_body(view, found))
}

async fn fulfillment(asked: Asked<'_>) -> Result<Value, Problem> {
    let id = pages::id(asked.text("id").unwrap_or_default(), "fulfillment")?;
    fulfillment_json(&rest::found(asked.api(), asked.caller(), &id).await?, &id)
}

fn payload(asked: &Asked<'_>, view: &OrderView, id: &FulfillmentId) -> Result<Value, Problem> {
    let fulfillment = fulfillment_json(view, id)?;
    Ok(json!({ "fulfillment": fulfillment, "order": order_json(asked.asker, view)?, "user_errors": [] }))
}

/// The fulfillment that an input is about, the rest of the input, and who asks.
fn about_fulfillment(asked: &Asked<'_>) -> Result<(FulfillmentId, Value, Caller), Problem> {
    let (mut input, caller) = asked.input()?;
    let id = taken(&mut input, "fulfillment_id");
    Ok((pages::id(&id, "fulfillment")?, input, caller))
}

async fn create(asked: Asked<'_>) -> Result<Value, Problem> {
    let (name, input, caller) = about(&asked)?;
    let made = asked.api().app.orders.fulfill(&caller, &name, rest::fulfill_input(&input)?).await?;
    let (view, id) = asked.heard(made);
    payload(&asked, &view, &id)
}

async fn ship(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, input, caller) = about_fulfillment(&asked)?;
    let shipped = asked.api().app.orders.ship(&caller, &id, rest::ship_input(&input)?).await?;
    payload(&asked, &asked.heard(shipped), &id)
}

async fn track(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, input, caller) = about_fulfillment(&asked)?;
    let view = rest::found(asked.api(), &caller, &id).await?;
    let tracking = rest::track_input(&input, &view, &id)?;
    payload(&asked, &asked.heard(asked.api().app.orders.track(&caller, &id, tracking).await?), &id)
}

async fn deliver(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, _, caller) = about_fulfillment(&asked)?;
    let delivered = asked.api().app.orders.deliver(&caller, &id).await?;
    payload(&asked, &asked.heard(delivered), &id)
}

async fn cancel(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, _, caller) = about_fulfillment(&asked)?;
    let canceled = asked.api().app.orders.cancel_fulfillment(&caller, &id).await?;
    payload(&asked, &asked.heard(canceled), &id)
}

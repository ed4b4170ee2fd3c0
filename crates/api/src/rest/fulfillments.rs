//! Fulfillments: plan, ship, track, deliver.

use axum::extract::{Path, State};
use serde_json::Value;
use sutler_app::orders::{FulfillInput, OrderView};
use sutler_app::ports::reads::OrderName;
use sutler_app::public::rfc3339;
use sutler_app::{Answered, Caller, Problem};
use sutler_domain::FulfillmentId;
use sutler_domain::orders::{Fulfillment, Tracking};
use sutler_types::fulfillment::{self as wire, ItemQuantity};
use sutler_types::page::List;

use super::fields::Fields;
use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::orders::{item_quantities, order_name, order_of};
use super::{Answer, Api, Call, Document, MaybeDocument, Params, Told};

pub(super) fn routes() -> Operations {
    operations! {
        get "/orders/{id}/fulfillments", Scope("orders:read"), "list_fulfillments", "The parcels of an order" => list;
        post "/orders/{id}/fulfillments", Scope("orders:write"), "create_fulfillment", "Make a parcel" => create;
        get "/fulfillments/{id}", Scope("orders:read"), "get_fulfillment", "A parcel" => show;
        patch "/fulfillments/{id}", Scope("orders:write"), "update_fulfillment", "Say how a parcel is tracked" => track;
        post "/fulfillments/{id}/ship", Scope("orders:write"), "ship_fulfillment", "A parcel is on its way" => ship;
        post "/fulfillments/{id}/deliver", Scope("orders:write"), "deliver_fulfillment", "A parcel has arrived" => deliver;
        post "/fulfillments/{id}/cancel", Scope("orders:write"), "cancel_fulfillment", "A parcel is not sent" => cancel;
    }
}

/// The body of a fulfillment.
pub(crate) fn fulfillment_body(view: &OrderView, fulfillment: &Fulfillment) -> wire::Fulfillment {
    let items = fulfillment.lines.iter();
    let Tracking { carrier, number, url } = fulfillment.tracking.clone();
    wire::Fulfillment {
        fulfillment_id: fulfillment.fulfillment_id.to_string(),
        object: "fulfillment".to_owned(),
        order_id: view.order.order_id.to_string(),
        version: view.version.0,
        status: fulfillment.status.as_str().to_owned(),
        items: items.map(|l| ItemQuantity { item_id: l.item_id.to_string(), quantity: l.quantity }).collect(),
        tracking: wire::Tracking { carrier, number, url },
        created_at: rfc3339(fulfillment.created_at),
        shipped_at: fulfillment.shipped_at.map(rfc3339),
        delivered_at: fulfillment.delivered_at.map(rfc3339),
    }
}

fn fulfillment_id(text: &str) -> Result<FulfillmentId, Problem> {
    FulfillmentId::parse(text).map_err(|_| Problem::not_found("fulfillment", super::fields::shortened(text)))
}

fn shown(answer: Answer<'_>, view: &OrderView, id: &FulfillmentId) -> Told {
    let found = view.order.fulfillment(id).ok_or_else(|| Problem::not_found("fulfillment", id))?;
    Ok(answer.version(view.version).json(&fulfillment_body(view, found)))
}

fn tracking(f: &mut Fields<'_>) -> Tracking {
    Tracking { carrier: f.text("carrier"), number: f.text("number"), url: f.text("url") }
}

async fn list(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let view = order_of(&api, &call.caller, &id).await?;
    let data = view.order.fulfillments.iter().map(|f| fulfillment_body(&view, f)).collect();
    Ok(Answer::ok(&call).version(view.version).json(&List { data }))
}

/// The order of a fulfillment.
pub(crate) async fn found(api: &Api, caller: &Caller, id: &FulfillmentId) -> Result<OrderView, Problem> {
    let found = api.app.orders.get(caller, &OrderName::Part(id.to_string())).await;
    found.map_err(|problem| match problem.code {
        "not_found" => Problem::not_found("fulfillment", id),
        _ => problem,
    })
}

/// Where it is, after what became known: `{tracking}`, merged (RFC 7396).
pub(crate) fn track_input(body: &Value, view: &OrderView, id: &FulfillmentId) -> Result<Tracking, Problem> {
    let known = view.order.fulfillment(id).map(|f| f.tracking.clone()).unwrap_or_default();
    let mut f = Fields::of(body);
    f.need("tracking");
    let tracking = f.object("tracking", |f| Tracking {
        carrier: f.patch("carrier", |f| f.text("carrier")).onto(known.carrier),
        number: f.patch("number", |f| f.text("number")).onto(known.number),
        url: f.patch("url", |f| f.text("url")).onto(known.url),
    });
    f.done()?;
    Ok(tracking.unwrap_or_default())
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let id = fulfillment_id(&id)?;
    let view = found(&api, &call.caller, &id).await?;
    shown(Answer::ok(&call), &view, &id)
}

/// What to plan: `{items? (all that is open), location?, tracking?, ship?}`.
pub(crate) fn fulfill_input(body: &Value) -> Result<FulfillInput, Problem> {
    let mut f = Fields::of(body);
    let input = FulfillInput {
        items: item_quantities(&mut f),
        location: f.id("location"),
        tracking: f.object("tracking", tracking).unwrap_or_default(),
        ship: f.flag("ship").unwrap_or_default(),
    };
    f.done()?;
    Ok(input)
}

/// How it leaves: `{tracking?}`.
pub(crate) fn ship_input(body: &Value) -> Result<Option<Tracking>, Problem> {
    let mut f = Fields::of(body);
    let tracking = f.object("tracking", tracking);
    f.done()?;
    Ok(tracking)
}

/// Plan one.
async fn create(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    let input = fulfill_input(&body)?;
    let name = order_name(&id, &api.app.settings)?;
    let made = api.app.orders.fulfill(&call.caller, &name, input).await?;
    let (view, id) = &made.value;
    shown(Answer::created(&call, format!("/fulfillments/{id}")).replayed(made.replayed), view, id)
}

fn acted(call: &Call, id: &FulfillmentId, acted: &Answered<OrderView>) -> Told {
    shown(Answer::ok(call).replayed(acted.replayed), &acted.value, id)
}

/// It leaves.
async fn ship(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    let tracking = ship_input(&body)?;
    let id = fulfillment_id(&id)?;
    acted(&call, &id, &api.app.orders.ship(&call.caller, &id, tracking).await?)
}

/// Where it is became known.
async fn track(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    call.conditional()?;
    let id = fulfillment_id(&id)?;
    let tracking = track_input(&body, &found(&api, &call.caller, &id).await?, &id)?;
    acted(&call, &id, &api.app.orders.track(&call.caller, &id, tracking).await?)
}

/// It arrived.
async fn deliver(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    Fields::of(&body).done()?;
    let id = fulfillment_id(&id)?;
    acted(&call, &id, &api.app.orders.deliver(&call.caller, &id).await?)
}

/// It stays.
async fn cancel(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    MaybeDocument(body): MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    Fields::of(&body).done()?;
    let id = fulfillment_id(&id)?;
    acted(&call, &id, &api.app.orders.cancel_fulfillment(&call.caller, &id).await?)
}

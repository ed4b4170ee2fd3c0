//! Stock kept for a basket, without an order.

use axum::extract::{Path, State};
use serde_json::Value;
use sutler_app::Problem;
use sutler_app::inventory::ReserveInput;
use sutler_app::orders::ItemInput;
use sutler_domain::{Metadata, ReservationId};

use super::shape::reservation_body;
use crate::rest::fields::{Fields, shortened};
use crate::rest::operation::Needs::Scope;
use crate::rest::operation::{Operations, operations};
use crate::rest::{Answer, Api, Call, Document, MaybeDocument, Params, Told, page};

pub(super) fn routes() -> Operations {
    operations! {
        get "/reservations", Scope("inventory:read"), "list_reservations", "Reservations without an order" => list;
        post "/reservations", Scope("inventory:write"), "create_reservation", "Keep stock for a basket" => create;
        get "/reservations/{id}", Scope("inventory:read"), "get_reservation", "A reservation" => show;
        post "/reservations/{id}/release", Scope("inventory:write"), "release_reservation", "Give a reservation up" => release;
        post "/reservations/{id}/extend", Scope("inventory:write"), "extend_reservation", "Keep stock for longer" => extend;
    }
}

async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let request = params.page();
    params.done()?;
    let rows = api.app.inventory.reservations(&call.caller, &request).await?;
    Ok(page::shown(&call, rows.map(|view| reservation_body(&view))))
}

async fn create(State(api): State<Api>, call: Call, params: Params, Document(body): Document) -> Told {
    params.done()?;
    let input = reserve_input(&body)?;
    let made = api.app.inventory.reserve(&call.caller, &input).await?;
    let place = format!("/reservations/{}", made.value.reservation.reservation_id);
    let answer = Answer::created(&call, place).replayed(made.replayed).version(made.value.version);
    Ok(answer.json(&reservation_body(&made.value)))
}

/// What to keep: `{items, location?, ttl?, metadata?}`.
pub(crate) fn reserve_input(body: &Value) -> Result<ReserveInput, Problem> {
    let mut f = Fields::of(body);
    f.need("items");
    let input = ReserveInput {
        items: f.list("items", item).unwrap_or_default(),
        location: f.id("location"),
        ttl_ms: f.duration_ms("ttl"),
        metadata: f.metadata("metadata"),
    };
    f.done()?;
    Ok(input)
}

/// How much longer, in milliseconds: `{ttl?}`.
pub(crate) fn extend_input(body: &Value) -> Result<Option<i64>, Problem> {
    let mut f = Fields::of(body);
    let ttl_ms = f.duration_ms("ttl");
    f.done()?;
    Ok(ttl_ms)
}

fn item(f: &mut Fields<'_>) -> ItemInput {
    f.need("quantity");
    ItemInput {
        product_id: f.id("product_id"),
        variant_id: f.id("variant_id"),
        sku: f.text("sku"),
        quantity: f.whole("quantity").unwrap_or_default(),
        expected_unit_price: None,
        tax: None,
        metadata: Metadata::new(),
    }
}

async fn show(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let view = api.app.inventory.reservation(&call.caller, &reservation_id(&id)?).await?;
    Ok(Answer::ok(&call).version(view.version).json(&reservation_body(&view)))
}

async fn release(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    body: MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    Fields::of(&body.0).done()?;
    let done = api.app.inventory.release(&call.caller, &reservation_id(&id)?).await?;
    let answer = Answer::ok(&call).replayed(done.replayed).version(done.value.version);
    Ok(answer.json(&reservation_body(&done.value)))
}

async fn extend(
    State(api): State<Api>,
    call: Call,
    Path(id): Path<String>,
    params: Params,
    body: MaybeDocument,
) -> Told {
    params.done()?;
    call.conditional()?;
    let ttl_ms = extend_input(&body.0)?;
    let done = api.app.inventory.extend(&call.caller, &reservation_id(&id)?, ttl_ms).await?;
    let answer = Answer::ok(&call).replayed(done.replayed).version(done.value.version);
    Ok(answer.json(&reservation_body(&done.value)))
}

fn reservation_id(text: &str) -> Result<ReservationId, Problem> {
    ReservationId::parse(text).map_err(|_| Problem::not_found("reservation", shortened(text)))
}

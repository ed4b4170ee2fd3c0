//! Stock, locations and reservations.

use serde_json::{Value, json};
use sutler_app::catalog::variant_name;
use sutler_app::inventory::ReservationView;
use sutler_app::ports::reads::{JournalQuery, StockQuery};
use sutler_app::{Answered, Caller, Problem};
use sutler_domain::ReservationId;

use super::{fields, shown};
use crate::graphql::asked::{Asked, taken};
use crate::graphql::pages;
use crate::rest::inventory as rest;

fields! {
    "Query" {
        "inventory" => inventory,
        "inventoryLevel" => level,
        "movements" => movements,
        "locations" => locations,
        "location" => location,
        "reservation" => reservation,
        "reservations" => reservations,
    }
    "Mutation" {
        "inventoryAdjust" => adjust,
        "locationCreate" => create_location,
        "reservationCreate" => reserve,
        "reservationRelease" => release,
        "reservationExtend" => extend,
    }
}

async fn inventory(asked: Asked<'_>) -> Result<Value, Problem> {
    let filter = asked.argument("filter").cloned().unwrap_or_default();
    let text = |name: &str| filter.get(name).and_then(Value::as_str);
    let query = StockQuery {
        sku: text("sku").map(str::to_owned),
        variant_id: text("variant_id").map(|id| pages::id(id, "variant")).transpose()?,
        location_id: text("location").map(|id| pages::id(id, "location")).transpose()?,
        low: filter.get("low_stock").and_then(Value::as_bool).unwrap_or_default(),
        page: pages::asked(&asked)?,
    };
    let page = asked.api().app.inventory.list(asked.caller(), &query).await?;
    pages::connection(page, |level| shown(&rest::level_body(&level)))
}

async fn level(asked: Asked<'_>) -> Result<Value, Problem> {
    let variant = variant_name(asked.text("variant_id").unwrap_or_default())?;
    let location = if let Some(text) = asked.text("location") {
        pages::id(text, "location")?
    } else {
        let all = asked.api().app.inventory.locations(asked.caller()).await?;
        let default = all.iter().find(|location| location.value.default);
        default
            .map(|location| location.value.location_id.clone())
            .ok_or_else(|| Problem::not_found("location", "default"))?
    };
    shown(&rest::level_body(&asked.api().app.inventory.level(asked.caller(), &variant, &location).await?))
}

async fn locations(asked: Asked<'_>) -> Result<Value, Problem> {
    let all = asked.api().app.inventory.locations(asked.caller()).await?;
    shown(&all.iter().map(rest::location_body).collect::<Vec<_>>())
}

async fn location(asked: Asked<'_>) -> Result<Value, Problem> {
    let id = pages::id(asked.text("id").unwrap_or_default(), "location")?;
    shown(&rest::location_body(&asked.api().app.inventory.location(asked.caller(), &id).await?))
}

async fn create_location(asked: Asked<'_>) -> Result<Value, Problem> {
    let (input, caller) = asked.input()?;
    let made = asked.api().app.inventory.create_location(&caller, &rest::location_input(&input)?).await?;
    Ok(json!({ "location": shown(&rest::location_body(&asked.heard(made)))?, "user_errors": [] }))
}

/// The journal of the counters, newest first.
async fn movements(asked: Asked<'_>) -> Result<Value, Problem> {
    let filter = asked.argument("filter").cloned().unwrap_or_default();
    let text = |name: &str| filter.get(name).and_then(Value::as_str);
    let query = JournalQuery {
        sku: text("sku").map(str::to_owned),
        variant_id: text("variant_id").map(|id| pages::id(id, "variant")).transpose()?,
        location_id: text("location").map(|id| pages::id(id, "location")).transpose()?,
        reason: rest::journal_reasons().find(|reason| text("reason") == Some(reason.as_str())),
        source: text("order_id").or(text("reservation_id")).map(str::to_owned),
        page: pages::asked(&asked)?,
    };
    let page = asked.api().app.inventory.movements(asked.caller(), &query).await?;
    pages::connection(page, |row| shown(&rest::movement_body(&row)))
}

async fn reservations(asked: Asked<'_>) -> Result<Value, Problem> {
    let page = pages::asked(&asked)?;
    let page = asked.api().app.inventory.reservations(asked.caller(), &page).await?;
    pages::connection(page, |view| shown(&rest::reservation_body(&view)))
}

async fn reservation(asked: Asked<'_>) -> Result<Value, Problem> {
    let id = pages::id(asked.text("id").unwrap_or_default(), "reservation")?;
    shown(&rest::reservation_body(&asked.api().app.inventory.reservation(asked.caller(), &id).await?))
}

async fn adjust(asked: Asked<'_>) -> Result<Value, Problem> {
    let (input, caller) = asked.input()?;
    let adjusted = asked.api().app.inventory.adjust(&caller, &rest::adjustment(&input)?).await?;
    Ok(json!({ "inventory_level": shown(&rest::level_body(&asked.heard(adjusted)))?, "user_errors": [] }))
}

fn payload(asked: &Asked<'_>, done: Answered<ReservationView>) -> Result<Value, Problem> {
    Ok(json!({ "reservation": shown(&rest::reservation_body(&asked.heard(done)))?, "user_errors": [] }))
}

async fn reserve(asked: Asked<'_>) -> Result<Value, Problem> {
    let (input, caller) = asked.input()?;
    payload(&asked, asked.api().app.inventory.reserve(&caller, &rest::reserve_input(&input)?).await?)
}

/// The reservation that an input is about, the rest of the input, and who asks.
fn about(asked: &Asked<'_>) -> Result<(ReservationId, Value, Caller), Problem> {
    let (mut input, caller) = asked.input()?;
    let id = taken(&mut input, "reservation_id");
    Ok((pages::id(&id, "reservation")?, input, caller))
}

async fn release(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, _, caller) = about(&asked)?;
    payload(&asked, asked.api().app.inventory.release(&caller, &id).await?)
}

async fn extend(asked: Asked<'_>) -> Result<Value, Problem> {
    let (id, input, caller) = about(&asked)?;
    payload(&asked, asked.api().app.inventory.extend(&caller, &id, rest::extend_input(&input)?).await?)
}

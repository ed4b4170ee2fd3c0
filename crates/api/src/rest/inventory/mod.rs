//! Stock, locations and reservations.

mod reservations;
mod shape;

use axum::extract::{Path, State};
use serde_json::Value;
use sutler_app::catalog::variant_name;
use sutler_app::inventory::{AdjustInput, LocationInput};
use sutler_app::ports::reads::{JournalQuery, StockQuery};
use sutler_app::{Page, Problem};
use sutler_domain::inventory::Reason;
use sutler_domain::{LocationId, OrderId, ReservationId};
use sutler_types::page::List;

use super::fields::{Fields, shortened};
use super::operation::Needs::Scope;
use super::operation::{Operations, operations};
use super::{Answer, Api, Call, Document, Params, Told, page};

pub(crate) use reservations::{extend_input, reserve_input};
pub(crate) use shape::{level_body, location_body, movement_body, reservation_body};

pub(super) fn routes() -> Operations {
    operations! {
        get "/locations", Scope("inventory:read"), "list_locations", "Every location" => locations;
        post "/locations", Scope("inventory:write"), "create_location", "Make a location" => create_location;
        get "/locations/{id}", Scope("inventory:read"), "get_location", "A location" => location;
        get "/inventory", Scope("inventory:read"), "list_inventory", "Levels of stock" => list;
        get "/inventory/{variant}/{location}", Scope("inventory:read"), "get_inventory", "The level of a variant at a location" => level;
        post "/inventory/adjustments", Scope("inventory:write"), "adjust_inventory", "Change or count what is on hand" => adjust;
        get "/inventory/movements", Scope("inventory:read"), "list_inventory_movements", "Every move of stock" => movements;
    }
    .merge(reservations::routes())
}

async fn locations(State(api): State<Api>, call: Call, params: Params) -> Told {
    params.done()?;
    let all = api.app.inventory.locations(&call.caller).await?;
    Ok(Answer::ok(&call).json(&List { data: all.iter().map(location_body).collect() }))
}

async fn location(State(api): State<Api>, call: Call, Path(id): Path<String>, params: Params) -> Told {
    params.done()?;
    let location = api.app.inventory.location(&call.caller, &location_id(&id)?).await?;
    Ok(Answer::ok(&call).version(location.version).json(&location_body(&location)))
}

async fn create_location(
    State(api): State<Api>,
    call: Call,
    params: Params,
    Document(body): Document,
) -> Told {
    params.done()?;
    let made = api.app.inventory.create_location(&call.caller, &location_input(&body)?).await?;
    let place = format!("/locations/{}", made.value.value.location_id);
    let answer = Answer::created(&call, place).replayed(made.replayed).version(made.value.version);
    Ok(answer.json(&location_body(&made.value)))
}

/// A location to make: `{name, location_id?, default?}`.
pub(crate) fn location_input(body: &Value) -> Result<LocationInput, Problem> {
    let mut f = Fields::of(body);
    f.need("name");
    let input = LocationInput {
        location_id: f.id("location_id"),
        name: f.text("name").unwrap_or_default(),
        default: f.flag("default").unwrap_or_default(),
    };
    f.done()?;
    Ok(input)
}

/// A page of levels.
async fn list(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let query = StockQuery {
        sku: params.text("sku"),
        variant_id: params.id("variant_id"),
        location_id: params.id("location"),
        low: params.flag("low_stock").unwrap_or_default(),
        page: params.page(),
    };
    params.done()?;
    Ok(page::shown(
        &call,
        api.app.inventory.list(&call.caller, &query).await?.map(|level| level_body(&level)),
    ))
}

async fn level(
    State(api): State<Api>,
    call: Call,
    Path((variant, location)): Path<(String, String)>,
    params: Params,
) -> Told {
    params.done()?;
    let (variant, location) = (variant_name(&variant)?, location_id(&location)?);
    let level = api.app.inventory.level(&call.caller, &variant, &location).await?;
    // The counters move without the version, so the version is no validator of them.
    Ok(Answer::ok(&call).json(&level_body(&level)))
}

async fn adjust(State(api): State<Api>, call: Call, params: Params, Document(body): Document) -> Told {
    params.done()?;
    let adjusted = api.app.inventory.adjust(&call.caller, &adjustment(&body)?).await?;
    Ok(Answer::ok(&call).replayed(adjusted.replayed).json(&level_body(&adjusted.value)))
}

pub(crate) fn adjustment(document: &Value) -> Result<AdjustInput, Problem> {
    let reasons = Reason::ADJUSTMENTS.map(|reason| (reason.as_str(), reason));
    let mut f = Fields::of(document);
    let input = AdjustInput {
        sku: f.text("sku"),
        variant_id: f.id("variant_id"),
        location: f.id("location"),
        delta: f.whole("delta"),
        set_to: f.whole("set_to"),
        reason: f.word("reason", &reasons),
        expected_on_hand: f.whole("expected_on_hand"),
        note: f.text("note"),
        safety_stock: f.whole("safety_stock"),
        reorder_point: f.patch("reorder_point", |f| f.whole("reorder_point")),
    };
    f.done()?;
    Ok(input)
}

/// A page of the journal.
async fn movements(State(api): State<Api>, call: Call, mut params: Params) -> Told {
    let reasons = journal_reasons().map(|reason| (reason.as_str(), reason));
    let reasons: Vec<_> = reasons.collect();
    let order: Option<OrderId> = params.id("order");
    let reservation: Option<ReservationId> = params.id("reservation");
    let query = JournalQuery {
        sku: params.text("sku"),
        variant_id: params.id("variant_id"),
        location_id: params.id("location"),
        reason: params.word("reason", &reasons),
        source: order.map(|id| id.to_string()).or(reservation.map(|id| id.to_string())),
        page: params.page(),
    };
    params.done()?;
    let rows: Page<_> = api.app.inventory.movements(&call.caller, &query).await?;
    Ok(page::shown(&call, rows.map(|row| movement_body(&row))))
}

/// Why a counter may have moved.
pub(crate) fn journal_reasons() -> impl Iterator<Item = Reason> {
    Reason::ADJUSTMENTS.into_iter().chain([Reason::Reserved, Reason::Released])
}

fn location_id(text: &str) -> Result<LocationId, Problem> {
    LocationId::parse(text).map_err(|_| Problem::not_found("location", shortened(text)))
}

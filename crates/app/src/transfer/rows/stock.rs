//! Stock of a file: how many units of a variant lie at a location. A count, as somebody would make it at the shelf.

use sutler_domain::LocationId;
use sutler_domain::inventory::Location;

use super::{Did, Failed};
use crate::Room;
use crate::caller::Caller;
use crate::error::Problem;
use crate::inventory::{AdjustInput, Inventory};
use crate::patch::Patch;
use crate::transfer::header::{Header, Row, Wrong};
use crate::transfer::mapping::Field;

/// Who takes stock in.
pub(super) struct Shelves {
    inventory: Inventory,
    locations: Vec<Location>,
    caller: Caller,
}

/// What a level is known by.
pub(super) fn key(header: &Header, row: &Row) -> String {
    let (sku, location) = (header.cell(row, Field::Code), header.cell(row, Field::Location));
    format!("{sku}\n{}", location.to_lowercase())
}

impl Shelves {
    pub(super) async fn of(caller: &Caller, room: &Room) -> Result<Self, Problem> {
        caller.may("inventory:write")?;
        let inventory = Inventory::new(room.clone());
        let locations = room.ports.stock.locations().await?.into_iter().map(|stored| stored.value).collect();
        let caller = Caller { idempotency_key: None, if_match: None, ..caller.clone() };
        Ok(Self { inventory, locations, caller })
    }

    /// Set a level to what the row says. An empty cell says nothing.
    pub(super) async fn take(&self, header: &Header, row: &Row, dry_run: bool) -> Result<Did, Failed> {
        let Some(said) = self.sketch(header, row)? else { return Ok(Did::SayNothing) };
        let before = self.inventory.adjustment(&self.caller, &said).await?.before;
        let as_before = said.set_to.is_none_or(|units| units == before.on_hand)
            && said.safety_stock.is_none_or(|units| units == before.safety_stock)
            && said.reorder_point.onto(before.reorder_point) == before.reorder_point;
        if as_before {
            return Ok(Did::Nothing);
        }
        if !dry_run {
            self.inventory.adjust(&self.caller, &said).await?;
        }
        Ok(Did::Update)
    }

    fn sketch(&self, header: &Header, row: &Row) -> Result<Option<AdjustInput>, Wrong> {
        let units = |field| units(header, row, field);
        let (set_to, safety_stock) = (units(Field::OnHand)?, units(Field::SafetyStock)?);
        let reorder_point = units(Field::ReorderPoint)?.map_or(Patch::Keep, Patch::Set);
        if set_to.is_none() && safety_stock.is_none() && reorder_point.is_keep() {
            return Ok(None);
        }
        let sku = header.cell(row, Field::Code);
        if sku.is_empty() {
            return Err(("sku_missing", "has units and no SKU, so nobody knows of what".to_owned()));
        }
        let location = self.location(header.cell(row, Field::Location))?;
        let sku = Some(sku.to_owned());
        Ok(Some(AdjustInput { sku, location, set_to, safety_stock, reorder_point, ..AdjustInput::default() }))
    }

    /// The location with this id or name, in any case; `None`: the default one.
    fn location(&self, named: &str) -> Result<Option<LocationId>, Wrong> {
        if named.is_empty() {
            return Ok(None);
        }
        let is_it = |location: &&Location| {
            location.location_id.as_str() == named || location.name.to_lowercase() == named.to_lowercase()
        };
        let found = self.locations.iter().find(is_it);
        found.map(|location| Some(location.location_id.clone())).ok_or_else(|| {
            let known: Vec<&str> = self.locations.iter().map(|location| location.name.as_str()).collect();
            let message = format!(
                "there is no location '{named}', only {}; make it first (POST /locations), or name another in the file",
                known.join(", ")
            );
            ("location_unknown", message)
        })
    }
}

/// A count of units. Programs for tables write whole numbers with a fraction of nothing.
fn units(header: &Header, row: &Row, field: Field) -> Result<Option<i64>, Wrong> {
    let cell = header.cell(row, field);
    if cell.is_empty() {
        return Ok(None);
    }
    let whole = cell
        .split_once('.')
        .filter(|(_, rest)| rest.bytes().all(|byte| byte == b'0'))
        .map_or(cell, |(whole, _)| whole);
    let message = || format!("'{cell}' of '{}' is no whole number of units", field.word());
    whole.parse().map(Some).map_err(|_| ("invalid_quantity", message()))
}

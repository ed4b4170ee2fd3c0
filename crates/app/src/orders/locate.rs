//! Where the stock of each item is reserved: the location named, else by the shop's priority.

use std::collections::{BTreeMap, HashMap};

use sutler_domain::inventory::{Location, Reservation};
use sutler_domain::{Fault, LocationId, VariantId};

use super::price::Priced;
use super::{OrderRequest, Orders};
use crate::commit::Shortage;
use crate::error::{Kind, Problem};
use crate::ports::reads::Stored;
use crate::settings::Settings;

/// What is already promised of a level by orders that are decided together with the one at hand.
pub(crate) type Promised = HashMap<(VariantId, LocationId), i64>;

/// The shop's locations in the order in which it reserves: those of `locations.priority`, then the default one,
/// then the others by name.
pub(crate) fn locations_in_order(settings: &Settings, known: &[Stored<Location>]) -> Vec<LocationId> {
    let exists = |id: &&LocationId| known.iter().any(|l| &l.value.location_id == *id);
    let mut order: Vec<LocationId> = settings.locations_priority.iter().filter(exists).cloned().collect();
    for location in known {
        if !order.contains(&location.value.location_id) {
            order.push(location.value.location_id.clone());
        }
    }
    order
}

impl Orders {
    /// A location for each item. The first try takes the first location unseen; after a shortage (`look`, with what others
    /// decided now take) the levels are read from the store and the first location that has enough is taken.
    pub(crate) async fn located(
        &self,
        request: &OrderRequest,
        items: &[Priced],
        basket: Option<&Reservation>,
        look: Option<&Promised>,
    ) -> Result<Vec<LocationId>, Problem> {
        let known = self.room.ports.stock.known_locations().await?;
        if let Some(named) = &request.location {
            if !known.iter().any(|l| &l.value.location_id == named) {
                let detail = format!("there is no location '{named}'; GET /locations lists them");
                return Err(Problem::invalid(vec![Fault::invalid("/location", detail)]));
            }
            return Ok(vec![named.clone(); items.len()]);
        }
        let order = locations_in_order(&self.room.settings, &known);
        let first = order.first().ok_or_else(|| Problem::internal(&"the shop has no location"))?;
        let kept: BTreeMap<&VariantId, &LocationId> =
            basket.iter().flat_map(|b| &b.lines).map(|l| (&l.variant_id, &l.location_id)).collect();
        let roomy = match look {
            Some(promised) => self.roomy(items, &order, promised).await?,
            None => HashMap::new(),
        };
        let place = |item: &Priced| {
            let id = &item.variant.variant_id;
            kept.get(id).copied().or_else(|| roomy.get(id)).unwrap_or(first).clone()
        };
        Ok(items.iter().map(place).collect())
    }

    /// For each tracked variant the first location that has enough for all items of it; for want of one, that
    /// with the most, so that the refusal tells what can be had.
    async fn roomy(
        &self,
        items: &[Priced],
        order: &[LocationId],
        promised: &Promised,
    ) -> Result<HashMap<VariantId, LocationId>, Problem> {
        let mut wanted: HashMap<VariantId, i64> = HashMap::new();
        for item in items.iter().filter(|i| i.variant.track_inventory) {
            let sum = wanted.entry(item.variant.variant_id.clone()).or_default();
            *sum = sum.saturating_add(item.input.quantity);
        }
        let variants: Vec<VariantId> = wanted.keys().cloned().collect();
        let levels = self.room.ports.stock.levels(&variants).await?;
        let available = |variant: &VariantId, location: &LocationId| {
            let level = levels.iter().find(|l| &l.at.variant_id == variant && &l.at.location_id == location);
            let gone = promised.get(&(variant.clone(), location.clone())).copied().unwrap_or_default();
            level.map_or(0, |l| l.level.available()).saturating_sub(gone)
        };
        let mut chosen = HashMap::new();
        for (variant, quantity) in wanted {
            let enough = order.iter().find(|location| available(&variant, location) >= quantity);
            let most = order.iter().max_by_key(|location| available(&variant, location));
            if let Some(location) = enough.or(most) {
                chosen.insert(variant, location.clone());
            }
        }
        Ok(chosen)
    }
}

/// The problem of a shortage: every short item, with what is available and what was asked in all.
pub(crate) fn out_of_stock(items: &[Priced], short: &[Shortage]) -> Problem {
    let mut faults = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let Some(shortage) = short.iter().find(|s| s.at.variant_id == item.variant.variant_id) else {
            continue;
        };
        let (available, requested) = (shortage.available.max(0), shortage.requested);
        let detail = format!("{available} available, {requested} requested");
        let fault = Fault::new(format!("/items/{index}/quantity"), "out_of_stock", detail)
            .text("sku", item.variant.sku.clone())
            .text("variant_id", item.variant.variant_id.as_str())
            .count("available", available)
            .count("requested", requested);
        faults.push((named(item), fault));
    }
    let list: Vec<String> =
        faults.iter().map(|(name, fault)| format!("{name} has {}", fault.detail)).collect();
    let detail = format!("{} of {} items cannot be reserved: {}", faults.len(), items.len(), list.join("; "));
    let faults = faults.into_iter().map(|(_, fault)| fault).collect();
    Problem::new(Kind::Conflict, "out_of_stock", detail).errors(faults)
}

fn named(item: &Priced) -> &str {
    if item.variant.sku.is_empty() { &item.product.title } else { &item.variant.sku }
}

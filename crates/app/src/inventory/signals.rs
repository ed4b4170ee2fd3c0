//! Tell where a level crossed a threshold, once for each crossing.

use std::collections::HashMap;

use sutler_domain::inventory::{Signal, StockEvent};
use sutler_domain::{LocationId, VariantId};

use super::Inventory;
use crate::commit::{Change, Expect, View, ViewChange};
use crate::error::Problem;
use crate::event::NewEvent;
use crate::ports::reads::{ProductName, StockLevel};
use crate::stream::StreamId;

impl Inventory {
    /// The changes that tell what levels have crossed since it was last told. Each expects the version that it
    /// read, so of two looks at once one is told. Untracked variants have nothing to run out of.
    pub(crate) async fn threshold_changes(
        &self,
        levels: &[(VariantId, LocationId)],
    ) -> Result<Vec<Change>, Problem> {
        let mut variants: Vec<VariantId> = levels.iter().map(|(variant, _)| variant.clone()).collect();
        variants.sort();
        variants.dedup();
        let tracked = self.tracked(&variants).await?;
        let stock = self.room.ports.stock.levels(&variants).await?;
        let asked = |level: &&StockLevel| {
            levels.iter().any(|(variant, location)| {
                &level.at.variant_id == variant && &level.at.location_id == location
            })
        };
        let crossed = |level: &&StockLevel| {
            tracked.get(&level.at.variant_id).copied().unwrap_or(false)
                && level.level.signal() != level.signal
        };
        Ok(stock.iter().filter(asked).filter(crossed).map(|level| self.told(level)).collect())
    }

    async fn tracked(&self, variants: &[VariantId]) -> Result<HashMap<VariantId, bool>, Problem> {
        let names: Vec<ProductName> = variants.iter().cloned().map(ProductName::Variant).collect();
        let products = self.room.ports.prices.products(&names).await?;
        let all = products.iter().flat_map(|(_, found)| &found.product.variants);
        Ok(all.map(|variant| (variant.variant_id.clone(), variant.track_inventory)).collect())
    }

    /// What was told moves on with the event.
    fn told(&self, level: &StockLevel) -> Change {
        let (variant_id, location_id) = (level.at.variant_id.clone(), level.at.location_id.clone());
        let stream = StreamId::stock(&variant_id, &location_id);
        let (before, now, level_now) = (level.signal, level.level.signal(), level.level);
        let event = match (before, now) {
            (_, Signal::OutOfStock) => {
                StockEvent::InventoryOutOfStock { variant_id, location_id, level: level_now }
            }
            (Signal::OutOfStock, _) => {
                StockEvent::InventoryBackInStock { variant_id, location_id, level: level_now }
            }
            (_, Signal::Low) => StockEvent::InventoryLow { variant_id, location_id, level: level_now },
            (_, Signal::InStock) => {
                StockEvent::StockReplenished { variant_id, location_id, level: level_now }
            }
        };
        let events = vec![NewEvent::of(&event, self.room.now())];
        let view = ViewChange::Put(Box::new(View::Stock(now)));
        Change { stream, expect: Expect::Exactly(level.version), events, view, numbered: false }
    }
}

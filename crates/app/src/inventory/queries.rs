//! Read levels and the journal.

use sutler_domain::{LocationId, VariantId};

use super::Inventory;
use crate::admission::JournalEntry;
use crate::caller::Caller;
use crate::commit::{Answer, StockKey};
use crate::error::Problem;
use crate::page::{From, PAGE_MAX, Page, PageRequest};
use crate::ports::reads::{JournalQuery, ProductName, StockLevel, StockQuery};

impl Inventory {
    /// A page of levels.
    pub async fn list(&self, caller: &Caller, query: &StockQuery) -> Result<Page<StockLevel>, Problem> {
        caller.may("inventory:read")?;
        Ok(self.room.ports.stock.stock(query).await?)
    }

    /// The level of a variant, named by id or SKU, at a location. A variant that was never counted there has 0.
    pub async fn level(
        &self,
        caller: &Caller,
        variant: &ProductName,
        location: &LocationId,
    ) -> Result<StockLevel, Problem> {
        caller.may("inventory:read")?;
        self.location(caller, location).await?;
        let found = self.room.ports.catalog.products(std::slice::from_ref(variant)).await?.into_iter().next();
        let found = found.map(|(_, found)| found.product);
        let known =
            found.as_ref().and_then(|product| crate::catalog::pick(variant, product).ok().zip(Some(product)));
        let variant_id = match (known, variant) {
            (Some((known, _)), _) => known.variant_id.clone(),
            (None, ProductName::Variant(id)) => id.clone(),
            (None, _) => return Err(crate::catalog::unknown(variant)),
        };
        let at = StockKey { variant_id, location_id: location.clone() };
        let levels = self.room.ports.stock.levels(std::slice::from_ref(&at.variant_id)).await?;
        match (levels.into_iter().find(|level| level.at == at), known) {
            (Some(level), _) => Ok(level),
            (None, Some((variant, product))) => {
                Ok(uncounted(at, variant.sku.clone(), product.product_id.clone()))
            }
            (None, None) => Err(crate::catalog::unknown(variant)),
        }
    }

    /// Every level of these variants.
    pub async fn levels_of(
        &self,
        caller: &Caller,
        variants: &[VariantId],
    ) -> Result<Vec<StockLevel>, Problem> {
        caller.may("inventory:read")?;
        Ok(self.room.ports.stock.levels(variants).await?)
    }

    /// A page of the journal: every move of a counter, newest first.
    pub async fn movements(
        &self,
        caller: &Caller,
        query: &JournalQuery,
    ) -> Result<Page<JournalEntry>, Problem> {
        caller.may("inventory:read")?;
        Ok(self.room.ports.stock.journal(query).await?)
    }

    /// A level as of the version that an adjustment was answered with: the journal has the level after each move.
    pub(super) async fn level_as_of(&self, answer: &Answer) -> Result<StockLevel, Problem> {
        let lost =
            || Problem::internal(&format!("no journal row answers {} {}", answer.stream, answer.version));
        let (variant, location) = answer.stream.id().split_once('/').ok_or_else(lost)?;
        let at = StockKey {
            variant_id: VariantId::trusted(variant.into()),
            location_id: LocationId::trusted(location.into()),
        };
        let events = self.room.ports.feed.stream(&answer.stream, Some(answer.version)).await?;
        let position = events.last().ok_or_else(lost)?.position;
        let mut query = JournalQuery {
            variant_id: Some(at.variant_id.clone()),
            location_id: Some(at.location_id.clone()),
            page: PageRequest { limit: PAGE_MAX, ..PageRequest::default() },
            ..JournalQuery::default()
        };
        let row = loop {
            let page = self.room.ports.stock.journal(&query).await?;
            match (page.rows.into_iter().find(|row| row.position <= position), page.next) {
                (Some(row), _) => break row,
                (None, Some(next)) => query.page.from = From::After(next),
                (None, None) => return Err(lost()),
            }
        };
        let levels = self.room.ports.stock.levels(std::slice::from_ref(&at.variant_id)).await?;
        let now = levels.into_iter().find(|level| level.at == at).ok_or_else(lost)?;
        Ok(StockLevel { level: row.after, version: answer.version, ..now })
    }
}

fn uncounted(at: StockKey, sku: String, product_id: sutler_domain::ProductId) -> StockLevel {
    let (level, signal) = Default::default();
    StockLevel { at, sku, product_id: Some(product_id), level, signal, version: sutler_domain::Version(0) }
}

//! Reads of stock, locations and reservations.

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::admission::JournalEntry;
use sutler_app::commit::StockKey;
use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::reads::{JournalQuery, StockLevel, StockQuery};
use sutler_app::ports::{ReadError, StockReads, Stored};
use sutler_app::stream::StreamId;
use sutler_domain::inventory::{Level, Location, Reservation, ReservationStatus, Signal};
use sutler_domain::{ReservationId, VariantId};

use super::{Memory, State, page};

#[async_trait]
impl StockReads for Memory {
    async fn levels(&self, variants: &[VariantId]) -> Result<Vec<StockLevel>, ReadError> {
        let state = self.state.lock();
        let wanted = state.heads.stock.iter().filter(|(at, _)| variants.contains(&at.variant_id));
        let mut levels: Vec<_> = wanted.map(|(at, level)| state.level(at, *level)).collect();
        levels.sort_by(|a, b| a.at.cmp(&b.at));
        Ok(levels)
    }

    async fn stock(&self, query: &StockQuery) -> Result<Page<StockLevel>, ReadError> {
        let state = self.state.lock();
        let rows = state.heads.stock.iter().map(|(at, level)| state.level(at, *level)).filter(|row| {
            query.sku.as_ref().is_none_or(|sku| &row.sku == sku)
                && query.variant_id.as_ref().is_none_or(|id| &row.at.variant_id == id)
                && query.location_id.as_ref().is_none_or(|id| &row.at.location_id == id)
                && (!query.low || row.level.signal() != Signal::InStock)
        });
        let keyed = rows.map(|row| ((row.at.variant_id.to_string(), row.at.location_id.to_string()), row));
        page::cut(keyed.collect(), false, &query.page)
    }

    async fn journal(&self, query: &JournalQuery) -> Result<Page<JournalEntry>, ReadError> {
        let state = self.state.lock();
        let rows = (1i64..).zip(&state.journal).filter(|(_, row)| {
            query.sku.as_ref().is_none_or(|sku| &state.sku(&row.at.variant_id) == sku)
                && query.variant_id.as_ref().is_none_or(|id| &row.at.variant_id == id)
                && query.location_id.as_ref().is_none_or(|id| &row.at.location_id == id)
                && query.reason.is_none_or(|reason| row.reason == reason)
                && query.source.as_ref().is_none_or(|id| row.source.as_ref().is_some_and(|s| s.id() == id))
        });
        let keyed = rows.map(|(line, row)| ((line, String::new()), row.clone()));
        page::cut(keyed.collect(), true, &query.page)
    }

    async fn locations(&self) -> Result<Vec<Stored<Location>>, ReadError> {
        let state = self.state.lock();
        let mut all: Vec<_> = state.locations.values().collect();
        all.sort_by_key(|location| (!location.default, &location.name, &location.location_id));
        Ok(all.into_iter().map(|l| state.stored(&StreamId::from(&l.location_id), l.clone())).collect())
    }

    async fn reservation(&self, id: &ReservationId) -> Result<Option<Stored<Reservation>>, ReadError> {
        let state = self.state.lock();
        Ok(state.reservations.get(id).map(|one| state.stored(&StreamId::from(id), one.clone())))
    }

    async fn reservations(&self, request: &PageRequest) -> Result<Page<Stored<Reservation>>, ReadError> {
        let state = self.state.lock();
        let keyed = state.reservations.values().map(|one| {
            let stored = state.stored(&StreamId::from(&one.reservation_id), one.clone());
            ((one.created_at.as_microsecond(), one.reservation_id.to_string()), stored)
        });
        page::cut(keyed.collect(), true, request)
    }

    async fn due_reservations(&self, now: Timestamp, limit: u32) -> Result<Vec<ReservationId>, ReadError> {
        let state = self.state.lock();
        let open = state.reservations.values().filter(|one| one.status == ReservationStatus::Open);
        let mut due: Vec<_> = open
            .filter(|one| one.expires_at <= now)
            .map(|one| (one.expires_at, &one.reservation_id))
            .collect();
        due.sort();
        due.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(due.into_iter().map(|(_, id)| id.clone()).collect())
    }
}

impl State {
    fn level(&self, at: &StockKey, level: Level) -> StockLevel {
        let stream = StreamId::stock(&at.variant_id, &at.location_id);
        let product = self.products.values().find(|p| p.variant(&at.variant_id).is_some());
        StockLevel {
            at: at.clone(),
            sku: self.sku(&at.variant_id),
            product_id: product.map(|p| p.product_id.clone()),
            level,
            signal: self.signals.get(&stream).copied().unwrap_or_default(),
            version: self.heads.version(&stream),
        }
    }

    fn sku(&self, id: &VariantId) -> String {
        let variant = self.products.values().find_map(|product| product.variant(id));
        variant.map(|v| v.sku.clone()).unwrap_or_default()
    }
}

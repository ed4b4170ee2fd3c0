//! The locations of the shop, in the order in which they are shown.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use quick_cache::sync::Cache;
use sutler_app::admission::JournalEntry;
use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::reads::{JournalQuery, StockLevel, StockQuery};
use sutler_app::ports::{ReadError, StockReads, Stored};
use sutler_domain::inventory::{Location, Reservation};
use sutler_domain::{ReservationId, VariantId};

use super::Cached;

/// The one list of them, once it was read.
pub(super) struct Locations(Cache<(), Arc<[Stored<Location>]>>);

impl Default for Locations {
    fn default() -> Self {
        Self(Cache::new(1))
    }
}

impl Locations {
    /// A read that is under way is not kept either.
    pub(super) fn forget(&self) {
        self.0.remove(&());
    }
}

#[async_trait]
impl<S: StockReads> StockReads for Cached<S> {
    async fn known_locations(&self) -> Result<Arc<[Stored<Location>]>, ReadError> {
        self.kept.locations.0.get_or_insert_async(&(), self.store.known_locations()).await
    }

    async fn locations(&self) -> Result<Vec<Stored<Location>>, ReadError> {
        self.store.locations().await
    }

    async fn levels(&self, variants: &[VariantId]) -> Result<Vec<StockLevel>, ReadError> {
        self.store.levels(variants).await
    }

    async fn stock(&self, query: &StockQuery) -> Result<Page<StockLevel>, ReadError> {
        self.store.stock(query).await
    }

    async fn journal(&self, query: &JournalQuery) -> Result<Page<JournalEntry>, ReadError> {
        self.store.journal(query).await
    }

    async fn reservation(&self, id: &ReservationId) -> Result<Option<Stored<Reservation>>, ReadError> {
        self.store.reservation(id).await
    }

    async fn reservations(&self, page: &PageRequest) -> Result<Page<Stored<Reservation>>, ReadError> {
        self.store.reservations(page).await
    }

    async fn due_reservations(&self, now: Timestamp, limit: u32) -> Result<Vec<ReservationId>, ReadError> {
        self.store.due_reservations(now, limit).await
    }
}

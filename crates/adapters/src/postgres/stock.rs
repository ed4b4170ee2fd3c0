//! Reads of stock, locations and reservations.

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::admission::JournalEntry;
use sutler_app::commit::StockKey;
use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::reads::{JournalQuery, StockLevel, StockQuery};
use sutler_app::ports::{ReadError, StockReads, Stored};
use sutler_app::stream::StreamId;
use sutler_domain::inventory::{Level, Location, Reservation};
use sutler_domain::{LocationId, Position, ProductId, ReservationId, VariantId, Version};
use tokio_postgres::Row;

use super::Postgres;
use super::list::{List, Value};
use super::session::{self, column, get, number, p, stored};
use super::trouble::Result;
use crate::listing::stock::{LEVEL, LEVELS, levels, moves};

/// The same as a signal other than in stock.
const LOW: &str = "stock.on_hand - stock.reserved - stock.safety_stock
    <= greatest(coalesce(stock.reorder_point, 0), 0)";

#[async_trait]
impl StockReads for Postgres {
    async fn levels(&self, variants: &[VariantId]) -> std::result::Result<Vec<StockLevel>, ReadError> {
        let ids = column(variants, VariantId::as_str);
        let sql = format!(
            "SELECT {LEVEL} FROM {LEVELS} WHERE stock.variant_id = ANY($1)
             ORDER BY stock.variant_id, stock.location_id"
        );
        self.readers.all(&sql, &[p(&ids)], level).await
    }

    async fn stock(&self, query: &StockQuery) -> std::result::Result<Page<StockLevel>, ReadError> {
        levels(query, LOW).read::<String, String, _>(&self.readers, &query.page, level).await
    }

    async fn journal(&self, query: &JournalQuery) -> std::result::Result<Page<JournalEntry>, ReadError> {
        let list = moves::<Value>(query, "row");
        list.read::<i64, i64, _>(&self.readers, &query.page, entry).await
    }

    async fn locations(&self) -> std::result::Result<Vec<Stored<Location>>, ReadError> {
        let sql = "SELECT body, version FROM locations ORDER BY is_default DESC, name, location_id";
        self.readers.all(sql, &[], stored).await
    }

    async fn reservation(
        &self,
        id: &ReservationId,
    ) -> std::result::Result<Option<Stored<Reservation>>, ReadError> {
        let sql = "SELECT body, version FROM reservations WHERE reservation_id = $1";
        self.readers.first(sql, &[p(&id.as_str())], stored).await
    }

    async fn reservations(
        &self,
        page: &PageRequest,
    ) -> std::result::Result<Page<Stored<Reservation>>, ReadError> {
        let list = List::new("body, version", "reservations", ("created_at", "reservation_id"), true);
        list.read::<i64, String, _>(&self.readers, page, stored).await
    }

    async fn due_reservations(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> std::result::Result<Vec<ReservationId>, ReadError> {
        let sql = "SELECT reservation_id FROM reservations WHERE ends_at IS NOT NULL AND ends_at <= $1
                   ORDER BY ends_at, reservation_id LIMIT $2";
        let (now, limit) = (now.as_microsecond(), i64::from(limit));
        let read = |row: &Row| Ok(ReservationId::trusted(get::<String>(row, 0)?.into()));
        self.readers.all(sql, &[p(&now), p(&limit)], read).await
    }
}

pub(super) fn at(row: &Row, column: usize) -> Result<StockKey> {
    Ok(StockKey {
        variant_id: VariantId::trusted(get::<String>(row, column)?.into()),
        location_id: LocationId::trusted(get::<String>(row, column + 1)?.into()),
    })
}

pub(super) fn counters(row: &Row, column: usize) -> Result<Level> {
    Ok(Level {
        on_hand: get(row, column)?,
        reserved: get(row, column + 1)?,
        safety_stock: get(row, column + 2)?,
        reorder_point: get(row, column + 3)?,
    })
}

fn level(row: &Row) -> Result<StockLevel> {
    Ok(StockLevel {
        at: at(row, 0)?,
        level: counters(row, 2)?,
        signal: session::word(row, 6)?,
        sku: get(row, 7)?,
        product_id: get::<Option<String>>(row, 8)?.map(|id| ProductId::trusted(id.into())),
        version: Version(number(row, 9)?),
    })
}

pub(super) fn entry(row: &Row) -> Result<JournalEntry> {
    let source: Option<&str> = get(row, 11)?;
    Ok(JournalEntry {
        position: Position(number(row, 0)?),
        line: super::queue::count(number(row, 1)?),
        at: at(row, 2)?,
        reason: session::word(row, 4)?,
        on_hand: get(row, 5)?,
        reserved: get(row, 6)?,
        after: counters(row, 7)?,
        source: source.and_then(StreamId::parse),
        actor: get(row, 12)?,
        note: get(row, 13)?,
        recorded_at: session::time(row, 14)?,
    })
}

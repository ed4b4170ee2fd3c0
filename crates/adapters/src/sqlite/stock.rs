//! Reads of stock, locations and reservations.

use async_trait::async_trait;
use jiff::Timestamp;
use rusqlite::{Result, Row};
use sutler_app::admission::JournalEntry;
use sutler_app::commit::StockKey;
use sutler_app::page::{Page, PageRequest};
use sutler_app::ports::reads::{JournalQuery, StockLevel, StockQuery};
use sutler_app::ports::{ReadError, StockReads, Stored};
use sutler_app::stream::StreamId;
use sutler_domain::inventory::{Level, Location, Reservation};
use sutler_domain::{LocationId, Position, ProductId, ReservationId, VariantId, Version};

use super::Sqlite;
use super::list::{Blocks, List};
use super::session::{self, array};
use crate::listing::stock::{LEVEL, LEVELS, levels, moves};

/// The blocks of `journal_by_variant`: 8,192 rows each.
const JOURNAL: Blocks = Blocks {
    of_row: "journal.row >> 13",
    all: "WITH RECURSIVE blocks (block) AS (
              SELECT max(row) >> 13 FROM journal HAVING max(row) IS NOT NULL
              UNION ALL
              SELECT block - 1 FROM blocks WHERE block > 0)
          SELECT block, block << 13, (block << 13) + 8191 FROM blocks",
};

/// The condition of the index `stock_low`; the same as a signal other than in stock.
const LOW: &str =
    "stock.on_hand - stock.reserved - stock.safety_stock <= max(coalesce(stock.reorder_point, 0), 0)";

#[async_trait]
impl StockReads for Sqlite {
    async fn levels(&self, variants: &[VariantId]) -> std::result::Result<Vec<StockLevel>, ReadError> {
        let ids: Vec<String> = variants.iter().map(ToString::to_string).collect();
        let sql = format!(
            "SELECT {LEVEL} FROM {LEVELS} WHERE stock.variant_id IN rarray(?1)
             ORDER BY stock.variant_id, stock.location_id"
        );
        self.readers.read(move |session| session.all(&sql, [array(ids)], level)).await
    }

    async fn stock(&self, query: &StockQuery) -> std::result::Result<Page<StockLevel>, ReadError> {
        levels(query, LOW).read::<String, String, _>(&self.readers, &query.page, level).await
    }

    async fn journal(&self, query: &JournalQuery) -> std::result::Result<Page<JournalEntry>, ReadError> {
        let list = moves(query, "''");
        if query.sku.is_some() || query.variant_id.is_some() {
            list.read_blocks::<String, _>(&JOURNAL, &self.readers, &query.page, entry).await
        } else {
            list.read::<i64, String, _>(&self.readers, &query.page, entry).await
        }
    }

    async fn locations(&self) -> std::result::Result<Vec<Stored<Location>>, ReadError> {
        let sql = "SELECT body, version FROM locations ORDER BY is_default DESC, name, location_id";
        self.readers.read(move |session| session.all(sql, [], session::stored)).await
    }

    async fn reservation(
        &self,
        id: &ReservationId,
    ) -> std::result::Result<Option<Stored<Reservation>>, ReadError> {
        let (id, sql) = (id.to_string(), "SELECT body, version FROM reservations WHERE reservation_id = ?1");
        self.readers.read(move |session| session.one(sql, [id], session::stored)).await
    }

    async fn reservations(
        &self,
        page: &PageRequest,
    ) -> std::result::Result<Page<Stored<Reservation>>, ReadError> {
        let list = List::new("body, version", "reservations", ("created_at", "reservation_id"), true);
        list.read::<i64, String, _>(&self.readers, page, session::stored).await
    }

    async fn due_reservations(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> std::result::Result<Vec<ReservationId>, ReadError> {
        let sql = "SELECT reservation_id FROM reservations WHERE ends_at IS NOT NULL AND ends_at <= ?1
                   ORDER BY ends_at, reservation_id LIMIT ?2";
        let read = |row: &Row<'_>| Ok(ReservationId::trusted(row.get::<_, String>(0)?.into()));
        let now = now.as_microsecond();
        self.readers.read(move |session| session.all(sql, (now, limit), read)).await
    }
}

pub(super) fn at(row: &Row<'_>, column: usize) -> Result<StockKey> {
    Ok(StockKey {
        variant_id: VariantId::trusted(row.get::<_, String>(column)?.into()),
        location_id: LocationId::trusted(row.get::<_, String>(column + 1)?.into()),
    })
}

pub(super) fn counters(row: &Row<'_>, column: usize) -> Result<Level> {
    Ok(Level {
        on_hand: row.get(column)?,
        reserved: row.get(column + 1)?,
        safety_stock: row.get(column + 2)?,
        reorder_point: row.get(column + 3)?,
    })
}

fn level(row: &Row<'_>) -> Result<StockLevel> {
    Ok(StockLevel {
        at: at(row, 0)?,
        level: counters(row, 2)?,
        signal: session::word(row, 6)?,
        sku: row.get(7)?,
        product_id: row.get::<_, Option<String>>(8)?.map(|id| ProductId::trusted(id.into())),
        version: Version(row.get(9)?),
    })
}

pub(super) fn entry(row: &Row<'_>) -> Result<JournalEntry> {
    let source: Option<String> = row.get(11)?;
    Ok(JournalEntry {
        position: Position(row.get(0)?),
        line: row.get(1)?,
        at: at(row, 2)?,
        reason: session::word(row, 4)?,
        on_hand: row.get(5)?,
        reserved: row.get(6)?,
        after: counters(row, 7)?,
        source: source.as_deref().and_then(StreamId::parse),
        actor: row.get(12)?,
        note: row.get(13)?,
        recorded_at: session::time(row, 14)?,
    })
}

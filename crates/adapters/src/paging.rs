//! What all stores agree on where lists are cut into pages: sort keys, and their text in cursors.

use jiff::Timestamp;
use sutler_app::page::{Cursor, From, PageRequest};
use sutler_app::ports::ReadError;
use sutler_app::ports::reads::OrderSort;
use sutler_domain::orders::Order;

/// A key that a list is sorted by.
pub(crate) trait SortKey: Ord + Clone {
    /// Its text in a cursor.
    fn to_text(&self) -> String;
    /// Read the text.
    fn of_text(text: &str) -> Option<Self>;
}

impl SortKey for i64 {
    fn to_text(&self) -> String {
        self.to_string()
    }
    fn of_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl SortKey for String {
    fn to_text(&self) -> String {
        self.clone()
    }
    fn of_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

/// The cursor at a row.
pub(crate) fn cursor<K: SortKey, I: SortKey>(key: &K, id: &I) -> Cursor {
    Cursor { key: key.to_text(), id: id.to_text() }
}

/// The row that a page begins at, if any, and whether the page goes backwards from it.
pub(crate) fn start<K: SortKey, I: SortKey>(
    request: &PageRequest,
) -> Result<(Option<(K, I)>, bool), ReadError> {
    let read =
        |cursor: &Cursor| K::of_text(&cursor.key).zip(I::of_text(&cursor.id)).ok_or(ReadError::BadCursor);
    match &request.from {
        From::Start => Ok((None, false)),
        From::After(cursor) => Ok((Some(read(cursor)?), false)),
        From::Before(cursor) => Ok((Some(read(cursor)?), true)),
    }
}

/// What orders are sorted by.
pub(crate) fn order_key(sort: OrderSort, order: &Order, number: u64) -> i64 {
    match sort {
        OrderSort::PlacedAt => order.placed_at.as_microsecond(),
        OrderSort::UpdatedAt => order.updated_at.as_microsecond(),
        OrderSort::Number => order_number(number),
        OrderSort::Total => order.totals.total,
    }
}

/// What breaks the ties of orders: their number.
pub(crate) fn order_number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A time that a store kept as microseconds. Out of range only if somebody wrote the file by hand.
pub(crate) fn time(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or_default()
}

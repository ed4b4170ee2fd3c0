//! A whole shop as text: every row of every table, in an order that is the same in each database. So what goes out of
//! one can go into another, and two databases with the same shop give the same bytes.
//!
//! The file is NDJSON: a head, then `["table", cell, …]` for each row, then how many rows there are. Bytes are
//! `{"hex": "…"}`, yes and no are 1 and 0. What a database keeps for itself only, such as which orders lie in which block,
//! is not in it; it is worked out anew.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};

/// The version of the form.
const FORM: u32 = 1;

/// The longest row, in bytes: an order with 5,000 items, its history not counted, is below.
pub const WHOLE_ROW_BYTES_MAX: usize = 64 * 1024 * 1024;

/// A table as every database has it.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) columns: &'static str,
    /// What its rows are sorted by.
    pub(crate) order: &'static str,
    /// Whether the database numbers its rows.
    pub(crate) is_numbered: bool,
}

const fn table(name: &'static str, columns: &'static str, order: &'static str) -> Table {
    Table { name, columns, order, is_numbered: false }
}

const fn numbered(name: &'static str, columns: &'static str) -> Table {
    Table { name, columns, order: "row", is_numbered: true }
}

/// Every table, those that others name first.
pub(crate) const TABLES: &[Table] = &[
    table(
        "head",
        "one, epoch, first_epoch, position, hash, recorded_at, next_number, keys_in, keys_since",
        "one",
    ),
    table(
        "events",
        "position, event_id, stream, version, name, body, at, recorded_at, actor, causation, traceparent, number, hash",
        "position",
    ),
    table("streams", "stream, version", "stream"),
    table("claims", "kind, value, holder", "kind, value"),
    table("keys_a", "shop, key, fingerprint, stream, version, part, waits, at", "shop, key"),
    table("keys_b", "shop, key, fingerprint, stream, version, part, waits, at", "shop, key"),
    table(
        "orders",
        "number, order_id, version, status, payment_status, fulfillment_status, placed_at, updated_at, total, \
         currency, expires_at, terms, body",
        "number",
    ),
    table("order_terms", "term, placed_at, number", "term, placed_at, number"),
    table("order_parts", "part, number", "part"),
    table("products", "product_id, version, handle, title, status, updated_at, body", "product_id"),
    table("product_terms", "term, title, product_id", "term, title, product_id"),
    table("variants", "variant_id, product_id, sku", "variant_id"),
    table("prices", "variant_id, version, body", "variant_id"),
    table("categories", "category_id, version, parent_id, handle, position, body", "category_id"),
    table(
        "collections",
        "collection_id, version, handle, title, status, publish_at, unpublish_at, body",
        "collection_id",
    ),
    table(
        "stock",
        "variant_id, location_id, on_hand, reserved, safety_stock, reorder_point, signal",
        "variant_id, location_id",
    ),
    numbered(
        "journal",
        "row, position, line, variant_id, location_id, reason, on_hand, reserved, after_on_hand, after_reserved, \
         after_safety_stock, after_reorder_point, source, actor, note, recorded_at",
    ),
    table("locations", "location_id, version, name, is_default, body", "location_id"),
    table("reservations", "reservation_id, version, created_at, ends_at, body", "reservation_id"),
    table("contacts", "contact_id, version, body", "contact_id, version"),
    table("notes", "note_id, version, body", "note_id"),
    table("customers", "customer_id, version, created_at, body", "customer_id"),
    table("erasures", "stream, version, at", "stream"),
    table("api_keys", "key_id, version, hash, created_at, body", "key_id"),
    table("users", "user_id, version, email, body", "user_id"),
    table("sessions", "session_id, version, hash, user_id, created_at, ends_at, body", "session_id"),
    table("last_seen", "subject, at", "subject"),
    numbered("audit_log", "row, at, actor, action, subject, before, after, request_id"),
    numbered(
        "jobs",
        "row, job_id, name, kind, subject, state, attempts, run_at, due_at, last_error, worker, token, created_at, \
         unique_key",
    ),
    numbered("job_attempts", "row, job_id, attempt, error, at"),
    table("paused_queues", "queue, since, paused_by", "queue"),
    table("imports", "import_id, version, body", "import_id"),
    table("saved_views", "owner, version, body", "owner"),
    table("cursors", "name, position", "name"),
    table("bookmarks", "name, version, epoch, position", "name"),
    table("webhook_endpoints", "endpoint_id, version, enabled, created_at, body", "endpoint_id"),
    numbered(
        "webhook_deliveries",
        "row, delivery_id, endpoint_id, position, event_id, kind, subject, state, tries, attempts, due_at, \
         last_status, last_error, created_at",
    ),
    numbered("webhook_attempts", "row, delivery_id, body"),
    table("webhook_health", "endpoint_id, failures, failing_since, last_success_at", "endpoint_id"),
];

impl Table {
    /// The statement that reads its rows.
    pub(crate) fn select(&self) -> String {
        format!("SELECT {} FROM {} ORDER BY {}", self.columns, self.name, self.order)
    }

    /// How many cells a row has.
    pub(crate) fn width(&self) -> usize {
        self.columns.split(',').count()
    }
}

/// What stands in a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bytes { hex: String },
}

impl Cell {
    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        Self::Bytes { hex: hex::encode(bytes) }
    }
}

/// Why a shop did not move. What it was to move into is as it was.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// The database, or what it is on, said so.
    #[error("{0}")]
    Database(String),
    /// There is a shop already.
    #[error(
        "the database {place} has a shop already, up to event {position}\n  \
         nothing was changed. Name an empty one in DATABASE_URL"
    )]
    NotEmpty {
        /// Which.
        place: String,
        /// Where its log ends.
        position: u64,
    },
    /// The file is none of a shop, or not all of it.
    #[error(
        "line {line} of the file cannot be taken: {reason}\n  nothing was changed. Export the shop again"
    )]
    Damaged {
        /// Where.
        line: u64,
        /// Why.
        reason: String,
    },
    /// The file is of another version of the program.
    #[error(
        "the file has schema {found}, this binary knows {known}\n  \
         nothing was changed. Export and import with the same version"
    )]
    OtherSchema {
        /// Of the file.
        found: i64,
        /// Of this binary.
        known: i64,
    },
    /// The file or the pipe.
    #[error(transparent)]
    Io(#[from] io::Error),
}

#[derive(Serialize, Deserialize)]
struct Head {
    sutler_shop: u32,
    schema: i64,
}

#[derive(Serialize, Deserialize)]
struct End {
    rows: u64,
}

/// A shop on its way out.
pub(crate) struct Outward<W: Write> {
    out: W,
    rows: u64,
}

impl<W: Write> Outward<W> {
    pub(crate) fn begin(mut out: W, schema: i64) -> Result<Self, MoveError> {
        line(&mut out, &Head { sutler_shop: FORM, schema })?;
        Ok(Self { out, rows: 0 })
    }

    pub(crate) fn row(&mut self, table: &Table, cells: &[Cell]) -> Result<(), MoveError> {
        self.rows = self.rows.saturating_add(1);
        let name = Cell::Text(table.name.to_owned());
        let row: Vec<&Cell> = std::iter::once(&name).chain(cells).collect();
        line(&mut self.out, &row)
    }

    /// Gives how many rows there were.
    pub(crate) fn end(mut self) -> Result<u64, MoveError> {
        line(&mut self.out, &End { rows: self.rows })?;
        self.out.flush()?;
        Ok(self.rows)
    }
}

fn line(out: &mut impl Write, value: &impl Serialize) -> Result<(), MoveError> {
    serde_json::to_writer(&mut *out, value).map_err(io::Error::from)?;
    Ok(out.write_all(b"\n")?)
}

/// A shop on its way in: its rows, table after table in the order of [`TABLES`]. What is not whole is an error before its
/// end, so nothing of it is kept.
pub(crate) struct Inward<R: BufRead> {
    from: R,
    line: u64,
    rows: u64,
    table: usize,
    buffer: Vec<u8>,
}

impl<R: BufRead> Inward<R> {
    pub(crate) fn begin(from: R, known: i64) -> Result<Self, MoveError> {
        let mut inward = Self { from, line: 0, rows: 0, table: 0, buffer: Vec::new() };
        inward.read()?;
        let head: Result<Head, _> = serde_json::from_slice(&inward.buffer);
        let head = head.map_err(|_| inward.damaged("it is not the beginning of an exported shop"))?;
        match head {
            Head { sutler_shop: FORM, schema } if schema == known => Ok(inward),
            Head { schema, .. } => Err(MoveError::OtherSchema { found: schema, known }),
        }
    }

    /// The next row and its table; `None` when all were there.
    pub(crate) fn next(&mut self) -> Result<Option<(&'static Table, Vec<Cell>)>, MoveError> {
        self.read()?;
        if let Ok(End { rows }) = serde_json::from_slice(&self.buffer) {
            return if rows == self.rows {
                Ok(None)
            } else {
                Err(self.damaged(&format!("{} rows came before it, not {rows}", self.rows)))
            };
        }
        let cells: Result<Vec<Cell>, _> = serde_json::from_slice(&self.buffer);
        let cells = cells.map_err(|error| self.damaged(&error.to_string()))?;
        let mut cells = cells.into_iter();
        let Some(Cell::Text(name)) = cells.next() else { return Err(self.damaged("it names no table")) };
        let later = TABLES.iter().enumerate().skip(self.table).find(|(_, table)| table.name == name);
        let Some((index, table)) = later else {
            return Err(self.damaged(&format!("there is no table '{name}' here, or its rows came before")));
        };
        let cells: Vec<Cell> = cells.collect();
        if cells.len() != table.width() {
            return Err(self.damaged(&format!("a row of {name} has {} cells", table.width())));
        }
        (self.table, self.rows) = (index, self.rows.saturating_add(1));
        Ok(Some((table, cells)))
    }

    fn read(&mut self) -> Result<(), MoveError> {
        self.line = self.line.saturating_add(1);
        self.buffer.clear();
        let most = u64::try_from(WHOLE_ROW_BYTES_MAX).unwrap_or(u64::MAX);
        let mut from = io::Read::take(&mut self.from, most);
        from.read_until(b'\n', &mut self.buffer)?;
        if self.buffer.last() != Some(&b'\n') {
            return Err(self.damaged("the file ends here, before the shop does"));
        }
        Ok(())
    }

    pub(crate) fn damaged(&self, reason: &str) -> MoveError {
        MoveError::Damaged { line: self.line, reason: reason.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(rows: &[(&str, &[Cell])]) -> String {
        let mut out = Vec::new();
        let mut outward = Outward::begin(&mut out, 6).unwrap();
        for (name, cells) in rows {
            outward.row(TABLES.iter().find(|table| table.name == *name).unwrap(), cells).unwrap();
        }
        outward.end().unwrap();
        String::from_utf8(out).unwrap()
    }

    fn read(text: &str) -> Result<usize, MoveError> {
        let mut inward = Inward::begin(text.as_bytes(), 6)?;
        let mut rows = 0;
        while inward.next()?.is_some() {
            rows += 1;
        }
        Ok(rows)
    }

    #[test]
    fn what_goes_out_comes_in_and_what_is_not_whole_does_not() {
        let cells = [Cell::Text("order:1".into()), Cell::Int(-1)];
        let text = file(&[("streams", &cells), ("cursors", &[Cell::Null, Cell::bytes(&[1, 255])])]);
        assert_eq!(read(&text).unwrap(), 2);
        let mut inward = Inward::begin(text.as_bytes(), 6).unwrap();
        let (table, row) = inward.next().unwrap().unwrap();
        assert_eq!((table.name, row), ("streams", cells.to_vec()));
        let lines: Vec<&str> = text.lines().collect();
        for (broken, reason) in [
            (lines[..3].join("\n") + "\n", "the file ends here"),
            (lines.join("\n"), "the file ends here"),
            (format!("{}\n{}\n{}\n", lines[0], lines[1], lines[3]), "1 rows came before it, not 2"),
            (format!("{}\n{}\n{}\n", lines[0], lines[2], lines[1]), "its rows came before"),
            (format!("{}\n[\"streams\",1]\n", lines[0]), "has 2 cells"),
            (format!("{}\n[\"secrets\",1]\n", lines[0]), "no table 'secrets'"),
            ("{}\n".to_owned(), "not the beginning"),
        ] {
            let error = read(&broken).unwrap_err().to_string();
            assert!(error.contains(reason), "{reason}: {error}");
        }
        assert!(matches!(
            Inward::begin(text.as_bytes(), 7),
            Err(MoveError::OtherSchema { found: 6, known: 7 })
        ));
    }
}

//! What one order makes the engine write, row by row, in the order of its writing.
//!
//! The real engine runs on a fresh database whose tables got triggers; each row that it inserts, changes or deletes is
//! copied, with its values, into a table beside them. So the recording knows nothing of the schema or of the engine's
//! statements, and changes with them by itself. Two rounds of the same orders are recorded: what differs between them
//! says how values go on (see [`super::pattern`]).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::engine::Engine;
use super::pattern::masked;
use super::requests::{Basket, key, order_body};

/// Orders that the engine keeps together by number. A round that is recorded must fill such a block from its beginning,
/// so that each round does the same; the recording says where two rounds differ.
pub(super) const BLOCK: usize = 2048;

/// Columns that a recorded row may have.
const COLUMNS_MAX: usize = 24;

/// A table of the schema.
#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) columns: Vec<String>,
    /// The places of the primary key's columns.
    pub(super) key: Vec<usize>,
}

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Insert,
    Update,
    Delete,
}

/// A row that was written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    /// Which of the tables.
    pub(super) table: usize,
    pub(super) act: Act,
    /// The row before; empty for an insert.
    pub(super) old: Vec<Value>,
    /// The row after; empty for a delete.
    pub(super) new: Vec<Value>,
    /// How many commits after the order's own it was written, at least.
    pub(super) phase: usize,
}

/// All rows of some orders.
#[derive(Clone, Debug)]
pub(super) struct Recording {
    pub(super) tables: Vec<Table>,
    /// Of each order of the first round, and of the second.
    pub(super) rounds: [Vec<Vec<Written>>; 2],
}

impl Recording {
    /// Let an engine place two rounds of orders on this database, which was stocked before `now` and is spoiled by it. A
    /// round must go through all products some whole number of times, so that each does the same to the stock.
    pub(super) async fn make(
        database: &Path,
        products: usize,
        orders: usize,
        now: Timestamp,
    ) -> Result<Self> {
        let connection = Connection::open(database)?;
        let tables = tables(&connection)?;
        trace(&connection, &tables)?;
        let engine = Engine::open(database, now, 0).await?;
        let mut rounds = [Vec::with_capacity(orders), Vec::with_capacity(orders)];
        let (mut number, since_ms) = (0, u128::try_from(now.as_millisecond())?);
        for round in &mut rounds {
            for n in 0..orders {
                let begin = end_of_trace(&connection)?;
                engine.place(&order_body(Basket::Many, n, products), &key("re", number)).await?;
                engine.work().await?;
                round.push(read(&connection, &tables, begin, since_ms)?);
                number += 1;
            }
        }
        engine.close().await;
        Ok(Self { tables, rounds })
    }

    /// Rows written by one order, by table: inserts, updates, deletes.
    pub(super) fn rows_per_table(&self) -> Result<BTreeMap<String, [usize; 3]>> {
        let order = self.rounds.iter().flatten().next().context("nothing was recorded")?;
        let mut counts: BTreeMap<String, [usize; 3]> = BTreeMap::new();
        for row in order {
            let table = self.tables.get(row.table).map(|table| table.name.clone()).unwrap_or_default();
            let [inserts, updates, deletes] = counts.entry(table).or_default();
            *match row.act {
                Act::Insert => inserts,
                Act::Update => updates,
                Act::Delete => deletes,
            } += 1;
        }
        Ok(counts)
    }

    /// Bytes in the columns of the rows that one order leaves behind, on average: texts and blobs at their length, whole
    /// numbers as SQLite keeps them. Rows that were there before count nothing.
    pub(super) fn payload_bytes(&self) -> usize {
        let [first, _] = &self.rounds;
        let mut left: BTreeMap<(usize, String), usize> = BTreeMap::new();
        for row in first.iter().flatten() {
            let Some(table) = self.tables.get(row.table) else { continue };
            let (values, size) = match row.act {
                Act::Delete => (&row.old, 0),
                _ => (&row.new, row.new.iter().map(bytes_of).sum()),
            };
            let key = table.key.iter().filter_map(|at| values.get(*at));
            let key = (row.table, format!("{:?}", key.collect::<Vec<_>>()));
            if row.act == Act::Insert || left.contains_key(&key) {
                left.insert(key, size);
            }
        }
        left.values().sum::<usize>() / first.len().max(1)
    }
}

fn bytes_of(value: &Value) -> usize {
    match value {
        Value::Null | Value::Integer(0 | 1) => 0,
        Value::Integer(n) => match n.unsigned_abs() {
            0..=0x7f => 1,
            0x80..=0x7fff => 2,
            0x8000..=0x7f_ffff => 3,
            0x80_0000..=0x7fff_ffff => 4,
            0x8000_0000..=0x7fff_ffff_ffff => 6,
            _ => 8,
        },
        Value::Real(_) => 8,
        Value::Text(text) => text.len(),
        Value::Blob(bytes) => bytes.len(),
    }
}

/// The tables of a database, but for those of SQLite and of the migrations.
pub(super) fn tables(connection: &Connection) -> Result<Vec<Table>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
               AND name NOT LIKE 'refinery_%' AND name NOT LIKE 'bench_%' ORDER BY name";
    let mut statement = connection.prepare(sql)?;
    let names =
        statement.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    names.into_iter().map(|name| table(connection, name)).collect()
}

fn table(connection: &Connection, name: String) -> Result<Table> {
    let mut statement = connection.prepare("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?;
    let columns = statement
        .query_map([&name], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let key: Vec<usize> =
        columns.iter().enumerate().filter(|(_, (_, pk))| *pk > 0).map(|(at, _)| at).collect();
    if key.is_empty() || columns.len() > COLUMNS_MAX {
        bail!("table {name} has no primary key, or more than {COLUMNS_MAX} columns: it cannot be recorded");
    }
    Ok(Table { name, columns: columns.into_iter().map(|(column, _)| column).collect(), key })
}

/// Add the table of the recording, and the triggers that fill it.
fn trace(connection: &Connection, tables: &[Table]) -> Result<()> {
    let column = |side: char| move |at: usize| format!("{side}{at}");
    let all: Vec<String> =
        (0..COLUMNS_MAX).map(column('o')).chain((0..COLUMNS_MAX).map(column('n'))).collect();
    connection.execute_batch(&format!(
        "CREATE TABLE bench_trace (seq INTEGER PRIMARY KEY, place INTEGER, act INTEGER, {});",
        all.join(", ")
    ))?;
    for (place, table) in tables.iter().enumerate() {
        for (act, word, sides) in [(0, "INSERT", "n"), (1, "UPDATE", "on"), (2, "DELETE", "o")] {
            let (mut into, mut values) = (String::new(), String::new());
            for side in sides.chars() {
                let row = if side == 'o' { "OLD" } else { "NEW" };
                for (at, name) in table.columns.iter().enumerate() {
                    _ = write!(into, ", {side}{at}");
                    _ = write!(values, ", {row}.\"{name}\"");
                }
            }
            connection.execute_batch(&format!(
                "CREATE TRIGGER bench_{name}_{word} AFTER {word} ON \"{name}\" BEGIN
                     INSERT INTO bench_trace (place, act{into}) VALUES ({place}, {act}{values});
                 END;",
                name = table.name
            ))?;
        }
    }
    Ok(())
}

fn end_of_trace(connection: &Connection) -> Result<i64> {
    Ok(connection.query_row("SELECT coalesce(max(seq), 0) FROM bench_trace", [], |row| row.get(0))?)
}

/// The rows that were written since, sorted so that two orders of a kind give the same sequence.
fn read(connection: &Connection, tables: &[Table], begin: i64, since_ms: u128) -> Result<Vec<Written>> {
    let mut statement = connection.prepare_cached("SELECT * FROM bench_trace WHERE seq > ?1 ORDER BY seq")?;
    let mut rows = statement.query([begin])?;
    let (mut written, mut seen, mut phase) = (Vec::new(), BTreeSet::new(), 0);
    while let Some(row) = rows.next()? {
        let place: usize = row.get(1)?;
        let act = match row.get(2)? {
            0 => Act::Insert,
            1 => Act::Update,
            _ => Act::Delete,
        };
        let table = tables.get(place).context("a table that was not there")?;
        let side = |first: usize| -> Result<Vec<Value>> {
            (0..table.columns.len()).map(|at| Ok(row.get(3 + first + at)?)).collect()
        };
        let old = if act == Act::Insert { Vec::new() } else { side(0)? };
        let new = if act == Act::Delete { Vec::new() } else { side(COLUMNS_MAX)? };
        let key: Vec<&Value> = table
            .key
            .iter()
            .filter_map(|at| if new.is_empty() { old.get(*at) } else { new.get(*at) })
            .collect();
        // A row that is written a second time is written by a later commit.
        let name = (place, format!("{key:?}"));
        if !seen.insert(name.clone()) {
            phase += 1;
            seen = BTreeSet::from([name]);
        }
        written.push(Written { table: place, act, old, new, phase });
    }
    written.sort_by_cached_key(|row| {
        let values = if row.new.is_empty() { &row.old } else { &row.new };
        (
            row.phase,
            row.table,
            row.act,
            values.iter().map(|value| masked(value, since_ms)).collect::<Vec<_>>(),
        )
    });
    Ok(written)
}

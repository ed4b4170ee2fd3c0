//! A whole shop out of a file, and into an empty one.

use std::io::{BufRead, Write};
use std::path::Path;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, params_from_iter};
use sutler_domain::catalog::Product;

use super::orders::BLOCK_BITS;
use super::{Reading, open};
use crate::terms;
use crate::whole::{Cell, Inward, MoveError, Outward, TABLES, Table};

fn broken(error: impl std::fmt::Display) -> MoveError {
    MoveError::Database(error.to_string())
}

impl Reading {
    /// Write the whole shop, as it is at one moment; a server may go on beside it. Gives how many rows there are. Blocks
    /// as long as it takes.
    pub fn write_whole(path: &Path, out: impl Write) -> Result<u64, MoveError> {
        open::recognise(path, false).map_err(broken)?;
        let mut connection = open::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(broken)?;
        let moment = connection.transaction().map_err(broken)?;
        let mut outward = Outward::begin(out, open::schema_known())?;
        for table in TABLES {
            let mut statement = moment.prepare(&table.select()).map_err(broken)?;
            let mut rows = statement.query([]).map_err(broken)?;
            while let Some(row) = rows.next().map_err(broken)? {
                let cells: Result<Vec<Cell>, MoveError> =
                    (0..table.width()).map(|at| cell(row.get_ref(at).map_err(broken)?)).collect();
                outward.row(table, &cells?)?;
            }
        }
        outward.end()
    }
}

fn cell(value: ValueRef<'_>) -> Result<Cell, MoveError> {
    Ok(match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Text(text) => Cell::Text(std::str::from_utf8(text).map_err(broken)?.to_owned()),
        ValueRef::Blob(bytes) => Cell::bytes(bytes),
        ValueRef::Real(_) => {
            return Err(broken("a column holds a floating-point number, which none of ours does"));
        }
    })
}

/// Make the file at `path` the database of the whole shop that is read. It must not be open, nor hold a shop. Gives how
/// many rows there are. Blocks as long as it takes.
pub fn read_whole(path: &Path, from: impl BufRead) -> Result<u64, MoveError> {
    open::recognise(path, true).map_err(broken)?;
    let _lock = open::lock(path).map_err(broken)?;
    let mut inward = Inward::begin(from, open::schema_known())?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = open::connect(path, flags).map_err(broken)?;
    open::configure_writer(&connection).map_err(broken)?;
    open::migrate(path, &mut connection).map_err(broken)?;
    let work = connection.transaction().map_err(broken)?;
    must_be_empty(path, &work)?;
    let mut rows = 0u64;
    while let Some((table, cells)) = inward.next()? {
        insert(&work, table, &cells).map_err(|error| inward.damaged(&error.to_string()))?;
        rows = rows.saturating_add(1);
    }
    let blocks = format!(
        "INSERT INTO order_blocks (block, placed_from, placed_until)
         SELECT number >> {BLOCK_BITS}, min(placed_at), max(placed_at) FROM orders GROUP BY 1"
    );
    work.execute(&blocks, []).map_err(broken)?;
    work.commit().map_err(broken)?;
    // The whole of it is in the file itself before anybody is told that it is there.
    connection.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(())).map_err(broken)?;
    Ok(rows)
}

/// A log that has begun and has nothing in it gives way.
fn must_be_empty(path: &Path, work: &Connection) -> Result<(), MoveError> {
    let sql = "SELECT coalesce(max(position), 0) FROM (SELECT position FROM head UNION ALL SELECT max(position) FROM events)";
    let position: u64 = work.query_row(sql, [], |row| row.get(0)).map_err(broken)?;
    if position > 0 {
        return Err(MoveError::NotEmpty { place: path.display().to_string(), position });
    }
    work.execute("DELETE FROM head", []).map(drop).map_err(broken)
}

fn insert(work: &Connection, table: &Table, cells: &[Cell]) -> Result<(), MoveError> {
    // What only this database keeps beside the columns that all have.
    let (column, more) = match table.name {
        "order_terms" => (
            ", block",
            cells.last().map(|number| match number {
                Cell::Int(number) => Value::Integer(number >> BLOCK_BITS),
                _ => Value::Null,
            }),
        ),
        "products" => (", terms", Some(Value::Text(terms_of(cells)?))),
        _ => ("", None),
    };
    let places = vec!["?"; cells.len().saturating_add(usize::from(more.is_some()))].join(", ");
    let sql = format!("INSERT INTO {} ({}{column}) VALUES ({places})", table.name, table.columns);
    let mut statement = work.prepare_cached(&sql).map_err(broken)?;
    let values = cells.iter().map(value).chain(more.map(Ok)).collect::<Result<Vec<Value>, MoveError>>()?;
    statement.execute(params_from_iter(values)).map(drop).map_err(broken)
}

/// What a product is found by, from its body, which is the last cell.
fn terms_of(cells: &[Cell]) -> Result<String, MoveError> {
    let Some(Cell::Text(body)) = cells.last() else { return Err(broken("a product has no body")) };
    let product: Product = serde_json::from_str(body).map_err(broken)?;
    Ok(terms::joined(&terms::of_product(&product)))
}

fn value(cell: &Cell) -> Result<Value, MoveError> {
    Ok(match cell {
        Cell::Null => Value::Null,
        Cell::Int(number) => Value::Integer(*number),
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Bytes { hex } => Value::Blob(hex::decode(hex).map_err(broken)?),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// What is worked out anew, by table.
    const OWN: [(&str, &[&str]); 3] =
        [("order_terms", &["block"]), ("products", &["row", "terms"]), ("order_blocks", &[])];

    #[test]
    fn every_table_and_every_column_moves() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let mut connection = Connection::open(&path).unwrap();
        open::migrate(&path, &mut connection).unwrap();
        let names = |sql: &str| -> Vec<String> {
            let mut statement = connection.prepare(sql).unwrap();
            let names = statement.query_map([], |row| row.get(0)).unwrap();
            names.map(Result::unwrap).collect()
        };
        let tables = names(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
             AND name <> 'refinery_schema_history'",
        );
        for name in tables.iter().filter(|name| *name != "order_blocks") {
            let table = TABLES.iter().find(|table| table.name == name);
            let table = table.unwrap_or_else(|| panic!("whole.rs lacks the table {name}"));
            let moved = table.columns.split(',').map(|column| column.trim().to_owned());
            let own = OWN.iter().filter(|(of, _)| of == name).flat_map(|(_, columns)| *columns);
            let known: BTreeSet<String> = moved.chain(own.map(|name| (*name).to_owned())).collect();
            let found = names(&format!("SELECT name FROM pragma_table_info('{name}')"));
            assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), known, "columns of {name} in whole.rs");
        }
        assert_eq!(tables.len(), TABLES.len() + 1, "whole.rs names a table that is not there");
    }
}

//! The reference is true: it writes what the engine writes, where the engine writes it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::SignedDuration;
use rusqlite::Connection;
use sutler_app::ports::Clock;

use super::engine::Engine;
use super::raw::{CHECKPOINT_PAGES, PRAGMAS, Raw, Script};
use super::recording::{BLOCK, Recording, tables};

const PRODUCTS: usize = 32;

fn rows(connection: &Connection) -> BTreeMap<String, i64> {
    let count =
        |name: &str| connection.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| row.get(0));
    tables(connection)
        .unwrap()
        .into_iter()
        .map(|table| (table.name.clone(), count(&table.name).unwrap()))
        .collect()
}

#[tokio::test]
async fn the_reference_writes_as_many_rows_into_each_table_as_the_engine() {
    let folder = tempfile::tempdir().unwrap();
    let (stocked, recorded) = (folder.path().join("a.db"), folder.path().join("b.db"));
    let now = crate::clock::TestClock::default().now();
    // The first round ends with a block of numbers.
    let first = u64::try_from(2 * BLOCK - PRODUCTS).unwrap();
    let engine = Engine::open(&stocked, now, first).await.unwrap();
    engine.stock(PRODUCTS).await.unwrap();
    engine.close().await;
    std::fs::copy(&stocked, &recorded).unwrap();
    let later = now + SignedDuration::from_mins(1);
    let recording = Recording::make(&recorded, PRODUCTS, PRODUCTS, later).await.unwrap();
    let script = Arc::new(Script::of(&recording).unwrap());

    // As many orders as were recorded, and further ones than were ever recorded.
    let orders = u64::try_from(2 * PRODUCTS).unwrap();
    let mut raw = Raw::open(&stocked, Arc::clone(&script), true).unwrap();
    let mut took = raw.write(orders, 16).unwrap();
    raw.drain(&mut took).unwrap();
    let by_engine = Connection::open(&recorded).unwrap();
    let by_reference = Connection::open(&stocked).unwrap();
    assert_eq!(rows(&by_reference), rows(&by_engine));
    for sql in [
        "SELECT position, next_number FROM head",
        "SELECT sum(reserved), sum(on_hand) FROM stock",
        "SELECT max(length(order_id)), max(position) FROM orders, events",
        "SELECT count(DISTINCT order_id), max(number) FROM orders",
    ] {
        let read = |connection: &Connection| -> (i64, i64) {
            connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
        };
        assert_eq!(read(&by_reference), read(&by_engine), "{sql}");
    }
    // A time in a body may be a digit shorter in another round.
    let bytes = |connection: &Connection| -> i64 {
        let sql = "SELECT (SELECT sum(length(body)) FROM orders) + (SELECT sum(length(body)) FROM events)";
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let (wrote, should) = (bytes(&by_reference), bytes(&by_engine));
    assert!((wrote - should).abs() * 200 < should, "bodies of {wrote} bytes instead of {should}");
    let mut raw = raw;
    let mut took = raw.write(orders, 64).unwrap();
    raw.drain(&mut took).unwrap();
    let placed: i64 = by_reference.query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap();
    assert_eq!(u64::try_from(placed).unwrap(), orders * 2);
    let check: String = by_reference.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

#[test]
fn the_reference_opens_its_connection_as_the_writer_does() {
    let source = concat!(
        include_str!("../../../adapters/src/sqlite/open.rs"),
        include_str!("../../../adapters/src/sqlite/writer.rs")
    );
    for pragma in PRAGMAS {
        assert!(source.contains(pragma), "the writer does not say: {pragma}");
    }
    let begin = source.find("fn configure_writer").unwrap();
    let writer = &source[begin..begin + source[begin..].find("\n}\n").unwrap()];
    // A planted fault says what no shipped program says.
    let said = writer.lines().filter(|line| line.contains("PRAGMA ") && !line.contains("seeded(")).count();
    assert_eq!(said, PRAGMAS.len(), "the writer says more: {writer}");
    assert!(source.contains(&format!("CHECKPOINT_PAGES: i32 = {CHECKPOINT_PAGES};")));
}

#[test]
fn a_row_is_asked_for_by_its_name_or_by_that_of_its_like() {
    for (asked, name, wanted) in [
        ("orders", "orders-64", true),
        ("orders-", "orders-64", true),
        ("orders-6", "orders-64", false),
        ("order", "orders-64", false),
        ("order", "order", true),
    ] {
        assert_eq!(super::is_of(asked, name), wanted, "{asked} {name}");
    }
}

//! A thousand changes of one byte of the log, each found.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rusqlite::types::Value;
use sutler_adapters::sqlite::Reading;
use sutler_app::verify::verify;
use tokio::runtime::Runtime;

use crate::shop::File;

/// Shops that are changed side by side, each by chances of its own.
const SHOPS: u64 = 4;

/// Changes of each.
const MUTATIONS: u32 = 250;

/// What an event says. Empty and absent texts have no byte to change.
const COLUMNS: [&str; 13] = [
    "position",
    "event_id",
    "stream",
    "version",
    "name",
    "body",
    "at",
    "recorded_at",
    "actor",
    "causation",
    "traceparent",
    "number",
    "hash",
];

#[test]
fn a_thousand_changes_of_one_byte_are_all_found() {
    std::thread::scope(|scope| {
        for seed in 1..=SHOPS {
            scope.spawn(move || Runtime::new().unwrap().block_on(changes_are_found(seed)));
        }
    });
}

async fn changes_are_found(seed: u64) {
    let file = File::of_a_shop().await;
    let reading = Reading::open(&file.path).unwrap();
    let events = file.number("SELECT count(*) FROM events");
    let (mut rng, mut found) = (StdRng::seed_from_u64(seed), 0);
    while found < MUTATIONS {
        let position = rng.random_range(1..=events);
        let column = COLUMNS.choose(&mut rng).unwrap();
        file.db().execute_batch("BEGIN").unwrap();
        let value: Value = file
            .db()
            .query_row(&format!("SELECT {column} FROM events WHERE position = ?1"), [position], |row| {
                row.get(0)
            })
            .unwrap();
        let Some(changed) = changed(&value, &mut rng) else {
            file.db().execute_batch("ROLLBACK").unwrap();
            continue;
        };
        let text = matches!(value, Value::Text(_));
        let set = if text { "CAST(?1 AS TEXT)" } else { "?1" };
        let sql = format!("UPDATE events SET {column} = {set} WHERE position = ?2");
        // What a unique index refuses is no change.
        if file.try_plant(&sql, (&changed, position)) {
            file.db().execute_batch("COMMIT").unwrap();
            let report = verify(&reading, |_| {}).await.unwrap();
            assert!(!report.is_clean(), "{column} of position {position}: {value:?} became {changed:?}");
            let key = if *column == "position" { changed.clone() } else { Value::Integer(position) };
            file.plant(&format!("UPDATE events SET {column} = ?1 WHERE position = ?2"), (&value, &key));
            found += 1;
        } else {
            file.db().execute_batch("ROLLBACK").unwrap();
        }
    }
    assert!(file.verify().await.is_clean(), "every change was taken back");
}

/// The value with one byte of it changed; texts as the bytes they then are.
fn changed(value: &Value, rng: &mut StdRng) -> Option<Value> {
    let mut flipped = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let at = (!bytes.is_empty()).then(|| rng.random_range(0..bytes.len()))?;
        *bytes.get_mut(at)? ^= rng.random_range(1..=255u8);
        Some(bytes)
    };
    match value {
        Value::Integer(number) => {
            let bytes = flipped(&number.to_be_bytes())?;
            Some(Value::Integer(i64::from_be_bytes(bytes.try_into().ok()?)))
        }
        Value::Text(text) => flipped(text.as_bytes()).map(Value::Blob),
        Value::Blob(bytes) => flipped(bytes).map(Value::Blob),
        Value::Null | Value::Real(_) => None,
    }
}

//! Writing and sweeping the tables of idempotency keys. To empty a whole one costs no walk through a random index.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Result;

use super::session::{self, Session};
use crate::key_table::KeyTable;

/// The table in use.
pub(super) fn in_use(session: &Session) -> Result<KeyTable> {
    let table =
        session.one("SELECT keys_in FROM head", [], |row| session::parsed(row, 0, KeyTable::parse))?;
    Ok(table.unwrap_or(KeyTable::A))
}

/// The statement that writes keys; a key whose time is over makes place for the new one.
pub(super) fn insert(table: KeyTable) -> String {
    format!(
        "INSERT OR REPLACE INTO {} (shop, key, fingerprint, stream, version, part, waits, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        table.name()
    )
}

/// Let the tables change turns when it is time by the store's clock; `youngest` is when the last key can have been
/// written, which is later than now after the clock was set back. Gives the table in use from now on, and how many
/// keys went.
pub(super) fn sweep(
    session: &Session,
    table: KeyTable,
    (now, youngest): (Timestamp, Timestamp),
    ttl: SignedDuration,
) -> Result<(KeyTable, usize)> {
    let since = session.one("SELECT keys_since FROM head", [], |row| session::time(row, 0))?;
    let over = since.and_then(|since| since.checked_add(ttl).ok()).is_some_and(|end| end <= now);
    if !over {
        return Ok((table, 0));
    }
    let other = table.other();
    let gone = session.execute(&format!("DELETE FROM {}", other.name()), [])?;
    session.execute(
        "UPDATE head SET keys_in = ?1, keys_since = ?2",
        (other.as_str(), now.max(youngest).as_microsecond()),
    )?;
    Ok((other, gone))
}

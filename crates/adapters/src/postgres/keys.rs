//! Writing and sweeping the tables of idempotency keys.

use jiff::{SignedDuration, Timestamp};

use super::heads::LogHead;
use super::session::{Session, get, p};
use super::trouble::Result;
use crate::key_table::KeyTable;

/// The statement that writes keys; a key whose time is over makes place for the new one.
pub(super) fn insert(table: KeyTable) -> String {
    format!(
        "INSERT INTO {} (shop, key, fingerprint, stream, version, part, waits, at)
         SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (shop, key) DO UPDATE SET
             fingerprint = excluded.fingerprint, stream = excluded.stream, version = excluded.version,
             part = excluded.part, waits = excluded.waits, at = excluded.at",
        table.name()
    )
}

/// Let the tables change turns when it is time by the store's clock. The next turn begins when the last key can have
/// been written, which is later than now after the clock was set back. Gives how many keys went.
pub(super) async fn sweep(
    session: &Session,
    log: &mut LogHead,
    now: Timestamp,
    ttl: SignedDuration,
) -> Result<u64> {
    if log.keys_since.checked_add(ttl).map_or(true, |end| end > now) {
        return Ok(0);
    }
    let other = log.keys.other();
    // Emptied at once, however many there are; whoever reads the table, such as a backup, keeps it until the next sweep.
    let lock = format!("SAVEPOINT turn; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT", other.name());
    if let Err(fault) = session.simple(&lock).await {
        tracing::info!(%fault, "keys_not_swept");
        session.simple("ROLLBACK TO turn; RELEASE turn").await?;
        return Ok(0);
    }
    let sql = format!("SELECT count(*) FROM {}", other.name());
    let gone: Option<i64> = session.one(&sql, &[], |row| get(row, 0)).await?;
    session.simple(&format!("TRUNCATE {}; RELEASE turn", other.name())).await?;
    let since = now.max(log.recorded_at);
    let sql = "UPDATE head SET keys_in = $1, keys_since = $2";
    session.execute(sql, &[p(&other.as_str()), p(&since.as_microsecond())]).await?;
    (log.keys, log.keys_since) = (other, since);
    Ok(gone.and_then(|gone| u64::try_from(gone).ok()).unwrap_or(0))
}

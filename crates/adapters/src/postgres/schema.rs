//! The schema: what is there, whether it is ours, and what is still to be applied.

use sha2::{Digest, Sha256};
use sutler_app::admission::genesis;

use super::error::OpenError;
use super::session::{Session, get, int, p};
use super::target::Target;
use super::trouble::{Fault, Result};

/// The migrations that this binary knows, oldest first.
const MIGRATIONS: [(&str, &str); 9] = [
    ("0001_initial", include_str!("../../../../migrations/postgres/0001_initial.sql")),
    ("0002_bookmarks", include_str!("../../../../migrations/postgres/0002_bookmarks.sql")),
    ("0003_webhooks", include_str!("../../../../migrations/postgres/0003_webhooks.sql")),
    ("0004_queues", include_str!("../../../../migrations/postgres/0004_queues.sql")),
    ("0005_people", include_str!("../../../../migrations/postgres/0005_people.sql")),
    ("0006_customers", include_str!("../../../../migrations/postgres/0006_customers.sql")),
    ("0007_imports", include_str!("../../../../migrations/postgres/0007_imports.sql")),
    ("0008_collections", include_str!("../../../../migrations/postgres/0008_collections.sql")),
    ("0009_saved_views", include_str!("../../../../migrations/postgres/0009_saved_views.sql")),
];

/// The oldest major version of the server that is supported: older ones get no fixes any more.
const VERSION_MIN: u32 = 14;

/// Nodes that start together come one after the other: "SUTL".
pub(super) const LOCK: &str = "SELECT pg_advisory_xact_lock(1398101068)";

/// Which migrations were applied. Our own table and forty lines rather than refinery's: that one prepares statements by
/// name, which PgBouncer in transaction mode does not carry over, and takes no lock of its own.
const HISTORY: &str = "CREATE TABLE sutler_migrations (
    version     integer PRIMARY KEY,
    name        text    NOT NULL,
    checksum    text    NOT NULL,
    applied_at  bigint  NOT NULL
)";

type Opened<T> = std::result::Result<T, OpenError>;

/// Refuse a server that is too old, takes no writes, or would forget what it acknowledged.
pub(super) async fn check_server(session: &Session, target: &Target) -> Opened<()> {
    let sql = "SELECT current_setting('server_version_num'), current_setting('server_version'),
                      current_setting('fsync'), current_setting('synchronous_commit'),
                      current_setting('full_page_writes'), current_setting('transaction_read_only'),
                      current_setting('server_encoding')";
    let rows = session.simple(sql).await.map_err(|fault| OpenError::of(target, &fault))?;
    judge(rows.first().map_or(&[], Vec::as_slice), target.place())
}

/// What the settings of a server are worth.
fn judge(settings: &[String], place: &str) -> Opened<()> {
    let place = place.to_owned();
    let [number, version, fsync, commit, pages, read_only, encoding] = settings else {
        return Err(OpenError::Broken { place, reason: "the server does not tell its settings".to_owned() });
    };
    if number.parse::<u32>().unwrap_or(0) / 10_000 < VERSION_MIN {
        return Err(OpenError::TooOld { place, found: version.clone(), needed: VERSION_MIN });
    }
    if read_only == "on" {
        return Err(OpenError::ReadOnly { place });
    }
    if encoding != "UTF8" {
        return Err(OpenError::NotUtf8 { place, found: encoding.clone() });
    }
    for (setting, value) in [("fsync", fsync), ("synchronous_commit", commit), ("full_page_writes", pages)] {
        if value == "off" {
            return Err(OpenError::NotDurable { place, setting, value: value.clone() });
        }
    }
    Ok(())
}

/// Bring the schema up to date and begin the log, in one transaction; refuse what is not ours or newer.
pub(super) async fn migrate(
    session: &Session,
    target: &Target,
    options: &crate::Options,
    apply: bool,
) -> Opened<()> {
    let failed = |fault: Fault| OpenError::of(target, &fault);
    session.simple(&format!("BEGIN; {LOCK}")).await.map_err(failed)?;
    match prepare(session, target, options, apply).await {
        Ok(()) => session.simple("COMMIT").await.map(drop).map_err(failed),
        Err(error) => {
            // The connection ends with the refusal; this only lets the others in at once.
            session.simple("ROLLBACK").await.map(drop).unwrap_or_default();
            Err(error)
        }
    }
}

/// How many migrations were applied; refuses what is not ours, not what we know, or newer. Reads only.
pub(super) async fn found(session: &Session, target: &Target) -> Opened<i64> {
    let place = || target.place().to_owned();
    let applied = match applied(session).await.map_err(|fault| OpenError::of(target, &fault))? {
        Found::Nothing => return Ok(0),
        Found::Foreign(table) => return Err(OpenError::NotOurs { place: place(), table }),
        Found::Ours(applied) => applied,
    };
    let changed = applied.iter().zip(&MIGRATIONS).find(|(sum, (_, sql))| **sum != checksum(sql));
    if let Some((_, (name, _))) = changed {
        return Err(OpenError::Changed { place: place(), name: (*name).to_owned() });
    }
    let (found, known) = (i64::try_from(applied.len()).unwrap_or(i64::MAX), known());
    if found > known { Err(OpenError::Newer { place: place(), found, known }) } else { Ok(found) }
}

/// Migrations that this binary knows.
pub(super) fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

async fn prepare(session: &Session, target: &Target, options: &crate::Options, apply: bool) -> Opened<()> {
    let failed = |fault: Fault| OpenError::of(target, &fault);
    let (found, known) = (found(session, target).await?, known());
    if found < known && !apply {
        return Err(OpenError::Pending { place: target.place().to_owned(), count: known - found });
    }
    let now = options.clock.now().as_microsecond();
    for (version, (name, sql)) in (1i64..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        if version == 1 {
            session.simple(HISTORY).await.map_err(failed)?;
        }
        session.simple(sql).await.map_err(failed)?;
        let insert = "INSERT INTO sutler_migrations (version, name, checksum, applied_at)
                      VALUES ($1::bigint, $2, $3, $4)";
        session
            .execute(insert, &[p(&version), p(&name), p(&checksum(sql)), p(&now)])
            .await
            .map_err(failed)?;
        tracing::info!(name, place = target.place(), "migration_applied");
    }
    begin_log(session, options, now).await.map_err(failed)
}

/// What is in the database.
enum Found {
    Nothing,
    /// A table of somebody else.
    Foreign(String),
    /// The checksums of what was applied, oldest first.
    Ours(Vec<String>),
}

async fn applied(session: &Session) -> Result<Found> {
    let sql = "SELECT relname::text FROM pg_class
               WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
               AND relkind IN ('r', 'p', 'v', 'm') AND relname NOT LIKE 'pg\\_%' ORDER BY relname = 'sutler_migrations', relname";
    let tables: Vec<String> = session.all(sql, &[], |row| get(row, 0)).await?;
    match tables.split_last() {
        None => Ok(Found::Nothing),
        Some((last, _)) if last == "sutler_migrations" => {
            let sql = "SELECT checksum FROM sutler_migrations ORDER BY version";
            session.all(sql, &[], |row| get(row, 0)).await.map(Found::Ours)
        }
        Some((last, others)) => Ok(Found::Foreign(others.first().unwrap_or(last).clone())),
    }
}

fn checksum(sql: &str) -> String {
    hex::encode(Sha256::digest(sql))
}

/// A fresh log begins here; the first node gives it its epoch.
async fn begin_log(session: &Session, options: &crate::Options, now: i64) -> Result<()> {
    let sql =
        "INSERT INTO head (one, epoch, first_epoch, position, hash, recorded_at, next_number, keys_since)
               VALUES (1, $1, $1, 0, $2, 0, $3, $4) ON CONFLICT DO NOTHING";
    let (hash, number) = (genesis(&options.epoch), int(options.number_start));
    session.execute(sql, &[p(&options.epoch), p(&hash.as_slice()), p(&number), p(&now)]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_is_too_old_is_told_so() {
        let settings = |number: &str, version: &str| {
            [number, version, "on", "on", "on", "off", "UTF8"].map(str::to_owned)
        };
        let error = judge(&settings("130012", "13.12 (Debian)"), "db:5432/orders").unwrap_err();
        let text = error.to_string();
        assert!(
            text.starts_with("PostgreSQL at db:5432/orders is version 13.12 (Debian); Sutler needs 14"),
            "{text}"
        );
        assert_eq!(judge(&settings("140000", "14.0"), "db:5432/orders"), Ok(()));
        assert!(matches!(judge(&[], "db"), Err(OpenError::Broken { .. })));
    }
}

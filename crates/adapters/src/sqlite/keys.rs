//! The two tables of idempotency keys, which take turns.
//!
//! New keys go into one table. When that one is a ttl old, everything in the other is over: it is emptied whole, which
//! costs no walk through a random index, and takes its turn. A key is kept for one to two ttls and counts for one.

use jiff::{SignedDuration, Timestamp};
use rusqlite::Result;

use super::session::{self, Session};

/// Which table new keys go into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    A,
    B,
}

impl Table {
    pub(super) const fn insert(self) -> &'static str {
        match self {
            Self::A => {
                "INSERT OR REPLACE INTO keys_a (shop, key, fingerprint, stream, version, part, waits, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            }
            Self::B => {
                "INSERT OR REPLACE INTO keys_b (shop, key, fingerprint, stream, version, part, waits, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
            }
        }
    }

    const fn empty(self) -> &'static str {
        match self {
            Self::A => "DELETE FROM keys_a",
            Self::B => "DELETE FROM keys_b",
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::A, Self::B].into_iter().find(|table| table.as_str() == text)
    }

    /// The table in use.
    pub(super) fn load(session: &Session) -> Result<Self> {
        let table =
            session.one("SELECT keys_in FROM head", [], |row| session::parsed(row, 0, Self::parse))?;
        Ok(table.unwrap_or(Self::A))
    }
}

/// Let the tables change turns when it is time by the store's clock; `youngest` is when the last key can have been
/// written, which is later than now after the clock was set back. Gives the table in use from now on, and how many
/// keys went.
pub(super) fn sweep(
    session: &Session,
    table: Table,
    (now, youngest): (Timestamp, Timestamp),
    ttl: SignedDuration,
) -> Result<(Table, usize)> {
    let since = session.one("SELECT keys_since FROM head", [], |row| session::time(row, 0))?;
    let over = since.and_then(|since| since.checked_add(ttl).ok()).is_some_and(|end| end <= now);
    if !over {
        return Ok((table, 0));
    }
    let other = table.other();
    let gone = session.execute(other.empty(), [])?;
    session.execute(
        "UPDATE head SET keys_in = ?1, keys_since = ?2",
        (other.as_str(), now.max(youngest).as_microsecond()),
    )?;
    Ok((other, gone))
}

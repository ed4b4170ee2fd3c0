//! What a batch is judged against: exactly the rows that it touches.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Result, Row};
use sutler_app::admission::{Heads, JobHead, StoredKey};
use sutler_app::commit::{Answer, Claim, ClaimChange, Commit, StockKey};
use sutler_app::job::JobState;
use sutler_app::stream::StreamId;
use sutler_domain::inventory::Level;
use sutler_domain::{JobId, Position, Version};

use super::known::Known;
use super::session::{self, Session};

/// The end of the log. The writer is the only one who moves it, so it is read once and kept.
#[derive(Clone, Debug)]
pub(super) struct LogHead {
    pub(super) position: Position,
    pub(super) hash: [u8; 32],
    pub(super) recorded_at: Timestamp,
    pub(super) next_number: u64,
}

impl LogHead {
    pub(super) const fn of(heads: &Heads) -> Self {
        Self {
            position: heads.position,
            hash: heads.hash,
            recorded_at: heads.recorded_at,
            next_number: heads.next_number,
        }
    }

    pub(super) fn load(session: &Session) -> Result<Option<Self>> {
        let sql = "SELECT position, hash, recorded_at, next_number FROM head";
        session.one(sql, [], |row| {
            Ok(Self {
                position: Position(row.get(0)?),
                hash: row.get(1)?,
                recorded_at: session::time(row, 2)?,
                next_number: row.get(3)?,
            })
        })
    }

    pub(super) fn save(&self, session: &Session) -> Result<usize> {
        session.execute(
            "UPDATE head SET position = ?1, hash = ?2, recorded_at = ?3, next_number = ?4",
            (self.position.0, &self.hash, self.recorded_at.as_microsecond(), self.next_number),
        )
    }
}

/// The heads of everything that these commits touch.
pub(super) fn load<'c>(
    session: &Session,
    log: &LogHead,
    now: Timestamp,
    key_ttl: SignedDuration,
    known: &Known,
    commits: impl Iterator<Item = &'c Commit>,
) -> Result<Heads> {
    let mut heads = Heads::empty("", now, log.next_number, key_ttl);
    heads.position = log.position;
    heads.hash = log.hash;
    heads.recorded_at = log.recorded_at;
    for commit in commits {
        key(session, &mut heads, commit)?;
        // An answer tells the version of its stream, also when the commit does not change it.
        let required = commit.requires.iter().map(|(stream, _)| stream);
        let changed = commit.changes.iter().map(|change| &change.stream);
        for stream in required.chain(changed).chain(commit.answer.iter().map(|answer| &answer.stream)) {
            version(session, &mut heads, known, stream)?;
        }
        for claim in &commit.claims {
            let (ClaimChange::Take(claim, _) | ClaimChange::Give(claim, _)) = claim;
            holder(session, &mut heads, claim)?;
        }
        for one in &commit.stock {
            level(session, &mut heads, known, &one.at)?;
        }
        let finished = commit.finishes.iter().map(|finish| &finish.lease.job_id);
        for id in finished.chain(commit.reschedules.iter().map(|r| &r.job_id)) {
            job(session, &mut heads, known, id)?;
        }
        if let Some(moved) = &commit.bookmark {
            bookmark(session, &mut heads, &moved.name)?;
        }
    }
    Ok(heads)
}

fn key(session: &Session, heads: &mut Heads, commit: &Commit) -> Result<()> {
    let Some(key) = &commit.key else { return Ok(()) };
    let name = (key.shop.clone(), key.key.clone());
    if heads.keys.contains_key(&name) {
        return Ok(());
    }
    // An old answer may stand in one table and its successor in the other.
    let sql = "SELECT fingerprint, stream, version, part, waits, at FROM keys_a WHERE shop = ?1 AND key = ?2
               UNION ALL
               SELECT fingerprint, stream, version, part, waits, at FROM keys_b WHERE shop = ?1 AND key = ?2
               ORDER BY at DESC LIMIT 1";
    let stored = session.one(sql, (&key.shop, &key.key), |row| {
        let answer = Answer {
            stream: session::parsed(row, 1, StreamId::parse)?,
            version: Version(row.get(2)?),
            part: row.get(3)?,
            waits: row.get(4)?,
        };
        Ok(StoredKey { fingerprint: row.get(0)?, answer, at: session::time(row, 5)? })
    })?;
    heads.keys.extend(stored.map(|stored| (name, stored)));
    Ok(())
}

fn version(session: &Session, heads: &mut Heads, known: &Known, stream: &StreamId) -> Result<()> {
    if heads.streams.contains_key(stream) {
        return Ok(());
    }
    let version = if let Some(version) = known.version(stream) {
        version
    } else {
        let sql = "SELECT version FROM streams WHERE stream = ?1";
        let version = session.one(sql, [stream.as_str()], |row| row.get(0))?;
        Version(version.unwrap_or(0))
    };
    heads.streams.insert(stream.clone(), version);
    Ok(())
}

fn holder(session: &Session, heads: &mut Heads, claim: &Claim) -> Result<()> {
    if !heads.claims.contains_key(claim) {
        let sql = "SELECT holder FROM claims WHERE kind = ?1 AND value = ?2";
        let holder = session
            .one(sql, (claim.kind.as_str(), &claim.value), |row| session::parsed(row, 0, StreamId::parse))?;
        heads.claims.insert(claim.clone(), holder);
    }
    Ok(())
}

fn level(session: &Session, heads: &mut Heads, known: &Known, at: &StockKey) -> Result<()> {
    if heads.stock.contains_key(at) {
        return Ok(());
    }
    let level = if let Some(level) = known.level(at) {
        level
    } else {
        let sql = "SELECT on_hand, reserved, safety_stock, reorder_point FROM stock
                   WHERE variant_id = ?1 AND location_id = ?2";
        let read = |row: &Row<'_>| {
            Ok(Level {
                on_hand: row.get(0)?,
                reserved: row.get(1)?,
                safety_stock: row.get(2)?,
                reorder_point: row.get(3)?,
            })
        };
        session.one(sql, (at.variant_id.as_str(), at.location_id.as_str()), read)?.unwrap_or_default()
    };
    heads.stock.insert(at.clone(), level);
    Ok(())
}

fn job(session: &Session, heads: &mut Heads, known: &Known, id: &JobId) -> Result<()> {
    if let Some(head) = known.job(id) {
        heads.jobs.insert(id.clone(), head);
        return Ok(());
    }
    let sql = "SELECT state, token FROM jobs WHERE job_id = ?1";
    let head = session.one(sql, [id.as_str()], |row| {
        Ok(JobHead { state: session::parsed(row, 0, JobState::parse)?, token: row.get(1)? })
    })?;
    heads.jobs.extend(head.map(|head| (id.clone(), head)));
    Ok(())
}

fn bookmark(session: &Session, heads: &mut Heads, name: &str) -> Result<()> {
    if !heads.bookmarks.contains_key(name) {
        let version =
            session.one("SELECT version FROM bookmarks WHERE name = ?1", [name], |row| row.get(0))?;
        heads.bookmarks.extend(version.map(|version| (name.to_owned(), Version(version))));
    }
    Ok(())
}

//! What a batch is judged against: exactly the rows that it touches, read after `head` is locked.
//!
//! Nothing is remembered from one batch to the next: other nodes write too.

use std::collections::{BTreeMap, BTreeSet};

use futures::join;
use jiff::{SignedDuration, Timestamp};
use sutler_app::admission::{Heads, JobHead, StoredKey};
use sutler_app::commit::{Answer, Claim, ClaimChange, ClaimKind, StockKey};
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::{JobId, Position, Version};
use tokio_postgres::Row;

use super::session::{self, Session, get, number, p};
use super::trouble::{Fault, Result};
use super::views::StoredOrder;
use super::{feed, order_rows, queue, stock};
use crate::key_table::KeyTable;
use crate::paging;
use crate::rows::{Prepared, RowChange};

/// The end of the log, and what goes with it. Read under its lock at the start of each batch.
#[derive(Clone, Debug)]
pub(super) struct LogHead {
    pub(super) position: Position,
    pub(super) hash: [u8; 32],
    pub(super) recorded_at: Timestamp,
    pub(super) next_number: u64,
    pub(super) keys: KeyTable,
    pub(super) keys_since: Timestamp,
    /// How many batches were written by anybody.
    pub(super) batches: i64,
}

impl LogHead {
    /// The columns of [`LogHead::read`], in a message whose answer is text.
    pub(super) const COLUMNS: &'static str =
        "position, encode(hash, 'hex'), recorded_at, next_number, keys_in, keys_since, batches";

    /// Read the row of a simple query.
    pub(super) fn read(row: &[String]) -> Result<Self> {
        let unreadable = || Fault::Unreadable(format!("the row of head: {row:?}"));
        let [position, hash, recorded_at, next_number, keys, keys_since, batches] = row else {
            return Err(unreadable());
        };
        let mut bytes = [0; 32];
        hex::decode_to_slice(hash, &mut bytes).map_err(|_| unreadable())?;
        let integer = |text: &String| text.parse::<i64>().map_err(|_| unreadable());
        let natural = |text: &String| text.parse::<u64>().map_err(|_| unreadable());
        Ok(Self {
            position: Position(natural(position)?),
            hash: bytes,
            recorded_at: paging::time(integer(recorded_at)?),
            next_number: natural(next_number)?,
            keys: KeyTable::parse(keys).ok_or_else(unreadable)?,
            keys_since: paging::time(integer(keys_since)?),
            batches: integer(batches)?,
        })
    }

    /// What the next batch goes on from.
    pub(super) const fn moved_to(&mut self, heads: &Heads) {
        self.batches = self.batches.saturating_add(1);
        self.position = heads.position;
        self.hash = heads.hash;
        self.recorded_at = heads.recorded_at;
        self.next_number = heads.next_number;
    }

    fn heads(&self, now: Timestamp, key_ttl: SignedDuration) -> Heads {
        let mut heads = Heads::empty("", now, self.next_number, key_ttl);
        heads.position = self.position;
        heads.hash = self.hash;
        heads.recorded_at = self.recorded_at;
        heads
    }
}

/// What the batch touches: each thing once.
#[derive(Default)]
struct Touched<'c> {
    keys: BTreeSet<(&'c str, &'c str)>,
    streams: BTreeSet<&'c StreamId>,
    claims: BTreeSet<&'c Claim>,
    stock: BTreeSet<&'c StockKey>,
    jobs: BTreeSet<&'c JobId>,
    orders: BTreeSet<&'c str>,
    bookmarks: BTreeSet<&'c str>,
}

impl<'c> Touched<'c> {
    fn by(batch: impl Iterator<Item = &'c Prepared>) -> Self {
        let mut touched = Self::default();
        for Prepared { commit, rows, .. } in batch {
            // An order that is opened now has no row yet.
            touched.orders.extend(commit.changes.iter().zip(rows).filter_map(|(change, row)| {
                let is_known = change.stream.kind() == StreamKind::Order && !change.numbered;
                (is_known && !matches!(row, RowChange::Keep)).then(|| change.stream.id())
            }));
            touched.keys.extend(commit.key.iter().map(|key| (key.shop.as_str(), key.key.as_str())));
            // An answer tells the version of its stream, also when the commit does not change it.
            touched.streams.extend(commit.requires.iter().map(|(stream, _)| stream));
            touched.streams.extend(commit.changes.iter().map(|change| &change.stream));
            touched.streams.extend(commit.answer.iter().map(|answer| &answer.stream));
            touched.claims.extend(commit.claims.iter().map(|change| match change {
                ClaimChange::Take(claim, _) | ClaimChange::Give(claim, _) => claim,
            }));
            touched.stock.extend(commit.stock.iter().map(|one| &one.at));
            touched.jobs.extend(commit.finishes.iter().map(|finish| &finish.lease.job_id));
            touched.jobs.extend(commit.reschedules.iter().map(|r| &r.job_id));
            touched.bookmarks.extend(commit.bookmark.iter().map(|moved| moved.name.as_str()));
        }
        touched
    }
}

/// What a batch is judged against, and the rows that it goes on from.
pub(super) struct Loaded {
    pub(super) heads: Heads,
    pub(super) jobs: Vec<queue::Standing>,
    pub(super) orders: BTreeMap<String, StoredOrder>,
}

/// The heads of everything that these commits touch: one statement a table, all of them on their way at once.
pub(super) async fn load<'c>(
    session: &Session,
    log: &LogHead,
    now: Timestamp,
    key_ttl: SignedDuration,
    batch: impl Iterator<Item = &'c Prepared>,
) -> Result<Loaded> {
    let mut heads = log.heads(now, key_ttl);
    let touched = Touched::by(batch);
    let (keys, streams, claims, stock, jobs, orders, bookmarks) = join!(
        keys(session, &touched),
        streams(session, &touched),
        claims(session, &touched),
        levels(session, &touched),
        queue::standing(session, &touched.jobs),
        order_rows::load(session, &touched.orders),
        feed::marked(session, &touched.bookmarks),
    );
    heads.bookmarks.extend(bookmarks?);
    heads.keys.extend(keys?);
    heads.streams.extend(streams?);
    heads.claims.extend(claims?.into_iter().map(|(claim, holder)| (claim, Some(holder))));
    heads.stock.extend(stock?);
    let jobs = jobs?;
    heads
        .jobs
        .extend(jobs.iter().map(|job| (job.job_id.clone(), JobHead { state: job.state, token: job.token })));
    Ok(Loaded { heads, jobs, orders: orders? })
}

/// An old answer may stand in one table and its successor in the other: the later one counts.
async fn keys(session: &Session, touched: &Touched<'_>) -> Result<Vec<((String, String), StoredKey)>> {
    if touched.keys.is_empty() {
        return Ok(Vec::new());
    }
    let (shops, keys): (Vec<&str>, Vec<&str>) = touched.keys.iter().copied().unzip();
    let sql = "SELECT shop, key, fingerprint, stream, version, part, waits, at
               FROM (SELECT * FROM keys_a UNION ALL SELECT * FROM keys_b) AS stored
               JOIN UNNEST($1, $2) AS asked (shop, key) USING (shop, key)
               ORDER BY at";
    session.all(sql, &[p(&shops), p(&keys)], stored_key).await
}

fn stored_key(row: &Row) -> Result<((String, String), StoredKey)> {
    let answer = Answer {
        stream: session::parsed(row, 3, StreamId::parse)?,
        version: Version(number(row, 4)?),
        part: get(row, 5)?,
        waits: get(row, 6)?,
    };
    let stored = StoredKey { fingerprint: get(row, 2)?, answer, at: session::time(row, 7)? };
    Ok(((get(row, 0)?, get(row, 1)?), stored))
}

async fn streams(session: &Session, touched: &Touched<'_>) -> Result<Vec<(StreamId, Version)>> {
    if touched.streams.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<String> = touched.streams.iter().map(ToString::to_string).collect();
    let sql = "SELECT stream, version FROM streams WHERE stream = ANY($1)";
    let read = |row: &Row| Ok((session::parsed(row, 0, StreamId::parse)?, Version(number(row, 1)?)));
    session.all(sql, &[p(&names)], read).await
}

async fn claims(session: &Session, touched: &Touched<'_>) -> Result<Vec<(Claim, StreamId)>> {
    if touched.claims.is_empty() {
        return Ok(Vec::new());
    }
    let kinds: Vec<&str> = touched.claims.iter().map(|claim| claim.kind.as_str()).collect();
    let values: Vec<&str> = touched.claims.iter().map(|claim| claim.value.as_str()).collect();
    let sql = "SELECT kind, value, holder FROM claims JOIN UNNEST($1, $2) AS asked (kind, value) USING (kind, value)";
    let kind = |word: &str| -> Option<ClaimKind> {
        touched.claims.iter().map(|claim| claim.kind).find(|kind| kind.as_str() == word)
    };
    let read = |row: &Row| {
        let claim = Claim { kind: session::parsed(row, 0, kind)?, value: get(row, 1)? };
        Ok((claim, session::parsed(row, 2, StreamId::parse)?))
    };
    session.all(sql, &[p(&kinds), p(&values)], read).await
}

async fn levels(
    session: &Session,
    touched: &Touched<'_>,
) -> Result<Vec<(StockKey, sutler_domain::inventory::Level)>> {
    if touched.stock.is_empty() {
        return Ok(Vec::new());
    }
    let variants: Vec<&str> = touched.stock.iter().map(|at| at.variant_id.as_str()).collect();
    let locations: Vec<&str> = touched.stock.iter().map(|at| at.location_id.as_str()).collect();
    let sql = "SELECT variant_id, location_id, on_hand, reserved, safety_stock, reorder_point FROM stock
               JOIN UNNEST($1, $2) AS asked (variant_id, location_id) USING (variant_id, location_id)";
    let read = |row: &Row| Ok((stock::at(row, 0)?, stock::counters(row, 2)?));
    session.all(sql, &[p(&variants), p(&locations)], read).await
}

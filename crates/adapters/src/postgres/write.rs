//! What the door took, written table by table: one statement each, however many commits there are, and all of them on
//! their way at once. PostgreSQL runs them in the order in which they were sent.

use std::collections::HashMap;

use futures::join;
use sutler_app::admission::Heads;
use sutler_app::admission::{Admitted, JournalEntry};
use sutler_app::commit::{Claim, ClaimChange};
use sutler_app::stream::StreamId;
use sutler_domain::inventory::Reason;
use sutler_domain::seeded::{Bug, seeded};

use super::heads::LogHead;
use super::queue::{self, Standing};
use super::session::{Session, column, int, p};
use super::trouble::{self, Result};
use super::views::Folded;
use super::{delivery_rows, feed, keys, order_rows, people_rows, view_rows};
use crate::key_table::KeyTable;
use crate::rows::Prepared;

/// A commit and what the door stamped on it.
pub(super) type Taken<'b> = (&'b Prepared, &'b Admitted);

/// Write a batch that was judged against `heads`, which have moved on with it.
pub(super) async fn batch(
    session: &Session,
    batch: &[Taken<'_>],
    heads: &Heads,
    jobs: &[Standing],
    folded: &Folded<'_>,
    keys: KeyTable,
) -> Result<()> {
    let done = join!(
        events(session, batch),
        streams(session, batch, heads),
        claims(session, batch, heads),
        stock(session, batch, heads),
        journal(session, batch),
        idempotency_keys(session, batch, keys),
        order_rows::write(session, folded),
        view_rows::write(session, folded),
        queue::write(session, batch, jobs),
        delivery_rows::write(session, batch),
        feed::write(session, batch),
        people_rows::write(session, batch),
    );
    let (events, streams, claims, stock, journal, keys, orders, views, jobs, deliveries, bookmarks, told) =
        done;
    first_cause([
        events, streams, claims, stock, journal, keys, orders, views, jobs, deliveries, bookmarks, told,
    ])
}

/// Once a statement has failed, all others fail because of it: only the first tells why.
pub(super) fn first_cause<const N: usize>(results: [Result<()>; N]) -> Result<()> {
    let (mut cause, mut echo) = (None, None);
    for fault in results.into_iter().filter_map(Result::err) {
        let place = if trouble::is_echo(&fault) { &mut echo } else { &mut cause };
        place.get_or_insert(fault);
    }
    cause.or(echo).map_or(Ok(()), Err)
}

async fn events(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let rows: Vec<_> = batch.iter().flat_map(|(_, admitted)| &admitted.events).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO events (position, event_id, stream, version, name, body, at, recorded_at, actor,
                                   causation, traceparent, number, hash)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |event| int(event.position.0))),
                p(&column(&rows, |event| event.event_id.as_str())),
                p(&column(&rows, |event| event.stream.as_str())),
                p(&column(&rows, |event| int(event.version.0))),
                p(&column(&rows, |event| event.name.as_str())),
                p(&column(&rows, |event| event.body.as_str())),
                p(&column(&rows, |event| event.at.as_microsecond())),
                p(&column(&rows, |event| event.recorded_at.as_microsecond())),
                p(&column(&rows, |event| event.actor.as_str())),
                p(&column(&rows, |event| event.causation.as_deref())),
                p(&column(&rows, |event| event.traceparent.as_deref())),
                p(&column(&rows, |event| event.number.map(int))),
                p(&column(&rows, |event| event.hash.as_slice())),
            ],
        )
        .await
        .map(drop)
}

/// The last version of each stream; a stream that many commits moved is written once.
async fn streams(session: &Session, batch: &[Taken<'_>], heads: &Heads) -> Result<()> {
    let moved = batch.iter().flat_map(|(_, admitted)| &admitted.receipt.versions).map(|(stream, _)| stream);
    let moved: std::collections::HashSet<&StreamId> = moved.collect();
    if moved.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO streams (stream, version) SELECT * FROM UNNEST($1, $2)
               ON CONFLICT (stream) DO UPDATE SET version = excluded.version";
    let (names, versions): (Vec<&str>, Vec<i64>) =
        moved.into_iter().map(|stream| (stream.as_str(), int(heads.version(stream).0))).unzip();
    session.execute(sql, &[p(&names), p(&versions)]).await.map(drop)
}

/// The last holder of each name that was taken or given up.
async fn claims(session: &Session, batch: &[Taken<'_>], heads: &Heads) -> Result<()> {
    let mut after: HashMap<&Claim, Option<&StreamId>> = HashMap::new();
    for change in batch.iter().flat_map(|(prepared, _)| &prepared.commit.claims) {
        let (ClaimChange::Take(claim, _) | ClaimChange::Give(claim, _)) = change;
        after.insert(claim, heads.holder(claim));
    }
    let (taken, free): (Vec<_>, Vec<_>) = after.into_iter().partition(|(_, holder)| holder.is_some());
    let (taken, freed) = join!(take(session, &taken), free_names(session, &free));
    taken.and(freed)
}

async fn take(session: &Session, taken: &[(&Claim, Option<&StreamId>)]) -> Result<()> {
    if taken.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO claims (kind, value, holder) SELECT * FROM UNNEST($1, $2, $3)
               ON CONFLICT (kind, value) DO UPDATE SET holder = excluded.holder";
    let kinds = column(taken, |(claim, _)| claim.kind.as_str());
    let values = column(taken, |(claim, _)| claim.value.as_str());
    let holders = column(taken, |(_, holder)| holder.map(ToString::to_string));
    session.execute(sql, &[p(&kinds), p(&values), p(&holders)]).await.map(drop)
}

async fn free_names(session: &Session, free: &[(&Claim, Option<&StreamId>)]) -> Result<()> {
    if free.is_empty() {
        return Ok(());
    }
    let sql = "DELETE FROM claims USING UNNEST($1, $2) AS free (kind, value)
               WHERE claims.kind = free.kind AND claims.value = free.value";
    let kinds = column(free, |(claim, _)| claim.kind.as_str());
    let values = column(free, |(claim, _)| claim.value.as_str());
    session.execute(sql, &[p(&kinds), p(&values)]).await.map(drop)
}

/// The last level of each key; a hot one is written once, however many commits moved it.
async fn stock(session: &Session, batch: &[Taken<'_>], heads: &Heads) -> Result<()> {
    let moved = batch.iter().flat_map(|(_, admitted)| &admitted.journal).map(|entry| &entry.at);
    let moved: std::collections::HashSet<_> = moved.collect();
    let rows: Vec<_> = moved.into_iter().filter_map(|at| Some((at, heads.stock.get(at)?))).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO stock (variant_id, location_id, on_hand, reserved, safety_stock, reorder_point)
               SELECT * FROM UNNEST($1, $2, $3, $4, $5, $6)
               ON CONFLICT (variant_id, location_id) DO UPDATE SET
                   on_hand = excluded.on_hand, reserved = excluded.reserved,
                   safety_stock = excluded.safety_stock, reorder_point = excluded.reorder_point";
    session
        .execute(
            sql,
            &[
                p(&column(&rows, |(at, _)| at.variant_id.as_str())),
                p(&column(&rows, |(at, _)| at.location_id.as_str())),
                p(&column(&rows, |(_, level)| level.on_hand)),
                p(&column(&rows, |(_, level)| level.reserved)),
                p(&column(&rows, |(_, level)| level.safety_stock)),
                p(&column(&rows, |(_, level)| level.reorder_point)),
            ],
        )
        .await
        .map(drop)
}

async fn journal(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let lost = |entry: &&JournalEntry| seeded(Bug::JournalRowLost) && entry.reason == Reason::Released;
    let rows: Vec<_> =
        batch.iter().flat_map(|(_, admitted)| &admitted.journal).filter(|entry| !lost(entry)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let names =
        "position, line, variant_id, location_id, reason, on_hand, reserved, after_on_hand, after_reserved,
                 after_safety_stock, after_reorder_point, source, actor, note, recorded_at";
    let sql = format!(
        "INSERT INTO journal ({names})
         SELECT {names} FROM UNNEST($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             WITH ORDINALITY AS moved ({names}, place)
         ORDER BY place"
    );
    session
        .execute(
            &sql,
            &[
                p(&column(&rows, |entry| int(entry.position.0))),
                p(&column(&rows, |entry| i64::from(entry.line))),
                p(&column(&rows, |entry| entry.at.variant_id.as_str())),
                p(&column(&rows, |entry| entry.at.location_id.as_str())),
                p(&column(&rows, |entry| entry.reason.as_str())),
                p(&column(&rows, |entry| entry.on_hand)),
                p(&column(&rows, |entry| entry.reserved)),
                p(&column(&rows, |entry| entry.after.on_hand)),
                p(&column(&rows, |entry| entry.after.reserved)),
                p(&column(&rows, |entry| entry.after.safety_stock)),
                p(&column(&rows, |entry| entry.after.reorder_point)),
                p(&column(&rows, |entry| entry.source.as_ref().map(ToString::to_string))),
                p(&column(&rows, |entry| entry.actor.as_str())),
                p(&column(&rows, |entry| entry.note.as_deref())),
                p(&column(&rows, |entry| entry.recorded_at.as_microsecond())),
            ],
        )
        .await
        .map(drop)
}

async fn idempotency_keys(session: &Session, batch: &[Taken<'_>], table: KeyTable) -> Result<()> {
    let rows: Vec<_> = batch
        .iter()
        .filter_map(|(prepared, admitted)| {
            Some((prepared.commit.key.as_ref()?, admitted.answer.as_ref()?, admitted.recorded_at))
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    session
        .execute(
            &keys::insert(table),
            &[
                p(&column(&rows, |(key, ..)| key.shop.as_str())),
                p(&column(&rows, |(key, ..)| key.key.as_str())),
                p(&column(&rows, |(key, ..)| key.fingerprint.as_str())),
                p(&column(&rows, |(_, answer, _)| answer.stream.as_str())),
                p(&column(&rows, |(_, answer, _)| int(answer.version.0))),
                p(&column(&rows, |(_, answer, _)| answer.part.as_deref())),
                p(&column(&rows, |(_, answer, _)| answer.waits)),
                p(&column(&rows, |(.., at)| at.as_microsecond())),
            ],
        )
        .await
        .map(drop)
}

/// Write the end of the log, and tell every node where it is once the batch is committed.
pub(super) async fn head(session: &Session, log: &LogHead, channel: &str) -> Result<()> {
    let sql = "UPDATE head SET position = $1, hash = $2, recorded_at = $3, next_number = $4, batches = $5
               RETURNING pg_notify($6, $7)::text";
    let told = format!("{} {}", log.position.0, log.batches);
    session
        .execute(
            sql,
            &[
                p(&int(log.position.0)),
                p(&log.hash.as_slice()),
                p(&log.recorded_at.as_microsecond()),
                p(&int(log.next_number)),
                p(&log.batches),
                p(&channel),
                p(&told),
            ],
        )
        .await
        .map(drop)
}

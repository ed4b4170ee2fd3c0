//! What the door took, written table by table: each statement is looked up once a batch.

use std::collections::HashMap;

use rusqlite::Result;
use sutler_app::admission::{Admitted, JournalEntry};
use sutler_app::commit::ClaimChange;
use sutler_app::stream::StreamId;
use sutler_domain::inventory::Reason;
use sutler_domain::seeded::{Bug, seeded};

use super::session::Session;
use super::views::{self, WrittenOrder};
use super::{delivery_rows, feed, keys, order_rows, people_rows, queue};
use crate::key_table::KeyTable;
use crate::rows::Prepared;

/// A commit and what the door stamped on it.
pub(super) type Taken<'b> = (&'b Prepared, &'b Admitted);

/// Write a batch, in order; gives what became of its orders.
pub(super) fn batch(session: &Session, batch: &[Taken<'_>], keys: KeyTable) -> Result<Vec<WrittenOrder>> {
    events(session, batch)?;
    streams(session, batch)?;
    claims(session, batch)?;
    stock(session, batch)?;
    journal(session, batch)?;
    idempotency_keys(session, batch, keys)?;
    let mut orders = Vec::new();
    let mut rows = order_rows::Orders::of(session)?;
    for (prepared, admitted) in batch {
        views::write(session, &mut rows, prepared, &admitted.receipt, &mut orders)?;
    }
    queue::write(session, batch)?;
    delivery_rows::write(session, batch)?;
    feed::write(session, batch)?;
    people_rows::write(session, batch)?;
    let opened = orders.iter().filter_map(|order| match order {
        WrittenOrder::Stands(order) => Some((order.number, order.value.placed_at.as_microsecond())),
        WrittenOrder::Moved(_) => None,
    });
    order_rows::widen_blocks(session, opened)?;
    Ok(orders)
}

fn events(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let mut insert = session.statement(
        "INSERT INTO events (position, event_id, stream, version, name, body, at, recorded_at, actor, causation,
                             traceparent, number, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
    )?;
    for event in batch.iter().flat_map(|(_, admitted)| &admitted.events) {
        insert.execute((
            event.position.0,
            event.event_id.as_str(),
            event.stream.as_str(),
            event.version.0,
            &event.name,
            &event.body,
            event.at.as_microsecond(),
            event.recorded_at.as_microsecond(),
            &event.actor,
            &event.causation,
            &event.traceparent,
            event.number,
            &event.hash,
        ))?;
    }
    Ok(())
}

/// The last version of each stream; a stream that many commits moved is written once.
fn streams(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let versions = batch.iter().flat_map(|(_, admitted)| &admitted.receipt.versions);
    let last: HashMap<_, _> = versions.map(|(stream, version)| (stream, version)).collect();
    let mut upsert = session.statement(
        "INSERT INTO streams (stream, version) VALUES (?1, ?2)
         ON CONFLICT (stream) DO UPDATE SET version = excluded.version",
    )?;
    for (stream, version) in last {
        upsert.execute((stream.as_str(), version.0))?;
    }
    Ok(())
}

/// Names given up are free for the same commit, so those go first.
fn claims(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let give = "DELETE FROM claims WHERE kind = ?1 AND value = ?2 AND holder = ?3";
    let take = "INSERT OR REPLACE INTO claims (kind, value, holder) VALUES (?1, ?2, ?3)";
    for (prepared, _) in batch {
        for change in &prepared.commit.claims {
            if let ClaimChange::Give(claim, holder) = change {
                session.execute(give, (claim.kind.as_str(), &claim.value, holder.as_str()))?;
            }
        }
        for change in &prepared.commit.claims {
            if let ClaimChange::Take(claim, holder) = change {
                session.execute(take, (claim.kind.as_str(), &claim.value, holder.as_str()))?;
            }
        }
    }
    Ok(())
}

/// The last level of each key; a hot one is written once, however many commits moved it.
fn stock(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let moves = batch.iter().flat_map(|(_, admitted)| &admitted.journal);
    let last: HashMap<_, _> = moves.map(|entry| (&entry.at, &entry.after)).collect();
    let mut upsert = session.statement(
        "INSERT INTO stock (variant_id, location_id, on_hand, reserved, safety_stock, reorder_point)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (variant_id, location_id) DO UPDATE SET
             on_hand = excluded.on_hand, reserved = excluded.reserved,
             safety_stock = excluded.safety_stock, reorder_point = excluded.reorder_point",
    )?;
    for (at, level) in last {
        upsert.execute((
            at.variant_id.as_str(),
            at.location_id.as_str(),
            level.on_hand,
            level.reserved,
            level.safety_stock,
            level.reorder_point,
        ))?;
    }
    Ok(())
}

fn journal(session: &Session, batch: &[Taken<'_>]) -> Result<()> {
    let mut insert = session.statement(
        "INSERT INTO journal (position, line, variant_id, location_id, reason, on_hand, reserved, after_on_hand,
                              after_reserved, after_safety_stock, after_reorder_point, source, actor, note,
                              recorded_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    let lost = |entry: &&JournalEntry| seeded(Bug::JournalRowLost) && entry.reason == Reason::Released;
    for entry in batch.iter().flat_map(|(_, admitted)| &admitted.journal).filter(|entry| !lost(entry)) {
        insert.execute((
            entry.position.0,
            entry.line,
            entry.at.variant_id.as_str(),
            entry.at.location_id.as_str(),
            entry.reason.as_str(),
            entry.on_hand,
            entry.reserved,
            entry.after.on_hand,
            entry.after.reserved,
            entry.after.safety_stock,
            entry.after.reorder_point,
            entry.source.as_ref().map(StreamId::as_str),
            &entry.actor,
            &entry.note,
            entry.recorded_at.as_microsecond(),
        ))?;
    }
    Ok(())
}

fn idempotency_keys(session: &Session, batch: &[Taken<'_>], table: KeyTable) -> Result<()> {
    let mut insert = session.statement(&keys::insert(table))?;
    for (prepared, admitted) in batch {
        let (Some(key), Some(answer)) = (&prepared.commit.key, &admitted.answer) else { continue };
        insert.execute((
            &key.shop,
            &key.key,
            &key.fingerprint,
            answer.stream.as_str(),
            answer.version.0,
            &answer.part,
            answer.waits,
            admitted.recorded_at.as_microsecond(),
        ))?;
    }
    Ok(())
}

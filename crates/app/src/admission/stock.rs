//! Stock at the door: moves of one key are summed, judged once, and written to the journal one by one.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use sutler_domain::Position;
use sutler_domain::inventory::{Level, QUANTITY_MAX, Reason};
use sutler_domain::seeded::{Bug, seeded};

use super::Heads;
use crate::commit::{Commit, Guard, Refused, Shortage, StockKey, StockMove};
use crate::stream::StreamId;

/// One row of the stock journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// The position of its commit.
    pub position: Position,
    /// Which move of its commit, from 0.
    pub line: u32,
    /// Which counters.
    pub at: StockKey,
    /// Why.
    pub reason: Reason,
    /// What came to or left the shelf.
    pub on_hand: i64,
    /// What was promised or no longer promised.
    pub reserved: i64,
    /// The level after it.
    pub after: Level,
    /// The order or reservation it was for.
    pub source: Option<StreamId>,
    /// Who did it.
    pub actor: String,
    /// What somebody wrote about it.
    pub note: Option<String>,
    /// When the door took it.
    pub recorded_at: Timestamp,
}

/// The levels after the moves, or every counter that cannot give what was asked.
pub(super) fn judge(heads: &Heads, moves: &[StockMove]) -> Result<HashMap<StockKey, Level>, Refused> {
    let mut by_key: BTreeMap<&StockKey, Vec<&StockMove>> = BTreeMap::new();
    for one in moves {
        by_key.entry(&one.at).or_default().push(one);
    }
    let (mut levels, mut short) = (HashMap::new(), Vec::new());
    for (at, moves) in by_key {
        let before = heads.stock.get(at).copied().unwrap_or_default();
        match judge_key(at, before, &moves)? {
            Ok(after) => {
                levels.insert(at.clone(), after);
            }
            Err(shortage) => short.push(shortage),
        }
    }
    if short.is_empty() { Ok(levels) } else { Err(Refused::Short(short)) }
}

fn judge_key(at: &StockKey, before: Level, moves: &[&StockMove]) -> Result<Result<Level, Shortage>, Refused> {
    let out_of_range = || Refused::OutOfRange { at: at.clone() };
    let mut after = before;
    for one in moves {
        if let Guard::OnHand(expected) = one.guard
            && before.on_hand != expected
        {
            return Err(Refused::StockMoved { at: at.clone(), on_hand: before.on_hand });
        }
        after = applied(after, one).ok_or_else(out_of_range)?;
    }
    let promised = after.reserved.saturating_sub(before.reserved);
    let taken = before.on_hand.saturating_sub(after.on_hand);
    let guarded = moves.iter().any(|m| m.guard == Guard::Available);
    let one_by_one = seeded(Bug::SumPerItem) && moves.iter().all(|m| m.reserved <= before.available());
    let unsafe_too = seeded(Bug::SafetyStockIgnored) && after.reserved <= after.on_hand;
    if guarded && promised > 0 && after.available() < 0 && !one_by_one && !unsafe_too {
        return Ok(Err(Shortage { at: at.clone(), available: before.available(), requested: promised }));
    }
    if after.on_hand < 0 {
        return Ok(Err(Shortage { at: at.clone(), available: before.on_hand, requested: taken }));
    }
    // Releasing more than was promised is a mistake of the engine, not a lack of stock.
    let in_range = after.on_hand <= QUANTITY_MAX && (0..=QUANTITY_MAX).contains(&after.reserved);
    if in_range { Ok(Ok(after)) } else { Err(out_of_range()) }
}

fn applied(level: Level, one: &StockMove) -> Option<Level> {
    let (safety_stock, reorder_point) = one.thresholds.unwrap_or((level.safety_stock, level.reorder_point));
    Some(Level {
        on_hand: level.on_hand.checked_add(one.on_hand)?,
        reserved: level.reserved.checked_add(one.reserved)?,
        safety_stock,
        reorder_point,
    })
}

/// The journal of an admitted commit, each row with the level after its own move.
pub(super) fn journal(
    heads: &Heads,
    commit: &Commit,
    levels: &HashMap<StockKey, Level>,
) -> Vec<JournalEntry> {
    let mut running: HashMap<&StockKey, Level> = HashMap::new();
    let mut rows = Vec::with_capacity(commit.stock.len());
    for (line, one) in (0u32..).zip(&commit.stock) {
        let before = running.get(&one.at).or_else(|| heads.stock.get(&one.at)).copied().unwrap_or_default();
        // The judged level is the end of this walk, so every step of it is in range.
        let after = applied(before, one).or_else(|| levels.get(&one.at).copied()).unwrap_or(before);
        running.insert(&one.at, after);
        rows.push(JournalEntry {
            position: heads.position,
            line,
            at: one.at.clone(),
            reason: one.reason,
            on_hand: one.on_hand,
            reserved: one.reserved,
            after,
            source: one.source.clone(),
            actor: commit.actor.clone(),
            note: one.note.clone(),
            recorded_at: heads.recorded_at,
        });
    }
    rows
}

//! Stock: the journal beside the events that moved it, and the levels that must come of it.

use std::collections::{BTreeMap, HashMap};

use sutler_domain::inventory::{Level, ReservationEvent, Signal, StockEvent, StockLine};
use sutler_domain::orders::{Order, OrderEvent, stock_changes};
use sutler_domain::{LocationId, Position, VariantId};

use super::desk::Desk;
use super::pages::{PAGE_ROWS, Pages};
use super::report::{Check, Difference, Findings};
use crate::admission::JournalEntry;
use crate::commit::StockKey;
use crate::event::Recorded;
use crate::ports::ReadError;
use crate::ports::audit::{JournalRow, StoredLevel};
use crate::stream::{StreamId, StreamKind};

/// What is known of the shelves so far. Its size is that of the levels and the open reservations, not of the log.
#[derive(Default)]
pub(super) struct Shelves {
    levels: BTreeMap<StockKey, Shelf>,
    /// What open reservations keep; their ends do not repeat it.
    kept: HashMap<String, Vec<StockLine>>,
    /// Moves that events have told and the journal has not.
    told: BTreeMap<(Option<StreamId>, StockKey), Moves>,
    last_line: Option<(Position, u32)>,
}

/// One level as the log and the journal make it.
#[derive(Clone, Copy, Default)]
struct Shelf {
    level: Level,
    signal: Signal,
    /// What orders and reservations hold of it.
    held: i64,
}

/// Sums of moves, and the event that told the first of them.
#[derive(Clone, Copy, Default)]
struct Moves {
    on_hand: i64,
    reserved: i64,
    position: Position,
}

/// The place of a row in the journal.
pub(super) const fn place(row: &JournalRow) -> u64 {
    row.row
}

impl Shelves {
    /// Note what an event says about stock. One that cannot be read is told of with its stream.
    pub(super) fn expect(&mut self, record: &Recorded) {
        _ = match (record.stream.kind(), record.name.as_str()) {
            (
                StreamKind::Order,
                "StockReserved" | "StockReleased" | "FulfillmentShipped" | "StockReturned",
            ) => record.read().map(|event: OrderEvent| self.expect_order(record, &event)),
            (StreamKind::Reservation, name) if name != "ReservationExtended" => {
                record.read().map(|event: ReservationEvent| self.expect_reservation(record, event))
            }
            (StreamKind::Stock, name) if name != "StockThresholdsSet" => {
                record.read().map(|event: StockEvent| self.expect_stock(record, event))
            }
            _ => Ok(()),
        };
    }

    fn expect_order(&mut self, record: &Recorded, event: &OrderEvent) {
        for change in stock_changes(std::slice::from_ref(event)) {
            let at = StockKey { variant_id: change.variant_id, location_id: change.location_id };
            self.tell(Some(&record.stream), at, (change.on_hand, change.reserved), record.position);
        }
    }

    fn expect_reservation(&mut self, record: &Recorded, event: ReservationEvent) {
        let id = record.stream.id();
        let (lines, sign) = match event {
            ReservationEvent::ReservationCreated(reservation) => {
                self.kept.insert(id.to_owned(), reservation.lines.clone());
                (reservation.lines, 1)
            }
            _ => (self.kept.remove(id).unwrap_or_default(), -1),
        };
        for line in lines.into_iter().filter(|line| line.tracked) {
            let reserved = line.quantity.saturating_mul(sign);
            let at = StockKey { variant_id: line.variant_id, location_id: line.location_id };
            self.tell(Some(&record.stream), at, (0, reserved), record.position);
        }
    }

    fn expect_stock(&mut self, record: &Recorded, event: StockEvent) {
        let (variant_id, location_id, level) = match event {
            StockEvent::InventoryAdjusted { variant_id, location_id, delta, .. } => {
                self.tell(None, StockKey { variant_id, location_id }, (delta, 0), record.position);
                return;
            }
            StockEvent::StockThresholdsSet { .. } => return,
            StockEvent::InventoryLow { variant_id, location_id, level }
            | StockEvent::InventoryOutOfStock { variant_id, location_id, level }
            | StockEvent::StockReplenished { variant_id, location_id, level }
            | StockEvent::InventoryBackInStock { variant_id, location_id, level } => {
                (variant_id, location_id, level)
            }
        };
        self.shelf(&StockKey { variant_id, location_id }).signal = level.signal();
    }

    fn tell(
        &mut self,
        source: Option<&StreamId>,
        at: StockKey,
        (on_hand, reserved): (i64, i64),
        position: Position,
    ) {
        let moves = self.told.entry((source.cloned(), at)).or_insert(Moves { position, ..Moves::default() });
        moves.on_hand = moves.on_hand.saturating_add(on_hand);
        moves.reserved = moves.reserved.saturating_add(reserved);
    }

    fn shelf(&mut self, at: &StockKey) -> &mut Shelf {
        if !self.levels.contains_key(at) {
            self.levels.insert(at.clone(), Shelf::default());
        }
        self.levels.entry(at.clone()).or_default()
    }

    /// Take the rows of the journal up to a position. A commit's rows carry its last position, so where there are
    /// any, every move that was told so far must be among them.
    pub(super) fn take_journal(
        &mut self,
        journal: &mut Pages<'_, JournalRow>,
        upto: Position,
        findings: &mut Findings,
    ) -> Result<(), ReadError> {
        let is_due = |row: &JournalRow| row.entry.as_ref().map_or(true, |entry| entry.position <= upto);
        let (mut touched, mut taken) = (Vec::new(), None);
        while let Some(JournalRow { row, entry }) = journal.next_if(is_due)? {
            findings.checked(Check::Journal, 1);
            match entry {
                Ok(entry) => {
                    taken = Some(entry.position);
                    self.take_move(row, &entry, findings);
                    touched.push(entry.at);
                }
                Err(damaged) => {
                    let cause = format!("the row cannot be read: {}", damaged.reason);
                    findings.add(difference(
                        Check::Journal,
                        format!("row {row} of the journal"),
                        None,
                        cause,
                    ));
                }
            }
        }
        if let Some(position) = taken {
            self.no_level_is_negative(&touched, position, findings);
            self.every_move_was_told(position, findings);
        }
        Ok(())
    }

    fn take_move(&mut self, row: u64, entry: &JournalEntry, findings: &mut Findings) {
        let place = format!("row {row} of the journal: {} at {}", entry.at.variant_id, entry.at.location_id);
        let line = match self.last_line {
            Some((position, line)) if position == entry.position => line.saturating_add(1),
            _ => 0,
        };
        if entry.line != line {
            let cause = format!("it is move {} of its commit, where move {line} is missing", entry.line);
            findings.add(difference(Check::Journal, place.clone(), Some(entry.position), cause));
        }
        if self.last_line.is_some_and(|(position, _)| entry.position < position) {
            let cause = "its position is smaller than that of the row before: it was changed".to_owned();
            findings.add(difference(Check::Journal, place.clone(), Some(entry.position), cause));
        }
        self.last_line = Some((entry.position, entry.line));

        let spot = self.shelf(&entry.at);
        let follows = |before: i64, moved: i64, after: i64| before.checked_add(moved) == Some(after);
        for (what, before, moved, after) in [
            ("on hand", spot.level.on_hand, entry.on_hand, entry.after.on_hand),
            ("reserved", spot.level.reserved, entry.reserved, entry.after.reserved),
        ] {
            if !follows(before, moved, after) {
                let cause = format!(
                    "{after} {what} after it do not follow from {before} before it and a move of {moved:+}: the row, \
                     or one before it, was changed or deleted"
                );
                findings.add(difference(Check::Journal, place.clone(), Some(entry.position), cause));
            }
        }
        spot.level = entry.after;
        let key = (entry.source.clone(), entry.at.clone());
        let moves = self.told.entry(key).or_insert(Moves { position: entry.position, ..Moves::default() });
        moves.on_hand = moves.on_hand.saturating_sub(entry.on_hand);
        moves.reserved = moves.reserved.saturating_sub(entry.reserved);
    }

    fn no_level_is_negative(&self, touched: &[StockKey], position: Position, findings: &mut Findings) {
        for at in touched {
            let level = self.levels.get(at).copied().unwrap_or_default().level;
            if level.on_hand < 0 || level.reserved < 0 {
                let cause = format!(
                    "{} on hand and {} reserved: neither may be negative",
                    level.on_hand, level.reserved
                );
                findings.add(difference(Check::Journal, words(at), Some(position), cause));
            }
        }
    }

    fn every_move_was_told(&mut self, position: Position, findings: &mut Findings) {
        for ((source, at), moves) in std::mem::take(&mut self.told) {
            if moves.on_hand == 0 && moves.reserved == 0 {
                continue;
            }
            let whose = source.as_ref().map_or_else(|| "adjustments".to_owned(), ToString::to_string);
            let cause = format!(
                "the events of {whose} move {:+} on hand and {:+} reserved more than the journal says: a row or an \
                 event was changed, deleted or made up",
                moves.on_hand, moves.reserved
            );
            let mut found = difference(Check::Journal, words(&at), Some(moves.position.min(position)), cause);
            found.stream = source;
            findings.add(found);
        }
    }

    /// At the end of the log nothing may be told that the journal never said.
    pub(super) fn nothing_is_left(&mut self, last: Position, findings: &mut Findings) {
        self.every_move_was_told(last, findings);
    }

    /// An order holds what is reserved for its items.
    pub(super) fn hold_order(&mut self, order: &Order) {
        for item in order.items.iter().filter(|item| item.tracked && item.reserved != 0) {
            self.hold(&item.variant_id, &item.location_id, item.reserved);
        }
    }

    /// An open reservation holds its lines.
    pub(super) fn hold_lines(&mut self, lines: &[StockLine]) {
        for line in lines.iter().filter(|line| line.tracked) {
            self.hold(&line.variant_id, &line.location_id, line.quantity);
        }
    }

    fn hold(&mut self, variant_id: &VariantId, location_id: &LocationId, units: i64) {
        let at = StockKey { variant_id: variant_id.clone(), location_id: location_id.clone() };
        let spot = self.shelf(&at);
        spot.held = spot.held.saturating_add(units);
    }

    /// Compare with the levels as they are stored.
    pub(super) fn compare(&mut self, desk: &Desk, findings: &mut Findings) -> Result<(), ReadError> {
        let mut levels = Pages::new(|last: Option<&StoredLevel>| {
            let after = last.map(|level| level.at.clone());
            desk.ask(move |moment| moment.levels(after.as_ref(), PAGE_ROWS))
        });
        while let Some(stored) = levels.next_if(|_| true)? {
            findings.checked(Check::Levels, 1);
            let spot = self.levels.remove(&stored.at).unwrap_or_default();
            for cause in spot.differs_from(&stored) {
                findings.add(difference(Check::Levels, words(&stored.at), None, cause));
            }
        }
        for (at, spot) in std::mem::take(&mut self.levels) {
            let cause = format!(
                "the level is missing; the journal makes it {} on hand, {} reserved: the row was deleted",
                spot.level.on_hand, spot.level.reserved
            );
            findings.add(difference(Check::Levels, words(&at), None, cause));
        }
        Ok(())
    }
}

impl Shelf {
    fn differs_from(&self, stored: &StoredLevel) -> Vec<String> {
        let (made, kept) = (self.level, stored.level);
        let mut causes = Vec::new();
        for (what, made, kept) in
            [("on hand", made.on_hand, kept.on_hand), ("reserved", made.reserved, kept.reserved)]
        {
            if made != kept {
                causes.push(format!(
                    "the stored level says {kept} {what}, the moves of the journal sum to {made}: the level was \
                     written without its move"
                ));
            }
        }
        if (made.safety_stock, made.reorder_point) != (kept.safety_stock, kept.reorder_point) {
            causes.push(
                "safety stock or reorder point are not those of the last move in the journal".to_owned(),
            );
        }
        if self.held != kept.reserved {
            causes.push(format!(
                "{} are reserved, orders and reservations hold {}: stock is kept for nobody, or promised twice",
                kept.reserved, self.held
            ));
        }
        let told = serde_json::to_value(self.signal).unwrap_or_default();
        if told.as_str() != Some(stored.signal.as_str()) {
            causes.push(format!(
                "it was last told as {told} in the log, the stored level says \"{}\"",
                stored.signal
            ));
        }
        causes
    }
}

/// A level in words: its variant and location.
fn words(at: &StockKey) -> String {
    format!("{} at {}", at.variant_id, at.location_id)
}

const fn difference(check: Check, place: String, position: Option<Position>, cause: String) -> Difference {
    Difference { check, place, stream: None, position, cause }
}

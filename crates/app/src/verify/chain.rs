//! The log itself: positions, times, numbers, and the chain of hashes.

use jiff::Timestamp;
use sutler_domain::Position;

use super::report::{Check, Findings};
use crate::admission::{chained, event_id_of, genesis};
use crate::event::Recorded;
use crate::ports::audit::{LogEnd, Row};

/// The log, as far as it was walked.
pub(super) struct Chain {
    position: Position,
    /// The stored hash of the last row; nothing after a row that is missing or cannot be read.
    hash: Option<[u8; 32]>,
    recorded_at: Timestamp,
    number: Option<u64>,
    doubt: Option<Doubt>,
}

/// A row whose hash does not follow. What comes after it tells whether the row or its hash was changed.
struct Doubt {
    position: Position,
    place: String,
    /// The hash that would follow.
    hash: [u8; 32],
}

impl Chain {
    pub(super) fn of(end: &LogEnd) -> Self {
        let hash = Some(genesis(&end.first_epoch));
        let recorded_at = Timestamp::MIN;
        Self { position: Position(0), hash, recorded_at, number: None, doubt: None }
    }

    /// Check the next row.
    pub(super) fn take(&mut self, row: &Row<Recorded>, findings: &mut Findings) {
        let position = row.as_ref().map_or_else(|damaged| Position(damaged.at), |record| record.position);
        findings.checked(Check::Log, 1);
        findings.checked(Check::Chain, 1);
        self.no_gap(position, findings);
        match row {
            Err(damaged) => {
                self.settle(false, findings);
                let cause = format!("the row cannot be read: {}", damaged.reason);
                findings.at(Check::Chain, position, format!("position {position}"), cause);
                self.hash = None;
            }
            Ok(record) => {
                self.time(record, findings);
                self.number(record, findings);
                self.link(record, findings);
                self.hash = Some(record.hash);
            }
        }
        self.position = position;
    }

    fn no_gap(&mut self, position: Position, findings: &mut Findings) {
        let next = Position(self.position.0.saturating_add(1));
        if position == next {
            return;
        }
        self.settle(false, findings);
        let last = Position(position.0.saturating_sub(1));
        missing(next, last, "the rows were deleted after they were written", findings);
        self.hash = None;
    }

    fn time(&mut self, record: &Recorded, findings: &mut Findings) {
        if record.recorded_at < self.recorded_at {
            let cause = format!(
                "recorded at {}, before the row before it ({})",
                record.recorded_at, self.recorded_at
            );
            findings.at(Check::Log, record.position, place(record), cause);
        }
        self.recorded_at = self.recorded_at.max(record.recorded_at);
    }

    fn number(&mut self, record: &Recorded, findings: &mut Findings) {
        let Some(number) = record.number else { return };
        findings.checked(Check::Numbers, 1);
        if let Some(last) = self.number
            && number != last.saturating_add(1)
        {
            let cause = format!("order number {number} follows {last}: numbers have no gaps and no repeats");
            findings.at(Check::Numbers, record.position, place(record), cause);
        }
        self.number = Some(number);
    }

    fn link(&mut self, record: &Recorded, findings: &mut Findings) {
        let Some(previous) = self.hash else { return };
        let hash = chained(&previous, record);
        if hash == record.hash {
            self.settle(false, findings);
            let id = event_id_of(&record.hash, record.recorded_at);
            if record.event_id != id {
                let cause = format!(
                    "the event's id is {}, its hash makes it {id}: the id was changed",
                    record.event_id
                );
                findings.at(Check::Chain, record.position, place(record), cause);
            }
            return;
        }
        let follows = self.doubt.as_ref().is_some_and(|doubt| chained(&doubt.hash, record) == record.hash);
        self.settle(follows, findings);
        if !follows {
            self.doubt = Some(Doubt { position: record.position, place: place(record), hash });
        }
    }

    /// Say what is wrong with the row in doubt, now that it is known whether the log goes on from its right hash.
    fn settle(&mut self, follows: bool, findings: &mut Findings) {
        let Some(doubt) = self.doubt.take() else { return };
        let cause = if follows {
            "its stored hash was changed: the row itself is whole, and what follows was chained to the right hash"
                .to_owned()
        } else {
            format!(
                "the hash of position {} does not follow from its body: the row was changed after it was written",
                doubt.position
            )
        };
        findings.at(Check::Chain, doubt.position, doubt.place, cause);
    }

    /// Compare with the end of the log as it is stored.
    pub(super) fn close(mut self, end: &LogEnd, findings: &mut Findings) {
        let is_doubtful = self.doubt.is_some();
        let follows = self.doubt.as_ref().is_some_and(|doubt| doubt.hash == end.hash);
        self.settle(follows, findings);
        if self.position < end.position {
            let next = Position(self.position.0.saturating_add(1));
            missing(next, end.position, "the end of the log was cut off", findings);
            return;
        }
        let place = "the end of the log".to_owned();
        if self.position > end.position {
            let cause = format!(
                "it is stored as position {}, and the log goes on to {}",
                end.position, self.position
            );
            findings.at(Check::Log, end.position, place, cause);
            return;
        }
        if !is_doubtful && self.hash.is_some_and(|hash| hash != end.hash) {
            let cause =
                "the stored last hash is not that of the last row: one of the two was changed".to_owned();
            findings.at(Check::Chain, end.position, place.clone(), cause);
        }
        if end.recorded_at < self.recorded_at {
            let cause = format!("its time is {}, the log goes on to {}", end.recorded_at, self.recorded_at);
            findings.at(Check::Log, end.position, place.clone(), cause);
        }
        if let Some(last) = self.number
            && end.next_number != last.saturating_add(1)
        {
            let cause =
                format!("the next order number is {}, the last one in the log {last}", end.next_number);
            findings.at(Check::Numbers, end.position, place, cause);
        }
    }
}

fn missing(first: Position, last: Position, why: &str, findings: &mut Findings) {
    let place =
        if first == last { format!("position {first}") } else { format!("positions {first} to {last}") };
    let cause = format!("{place} missing: {why}");
    findings.at(Check::Log, first, place, cause);
}

/// A row of the log in words: `position 812 (OrderConfirmed of order:ord_…)`.
pub(super) fn place(record: &Recorded) -> String {
    format!("position {} ({} of {})", record.position, record.name, record.stream)
}

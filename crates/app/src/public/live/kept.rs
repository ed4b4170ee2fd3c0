//! The last events, as they are handed to readers.

use std::collections::VecDeque;
use std::sync::Arc;

use sutler_domain::Position;

use super::{KEPT_BYTES_MAX, KEPT_MAX, Shown};

/// Events handed to a reader at once.
const HANDFUL: usize = 64;

/// The last public events of one log, without a gap.
#[derive(Debug, Default)]
pub(super) struct Kept {
    epoch: String,
    events: VecDeque<Arc<Shown>>,
    bytes: usize,
    /// Every public event behind this position, up to the tail, is among the events.
    from: Position,
    tail: Position,
}

/// What a reader finds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// These; it is then at `at`. There were `behind` of them in all.
    Events { events: Vec<Arc<Shown>>, at: Position, behind: usize },
    /// Nothing new.
    Nothing,
    /// Nobody has looked at the log yet.
    NotYet,
    /// What comes next for it is not kept, or no longer.
    Elsewhere,
    /// Its log is another one now.
    Over,
}

impl Kept {
    pub(super) const fn tail(&self) -> Position {
        self.tail
    }

    /// Nobody reads: keep nothing, and go on from the head.
    pub(super) fn skip_to(&mut self, head: Position) {
        self.events.clear();
        self.bytes = 0;
        (self.from, self.tail) = (head, head);
    }

    /// Where to read on, and whether the log is another one than before.
    pub(super) fn begin(&mut self, epoch: &str, head: Position) -> (Position, bool) {
        let is_another = self.epoch != epoch;
        if is_another {
            // Also the first look of all. Who waits from further back reads the log itself.
            self.skip_to(head);
            epoch.clone_into(&mut self.epoch);
        }
        (self.tail, is_another)
    }

    /// Take in what was read up to a position.
    pub(super) fn add(&mut self, events: Vec<Arc<Shown>>, upto: Position) {
        for event in events {
            self.bytes = self.bytes.saturating_add(event.json.len());
            self.events.push_back(event);
        }
        self.tail = upto;
        while self.events.len() > KEPT_MAX || self.bytes > KEPT_BYTES_MAX {
            let Some(gone) = self.events.pop_front() else { break };
            self.bytes = self.bytes.saturating_sub(gone.json.len());
            self.from = gone.position;
        }
    }

    /// What comes behind a position.
    pub(super) fn look(&self, epoch: &str, at: Position) -> Look {
        if self.epoch.is_empty() {
            return Look::NotYet;
        }
        if self.epoch != epoch {
            return Look::Over;
        }
        if at < self.from {
            return Look::Elsewhere;
        }
        let first = self.events.partition_point(|event| event.position <= at);
        let behind = self.events.len().saturating_sub(first);
        if behind == 0 {
            return Look::Nothing;
        }
        let events: Vec<Arc<Shown>> = self.events.iter().skip(first).take(HANDFUL).cloned().collect();
        let at =
            if events.len() == behind { self.tail } else { events.last().map_or(at, |event| event.position) };
        Look::Events { events, at, behind }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(position: u64, bytes: usize) -> Arc<Shown> {
        let (id, json) = (format!("evt_{position}"), " ".repeat(bytes));
        Arc::new(Shown::new(Position(position), id, "order.placed".to_owned(), "ord_1".to_owned(), json))
    }

    fn with(positions: impl IntoIterator<Item = u64>, bytes: usize) -> Kept {
        let mut kept = Kept::default();
        kept.begin("e1", Position(0));
        for position in positions {
            kept.add(vec![shown(position, bytes)], Position(position));
        }
        kept
    }

    #[test]
    fn a_reader_takes_handfuls_until_there_is_nothing() {
        let mut kept = with(1..=100, 1);
        // The last one is internal: there is nothing to see, and it is passed.
        kept.add(Vec::new(), Position(101));
        let Look::Events { events, at, behind } = kept.look("e1", Position(0)) else { panic!("none") };
        assert_eq!((events.len(), at, behind), (HANDFUL, Position(64), 100));
        let Look::Events { events, at, .. } = kept.look("e1", at) else { panic!("none") };
        assert_eq!((events.len(), at), (36, Position(101)));
        assert_eq!(kept.look("e1", at), Look::Nothing);
        assert_eq!(kept.look("e1", Position(500)), Look::Nothing, "ahead of what this node has heard of");
        assert_eq!(kept.look("e2", at), Look::Over);
    }

    #[test]
    fn what_is_kept_is_bounded_and_has_no_gap() {
        let most = u64::try_from(KEPT_MAX).unwrap();
        let kept = with(1..=most + 10, 1);
        assert_eq!(kept.events.len(), KEPT_MAX);
        assert_eq!(kept.look("e1", Position(9)), Look::Elsewhere);
        assert!(matches!(kept.look("e1", Position(10)), Look::Events { behind: KEPT_MAX, .. }));
        let large = with(1..=20, KEPT_BYTES_MAX / 16);
        assert_eq!(large.events.len(), 16);
        assert_eq!(large.look("e1", Position(3)), Look::Elsewhere);
    }

    #[test]
    fn without_readers_nothing_is_kept() {
        let mut kept = with(1..=5, 1);
        kept.skip_to(Position(9));
        assert_eq!((kept.events.len(), kept.bytes), (0, 0));
        assert_eq!(kept.look("e1", Position(8)), Look::Elsewhere);
        assert_eq!(kept.look("e1", Position(9)), Look::Nothing);
    }

    #[test]
    fn another_log_is_begun_anew() {
        let mut kept = with(1..=5, 1);
        assert_eq!(kept.begin("e1", Position(5)), (Position(5), false));
        assert_eq!(Kept::default().look("e1", Position(5)), Look::NotYet);
        assert_eq!(kept.begin("e2", Position(3)), (Position(3), true));
        assert_eq!(kept.look("e1", Position(5)), Look::Over);
        assert_eq!(kept.look("e2", Position(3)), Look::Nothing);
    }
}

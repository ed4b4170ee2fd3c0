//! What was checked, and every difference with its place and its cause.

use std::collections::BTreeMap;

use sutler_domain::Position;

use crate::ports::ReadError;
use crate::stream::StreamId;

/// Differences that a report lists; the others are counted.
pub const DIFFERENCES_LISTED_MAX: usize = 100;

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Positions are 1, 2, 3 … to the end of the log, and recording times never decrease.
    Log,
    /// Every hash follows from the one before it and its row, every event id from its hash.
    Chain,
    /// Order numbers have no gaps and no repeats.
    Numbers,
    /// The versions of every stream are 1, 2, 3 … to the stored one.
    Versions,
    /// Every stored view is the fold of its stream, equal to the byte.
    Views,
    /// Every change of an order's status is in the transition table.
    Lifecycle,
    /// The sums of every order hold at every version.
    Money,
    /// Every unit of an order is in one place: no more is canceled or shipped than ordered, and none comes back that did
    /// not ship.
    Goods,
    /// Every move in the journal follows from its events and from the level before it; no level is negative.
    Journal,
    /// Every stored level is the sum of its moves, and what is reserved is what orders and reservations hold.
    Levels,
}

impl Check {
    /// Every check, in the order of reports.
    pub const ALL: [Self; 10] = [
        Self::Log,
        Self::Chain,
        Self::Numbers,
        Self::Versions,
        Self::Views,
        Self::Lifecycle,
        Self::Money,
        Self::Goods,
        Self::Journal,
        Self::Levels,
    ];

    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Chain => "chain",
            Self::Numbers => "numbers",
            Self::Versions => "versions",
            Self::Views => "views",
            Self::Lifecycle => "lifecycle",
            Self::Money => "money",
            Self::Goods => "goods",
            Self::Journal => "journal",
            Self::Levels => "levels",
        }
    }

    /// What it says, when nothing differs.
    pub const fn promise(self) -> &'static str {
        match self {
            Self::Log => "events, at every position from 1 to the end, recorded in the order of time",
            Self::Chain => "hashes, each following from its row and the hash before",
            Self::Numbers => "order numbers, without gap or repeat",
            Self::Versions => "streams, at every version from 1 to the stored one",
            Self::Views => "stored views, equal to the fold of their events",
            Self::Lifecycle => "changes of status, each one allowed",
            Self::Money => "events of orders, with sums that hold after each",
            Self::Goods => "events of orders, with every unit in one place after each",
            Self::Journal => "moves of stock, each following from its event and the level before",
            Self::Levels => "stock levels, equal to the sum of their moves and to what orders hold",
        }
    }
}

/// Something that is stored and not true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which check found it.
    pub check: Check,
    /// Where, in words.
    pub place: String,
    /// Whose, when it is of one stream.
    pub stream: Option<StreamId>,
    /// Where in the log, when it is of one position.
    pub position: Option<Position>,
    /// What differs, and what that says.
    pub cause: String,
}

/// How often something was checked, and how often it did not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What.
    pub check: Check,
    /// How often.
    pub count: u64,
    /// How often it did not hold.
    pub differences: u64,
}

/// What was checked, and what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Up to where in the log.
    pub position: Position,
    /// Each check with its counts.
    pub checked: Vec<Checked>,
    /// The first [`DIFFERENCES_LISTED_MAX`] differences.
    pub differences: Vec<Difference>,
    /// How many more there are.
    pub unlisted: u64,
}

impl Report {
    /// Whether everything that is stored is true.
    pub const fn is_clean(&self) -> bool {
        self.differences.is_empty()
    }
}

/// How far a verification is, in events met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Met so far.
    pub done: u64,
    /// To be met in all.
    pub total: u64,
    /// Differences so far.
    pub differences: u64,
}

/// Hears how far it is.
pub(super) type Teller = Box<dyn FnMut(Progress) + Send>;

/// What is found on the way.
pub(super) struct Findings {
    counts: BTreeMap<Check, (u64, u64)>,
    differences: Vec<Difference>,
    unlisted: u64,
    progress: Progress,
    told: Teller,
}

impl Findings {
    pub(super) fn new(total: u64, told: Teller) -> Self {
        let counts = Check::ALL.into_iter().map(|check| (check, (0, 0))).collect();
        let progress = Progress { done: 0, total, differences: 0 };
        Self { counts, differences: Vec::new(), unlisted: 0, progress, told }
    }

    /// So many more were checked.
    pub(super) fn checked(&mut self, check: Check, count: u64) {
        let (checked, _) = self.counts.entry(check).or_default();
        *checked = checked.saturating_add(count);
    }

    /// So many more events were met.
    pub(super) fn passed(&mut self, events: usize) {
        let events = u64::try_from(events).unwrap_or(u64::MAX);
        self.progress.done = self.progress.done.saturating_add(events);
        (self.told)(self.progress);
    }

    pub(super) fn add(&mut self, difference: Difference) {
        let (_, differences) = self.counts.entry(difference.check).or_default();
        *differences = differences.saturating_add(1);
        self.progress.differences = self.progress.differences.saturating_add(1);
        if self.differences.len() < DIFFERENCES_LISTED_MAX {
            self.differences.push(difference);
        } else {
            self.unlisted = self.unlisted.saturating_add(1);
        }
    }

    /// A difference at one position of the log.
    pub(super) fn at(&mut self, check: Check, position: Position, place: String, cause: String) {
        self.add(Difference { check, place, stream: None, position: Some(position), cause });
    }

    /// A difference of one stream.
    pub(super) fn of(&mut self, check: Check, stream: &StreamId, place: &str, cause: String) {
        let (place, stream) = (place.to_owned(), Some(stream.clone()));
        self.add(Difference { check, place, stream, position: None, cause });
    }

    /// What cannot be read is a difference like others, and does not hide them.
    pub(super) fn survive(
        &mut self,
        check: Check,
        place: &str,
        result: Result<(), ReadError>,
    ) -> Result<(), ReadError> {
        let Err(ReadError::Corrupt(reason)) = result else { return result };
        let cause = format!("what follows here cannot be read: {reason}");
        self.add(Difference { check, place: place.to_owned(), stream: None, position: None, cause });
        Ok(())
    }

    pub(super) fn report(self, position: Position) -> Report {
        let checked = self
            .counts
            .into_iter()
            .map(|(check, (count, differences))| Checked { check, count, differences })
            .collect();
        Report { position, checked, differences: self.differences, unlisted: self.unlisted }
    }
}

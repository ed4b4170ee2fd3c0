//! What a power cut leaves of that which was not synced: a seeded choice, counted.

use std::{fmt, ops::AddAssign, str::FromStr};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};

use super::file::Change;

/// Sizes at which disks write in one piece.
const SECTORS: [usize; 2] = [512, 4096];

/// How much of the volatile a cut leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing that was not synced is there.
    Drop,
    /// Any of the writes may be there, in any order: a disk writes when it likes.
    Subset,
    /// Any sectors of any writes may be there, in any order.
    Torn,
}

impl Mode {
    /// All of them, in the order in which a run of mixed cuts takes them.
    pub const ALL: [Self; 3] = [Self::Drop, Self::Subset, Self::Torn];
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Drop => "drop",
            Self::Subset => "subset",
            Self::Torn => "torn",
        })
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|mode| mode.to_string() == text);
        found.ok_or_else(|| format!("`{text}` is no way to cut power; there are drop, subset, torn and all"))
    }
}

/// What cuts did to that which was not synced. A lane whose cuts dropped nothing has proved nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Toll {
    /// Writes that were as if they had never been.
    pub dropped: u64,
    /// Writes of which some sectors were there and some were not.
    pub torn: u64,
    /// Writes that were there whole, although nobody had asked for it.
    pub kept: u64,
    /// Creations, renames and removals that were forgotten.
    pub entries_forgotten: u64,
    /// Creations, renames and removals that had happened, although the folder had not been synced.
    pub entries_kept: u64,
}

impl AddAssign for Toll {
    fn add_assign(&mut self, other: Self) {
        self.dropped += other.dropped;
        self.torn += other.torn;
        self.kept += other.kept;
        self.entries_forgotten += other.entries_forgotten;
        self.entries_kept += other.entries_kept;
    }
}

impl fmt::Display for Toll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { dropped, torn, kept, entries_forgotten, entries_kept } = self;
        write!(f, "unsynced writes: {dropped} dropped, {torn} torn, {kept} kept; ")?;
        write!(f, "unsynced folder entries: {entries_forgotten} forgotten, {entries_kept} kept")
    }
}

/// The chance of one cut. The share that survives is itself drawn, so that some cuts leave nearly all and others
/// nearly nothing.
pub(super) struct Chance {
    mode: Mode,
    rng: StdRng,
    tenths_kept: u32,
    sector: usize,
    pub(super) toll: Toll,
}

impl Chance {
    pub(super) fn new(mode: Mode, seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let tenths_kept = rng.random_range(1..=9);
        let [small, large] = SECTORS;
        let sector = if rng.random() { small } else { large };
        Self { mode, rng, tenths_kept, sector, toll: Toll::default() }
    }

    fn keeps(&mut self) -> bool {
        self.mode != Mode::Drop && self.rng.random_ratio(self.tenths_kept, 10)
    }

    /// The changes of one file that had reached the disk, in the order in which they did.
    pub(super) fn leaves(&mut self, volatile: Vec<Change>) -> Vec<Change> {
        let mut left = Vec::new();
        for change in volatile {
            let pieces = if self.mode == Mode::Torn { sectors(change, self.sector) } else { vec![change] };
            let (count, before) = (pieces.len(), left.len());
            left.extend(pieces.into_iter().filter(|_| self.keeps()));
            match left.len() - before {
                0 => self.toll.dropped += 1,
                some if some < count => self.toll.torn += 1,
                _ => self.toll.kept += 1,
            }
        }
        left.shuffle(&mut self.rng);
        left
    }

    /// Whether a change of a folder had reached the disk.
    pub(super) fn keeps_entry(&mut self) -> bool {
        let is_kept = self.keeps();
        let count = if is_kept { &mut self.toll.entries_kept } else { &mut self.toll.entries_forgotten };
        *count += 1;
        is_kept
    }
}

/// A write in pieces that end where sectors of the disk end.
fn sectors(change: Change, sector: usize) -> Vec<Change> {
    let Change::Write { at, bytes } = change else { return vec![change] };
    let mut pieces = Vec::new();
    let (mut at, mut rest) = (at, bytes.as_slice());
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(sector - at % sector));
        pieces.push(Change::Write { at, bytes: piece.to_vec() });
        at += piece.len();
        rest = after;
    }
    pieces
}

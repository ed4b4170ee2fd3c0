//! What goes wrong at the hostile Stripe: by script, call by call, or by the dice of a seed.

use std::collections::VecDeque;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Something that goes wrong with one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// It takes effect, and the connection ends without an answer.
    CutAfter,
    /// The connection ends before it takes effect.
    CutBefore,
    /// It takes effect, and the answer never comes.
    HangAfter,
    /// It takes effect, and half of the answer comes.
    HalfBody,
    /// It takes effect, and the answer is no JSON.
    Garbage,
    /// 500 after it took effect; every repeat under its key is the same 500.
    BrokenAfter,
    /// 500 before it took effect; every repeat under its key is the same 500.
    BrokenBefore,
    /// 503 that nobody remembers.
    Unavailable,
    /// 429 with `Retry-After: 1`.
    TooMany,
    /// 409: another call under this key is under way.
    Conflict,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 10] = [
        Self::CutAfter,
        Self::CutBefore,
        Self::HangAfter,
        Self::HalfBody,
        Self::Garbage,
        Self::BrokenAfter,
        Self::BrokenBefore,
        Self::Unavailable,
        Self::TooMany,
        Self::Conflict,
    ];

    /// Whether the call takes effect all the same.
    pub const fn takes_effect(self) -> bool {
        matches!(self, Self::CutAfter | Self::HangAfter | Self::HalfBody | Self::Garbage | Self::BrokenAfter)
    }
}

/// What goes wrong next.
#[derive(Debug, Default)]
pub(super) struct Faults {
    script: VecDeque<Option<Fault>>,
    dice: Option<(StdRng, u32)>,
}

impl Faults {
    /// These happen to the next calls, one each; `None` lets a call through.
    pub(super) fn script(&mut self, faults: impl IntoIterator<Item = Option<Fault>>) {
        self.script.extend(faults);
    }

    /// From now on so many calls of a thousand go wrong.
    pub(super) fn dice(&mut self, seed: u64, per_mille: u32) {
        self.dice = (per_mille > 0).then(|| (StdRng::seed_from_u64(seed), per_mille));
    }

    pub(super) fn next(&mut self) -> Option<Fault> {
        if let Some(next) = self.script.pop_front() {
            return next;
        }
        let (dice, per_mille) = self.dice.as_mut()?;
        let fails = dice.random_range(0..1000) < *per_mille;
        let kind = dice.random_range(0..Fault::ALL.len());
        Fault::ALL.get(kind).copied().filter(|_| fails)
    }
}

//! What many seeds came to: counts that merge in any order, and failures in words of the trade.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::audit::LIFE;
use super::{Failure, MishapKind, Outcome};

/// What many seeds came to.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Seeds that were played.
    pub played: u64,
    /// Seeds that failed, with the first thing that each broke.
    pub failed: BTreeMap<u64, String>,
    /// How often each mishap fired.
    pub fired: BTreeMap<MishapKind, u64>,
    /// What was reached.
    pub reached: BTreeMap<&'static str, u64>,
    /// Transitions that were seen.
    pub transitions: BTreeSet<String>,
    /// Virtual time that passed, in seconds.
    pub virtual_s: u64,
}

impl Report {
    /// One more seed.
    pub fn add(&mut self, seed: u64, outcome: &Outcome) {
        self.played += 1;
        self.virtual_s += outcome.virtual_s;
        if let Some(first) = outcome.violations.first() {
            self.failed.insert(seed, first.to_string());
        }
        for (kind, times) in &outcome.fired {
            *self.fired.entry(*kind).or_default() += times;
        }
        for (what, times) in &outcome.reached {
            *self.reached.entry(what).or_default() += times;
        }
        self.transitions.extend(outcome.transitions.iter().cloned());
    }

    /// What another part of the run came to.
    pub fn merge(&mut self, other: Self) {
        self.played += other.played;
        self.virtual_s += other.virtual_s;
        self.failed.extend(other.failed);
        for (kind, times) in other.fired {
            *self.fired.entry(kind).or_default() += times;
        }
        for (what, times) in other.reached {
            *self.reached.entry(what).or_default() += times;
        }
        self.transitions.extend(other.transitions);
    }

    /// Planned mishaps that never fired: a run in which one did not has not tested what it says.
    pub fn never_fired(&self) -> Vec<MishapKind> {
        MishapKind::ALL.into_iter().filter(|kind| !self.fired.contains_key(kind)).collect()
    }

    /// The counts, one a line.
    pub fn counts(&self) -> String {
        let mut text = String::from("mishaps that fired:\n");
        for kind in MishapKind::ALL {
            let times = self.fired.get(&kind).copied().unwrap_or(0);
            writeln!(text, "  {times:>10}  {}", kind.words()).unwrap_or_default();
        }
        text.push_str("reached:\n");
        for (what, times) in &self.reached {
            writeln!(text, "  {times:>10}  {what}").unwrap_or_default();
        }
        let seen = |axis: &str| self.transitions.iter().filter(|t| t.starts_with(axis)).count();
        writeln!(
            text,
            "transitions of orders: {} of {} of the life cycle, {} of payment, {} of goods\nvirtual time: {} days",
            seen("status"),
            LIFE.len(),
            seen("payment"),
            seen("goods"),
            self.virtual_s / 86_400,
        )
        .unwrap_or_default();
        for (before, after) in LIFE {
            if !self.transitions.contains(&format!("status {before} -> {after}")) {
                writeln!(text, "  never seen: {before} -> {after}").unwrap_or_default();
            }
        }
        text
    }
}

impl Failure {
    /// The failure in words: what breaks, the shortest history, and how to see it again.
    pub fn words(&self) -> String {
        let mut text = format!("seed {} fails\n", self.seed);
        for violation in self.violations.iter().take(5) {
            writeln!(text, "  {violation}").unwrap_or_default();
        }
        let (steps, mishaps) = (self.shortest.steps.len(), self.shortest.mishaps.len());
        writeln!(
            text,
            "the shortest history found in {} tries has {steps} steps and {mishaps} mishaps:",
            self.tries
        )
        .unwrap_or_default();
        for line in &self.history {
            writeln!(text, "  {line}").unwrap_or_default();
        }
        for violation in self.shortest_violations.iter().take(5) {
            writeln!(text, "  => {violation}").unwrap_or_default();
        }
        writeln!(text, "replay: cargo xtask sim --seed {}", self.seed).unwrap_or_default();
        text
    }
}

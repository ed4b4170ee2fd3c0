//! What a run found, for the person who started it.

use std::fmt;
use std::time::Duration;

use super::check::{Invariant, Violation};
use super::load::Tally;

/// The figures of a run.
#[derive(Debug, Default)]
pub struct Report {
    /// Kills, each with a recovery after it.
    pub kills: u64,
    /// What the clients saw.
    pub tally: Tally,
    /// Acknowledged requests that were sent again after a recovery.
    pub replayed: u64,
    /// The time from the start of the process to ready, for each start after a kill.
    pub ready: Vec<Duration>,
    /// How often `sutler verify` was asked.
    pub verified: u64,
}

impl Report {
    /// What must not be, found so far.
    pub fn violations(&self) -> &[Violation] {
        &self.tally.violations
    }

    /// Write down what was found.
    pub fn found(&mut self, violations: impl IntoIterator<Item = Violation>) {
        self.tally.violations.extend(violations);
    }

    /// Whether everything held.
    pub fn is_clean(&self) -> bool {
        self.violations().is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, tally, replayed, verified, .. } = self;
        writeln!(f, "kills and recoveries      {kills}")?;
        writeln!(f, "requests acknowledged     {}", tally.acknowledged)?;
        writeln!(f, "requests refused          {}", tally.refused)?;
        writeln!(f, "unanswered at the kill    {}", tally.unanswered)?;
        writeln!(f, "replayed after recovery   {replayed}")?;
        writeln!(f, "runs of sutler verify     {verified}")?;
        let mut ready = self.ready.clone();
        ready.sort_unstable();
        let at = |hundredths| millis(percentile(&ready, hundredths));
        writeln!(f, "ready after a kill, ms    p50 {}   p99 {}   max {}", at(50), at(99), at(100))?;
        for invariant in Invariant::ALL {
            let of = |violation: &&Violation| violation.invariant == invariant;
            let count = self.violations().iter().filter(of).count();
            writeln!(f, "{:<46}{count}", invariant.name())?;
        }
        Ok(())
    }
}

/// The time that so many of a hundred stay within; the times are sorted.
fn percentile(sorted: &[Duration], hundredths: usize) -> Duration {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

/// Milliseconds with one decimal.
fn millis(time: Duration) -> String {
    format!("{}.{}", time.as_millis(), time.subsec_micros() % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 50), Duration::from_millis(100));
        assert_eq!(percentile(&times, 99), Duration::from_millis(198));
        assert_eq!(percentile(&times, 100), Duration::from_millis(200));
        assert_eq!(percentile(&[], 99), Duration::ZERO);
        assert_eq!(millis(Duration::from_micros(31_870)), "31.8");
    }
}

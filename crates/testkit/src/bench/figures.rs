//! A measured row, and the arithmetic of its figures.
#![expect(clippy::float_arithmetic, reason = "figures are printed and compared, never stored as amounts")]

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::load::Tally;
use super::wal::Written;

/// What was measured under a name. Figures that a row does not have are left out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Row {
    /// Its name: what `--only` goes by.
    pub name: String,
    /// What it is, in words.
    pub what: String,
    /// Requests or orders a second.
    pub rate: Option<f64>,
    /// Half of the answers came within this.
    pub p50_ms: Option<f64>,
    /// All but one in a hundred came within this.
    pub p99_ms: Option<f64>,
    /// CPU time of the program under measurement, for each request or order, its jobs included.
    pub cpu_us: Option<f64>,
    /// CPU time of the generator, for each.
    pub load_cpu_us: Option<f64>,
    /// Commits, of which each is one sync, for each order.
    pub commits: Option<f64>,
    /// Bytes of the write-ahead log for each order.
    pub wal_bytes: Option<f64>,
    /// What else is to be said.
    pub note: String,
}

impl Row {
    /// A row that has a name only.
    pub fn named(name: &str, what: &str) -> Self {
        Self { name: name.to_owned(), what: what.to_owned(), ..Self::default() }
    }

    /// With what the buyers were told.
    #[must_use]
    pub fn told(mut self, tally: &Tally) -> Self {
        self.rate = Some(per(tally.done, tally.elapsed));
        self.p50_ms = Some(millis(tally.took_us.value_at_quantile(0.5)));
        self.p99_ms = Some(millis(tally.took_us.value_at_quantile(0.99)));
        self
    }

    /// With the CPU time that so many took: of the program, and of the generator.
    #[must_use]
    pub fn cost(mut self, count: u64, cpu: Duration, load_cpu: Duration) -> Self {
        self.cpu_us = Some(share(cpu, count));
        self.load_cpu_us = Some(share(load_cpu, count));
        self
    }

    /// With what went through the write-ahead log for so many.
    #[must_use]
    pub fn wrote(mut self, count: u64, written: Written) -> Self {
        self.commits = Some(number(written.commits) / number(count).max(1.0));
        self.wal_bytes = Some(number(written.bytes) / number(count).max(1.0));
        self
    }
}

/// A count as a figure.
pub fn number(count: u64) -> f64 {
    let (high, low) = (count >> 32, count & 0xffff_ffff);
    let part = |half: u64| f64::from(u32::try_from(half).unwrap_or(u32::MAX));
    part(high) * 4_294_967_296.0 + part(low)
}

/// So many in this time, a second.
pub fn per(count: u64, time: Duration) -> f64 {
    number(count) / time.as_secs_f64().max(1e-9)
}

/// What one of so many took, in microseconds.
pub fn share(time: Duration, count: u64) -> f64 {
    time.as_secs_f64() * 1e6 / number(count).max(1.0)
}

/// Microseconds as milliseconds.
pub fn millis(us: u64) -> f64 {
    number(us) / 1e3
}

/// Bytes as MiB.
pub fn mebi(bytes: u64) -> f64 {
    number(bytes) / 1_048_576.0
}

/// Bytes as MB.
pub fn mega(bytes: u64) -> f64 {
    number(bytes) / 1e6
}

/// A time in seconds.
pub fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

/// One figure as a share of another.
pub fn ratio(one: f64, other: f64) -> f64 {
    if other == 0.0 { 0.0 } else { one / other }
}

/// By how much one figure is more than another.
pub fn difference(one: f64, other: f64) -> f64 {
    one - other
}

/// How many times this fits into a second.
pub fn inverse_ms(rate: f64) -> f64 {
    ratio(1e3, rate)
}

/// The row with the middle rate, of several measurements of the same.
pub fn median(mut rows: Vec<Row>) -> Option<Row> {
    rows.sort_by(|a, b| a.rate.unwrap_or(0.0).total_cmp(&b.rate.unwrap_or(0.0)));
    let middle = rows.len().saturating_sub(1) / 2;
    (middle < rows.len()).then(|| rows.swap_remove(middle))
}

/// A figure with as many digits as it deserves.
pub fn shown(figure: f64) -> String {
    let places = match figure.abs() {
        f if f >= 100.0 => 0,
        f if f >= 10.0 => 1,
        f if f >= 1.0 => 2,
        _ => 3,
    };
    grouped(&format!("{figure:.places$}"))
}

/// Thousands apart.
fn grouped(digits: &str) -> String {
    let (whole, rest) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) && !text.ends_with('-') {
            text.push(',');
        }
        text.push(digit);
    }
    rest.map_or(text.clone(), |rest| format!("{text}.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_row_in_the_middle() {
        let row = |rate| Row { rate: Some(rate), ..Row::named("a", "") };
        assert_eq!(median(vec![row(3.0), row(1.0), row(2.0)]).unwrap().rate, Some(2.0));
        assert_eq!(median(vec![row(3.0), row(1.0)]).unwrap().rate, Some(1.0));
        assert!(median(Vec::new()).is_none());
    }

    #[test]
    fn figures_are_shown_with_the_digits_they_deserve() {
        for (figure, text) in [
            (0.0, "0.000"),
            (0.1234, "0.123"),
            (9.876, "9.88"),
            (12.34, "12.3"),
            (123.4, "123"),
            (1_234_567.0, "1,234,567"),
        ] {
            assert_eq!(shown(figure), text);
        }
        assert!((number(1 << 40) - 1_099_511_627_776.0).abs() < 0.5);
    }
}

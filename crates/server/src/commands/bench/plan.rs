//! Who arrives when.

use std::time::Duration;

/// Buyers, when neither a number nor a time is given.
const BUYERS: u64 = 1000;

/// When buyers come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pace {
    /// All at once, as at the opening of a sale.
    AtOnce,
    /// So many a second, whether the server keeps up or not.
    Rate(u32),
    /// One after another on each connection, as fast as the server answers. It hides how long a queue would be.
    ClosedLoop,
}

/// A sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) pace: Pace,
    /// Buyers in all.
    pub(super) buyers: u64,
    /// When a closed loop ends.
    pub(super) until: Option<Duration>,
}

impl Plan {
    pub(super) fn of(buyers: Option<u64>, rate: Option<u32>, duration: Option<Duration>) -> Self {
        match (rate, duration) {
            (Some(rate), duration) => {
                let in_time = duration.map(|duration| {
                    let arrivals = duration.as_millis().saturating_mul(u128::from(rate)) / 1000;
                    u64::try_from(arrivals).unwrap_or(u64::MAX).max(1)
                });
                let buyers = match (buyers, in_time) {
                    (Some(buyers), Some(in_time)) => buyers.min(in_time),
                    (one, other) => one.or(other).unwrap_or(BUYERS),
                };
                Self { pace: Pace::Rate(rate), buyers, until: None }
            }
            (None, Some(until)) => {
                Self { pace: Pace::ClosedLoop, buyers: buyers.unwrap_or(u64::MAX), until: Some(until) }
            }
            (None, None) => Self { pace: Pace::AtOnce, buyers: buyers.unwrap_or(BUYERS), until: None },
        }
    }

    /// When a buyer arrives, counted from the opening; `None` for one who comes when there is room.
    pub(super) fn arrival(&self, buyer: u64) -> Option<Duration> {
        match self.pace {
            Pace::AtOnce => Some(Duration::ZERO),
            Pace::Rate(rate) => {
                let nanos = u128::from(buyer).saturating_mul(1_000_000_000) / u128::from(rate.max(1));
                Some(Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
            }
            Pace::ClosedLoop => None,
        }
    }

    /// How it went, in the words of the summary.
    pub(super) fn said(&self, asked: u64) -> String {
        match (self.pace, self.until) {
            (Pace::Rate(rate), _) => format!("{asked} buyers, {rate} a second"),
            (Pace::ClosedLoop, Some(until)) => {
                format!("{asked} buyers, closed loop for {} s", until.as_secs())
            }
            _ => format!("{asked} buyers"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_gives_each_buyer_a_time_of_their_own() {
        let plan = Plan::of(None, Some(200), Some(Duration::from_millis(1500)));
        assert_eq!(plan.buyers, 300);
        assert_eq!(plan.arrival(0), Some(Duration::ZERO));
        assert_eq!(plan.arrival(299), Some(Duration::from_millis(1495)));
        assert_eq!(Plan::of(Some(50), Some(200), Some(Duration::from_secs(1))).buyers, 50);
    }

    #[test]
    fn without_a_rate_all_come_at_once_or_as_fast_as_they_are_answered() {
        assert_eq!(Plan::of(None, None, None).arrival(999), Some(Duration::ZERO));
        let closed = Plan::of(None, None, Some(Duration::from_secs(3)));
        assert_eq!((closed.arrival(7), closed.pace), (None, Pace::ClosedLoop));
    }
}

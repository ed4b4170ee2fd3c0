//! When a delivery is tried again, and when an endpoint is given up.

use jiff::{SignedDuration, Timestamp};

use super::delivery::Health;

/// The waits before the attempts after the first one: about 75 hours in all.
pub const WAITS: [SignedDuration; 9] = [
    SignedDuration::from_secs(5),
    SignedDuration::from_mins(5),
    SignedDuration::from_mins(30),
    SignedDuration::from_hours(2),
    SignedDuration::from_hours(5),
    SignedDuration::from_hours(10),
    SignedDuration::from_hours(14),
    SignedDuration::from_hours(20),
    SignedDuration::from_hours(24),
];

/// Waits that a schedule of one's own may have, at most.
pub const WAITS_MAX: usize = 30;

/// How much longer or shorter than its wait an attempt may come, in percent.
pub const JITTER_PERCENT: u64 = 20;

/// What `Retry-After` may ask for at most; whoever asks for more is asked again then.
pub const RETRY_AFTER_MAX: SignedDuration = SignedDuration::from_hours(24);

/// An endpoint is disabled after this long without a success…
pub const FAILING_MAX: SignedDuration = SignedDuration::from_hours(5 * 24);

/// …and at least so many failures.
pub const FAILURES_MIN: u64 = 20;

/// When the attempt after try `tries` is due; `None` when that was the last one. `jitter` is a number in 0..=1000.
pub fn next(
    waits: &[SignedDuration],
    tries: u32,
    retry_after: Option<SignedDuration>,
    now: Timestamp,
    jitter: u64,
) -> Option<Timestamp> {
    let wait = waits.get(usize::try_from(tries.checked_sub(1)?).ok()?)?;
    let wait_ms = u64::try_from(wait.as_millis()).unwrap_or(0);
    // 80 % of it, and of the other 40 % as much as chance wants.
    let least_ms = wait_ms - wait_ms.saturating_mul(JITTER_PERCENT) / 100;
    let spread_ms = wait_ms.saturating_mul(2 * JITTER_PERCENT) / 100;
    let jittered_ms = least_ms + spread_ms.saturating_mul(jitter.min(1000)) / 1000;
    let wait = SignedDuration::from_millis(i64::try_from(jittered_ms).unwrap_or(i64::MAX));
    let wait = wait.max(retry_after.unwrap_or_default().min(RETRY_AFTER_MAX));
    Some(now.checked_add(wait).unwrap_or(now))
}

/// Whether an endpoint that fares like this is given up.
pub fn is_given_up(health: &Health, now: Timestamp) -> bool {
    let failing = health.failing_since.is_some_and(|since| now.duration_since(since) >= FAILING_MAX);
    failing && health.failures >= FAILURES_MIN
}

/// How an endpoint fares after one more attempt.
#[must_use]
pub fn after(health: Health, succeeded: bool, at: Timestamp) -> Health {
    if succeeded {
        return Health { failures: 0, failing_since: None, last_success_at: Some(at) };
    }
    Health {
        failures: health.failures.saturating_add(1),
        failing_since: health.failing_since.or(Some(at)),
        last_success_at: health.last_success_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        "2026-11-01T12:00:00Z".parse().unwrap()
    }

    fn wait_ms(tries: u32, retry_after_s: Option<i64>, jitter: u64) -> Option<i128> {
        let retry_after = retry_after_s.map(SignedDuration::from_secs);
        next(&WAITS, tries, retry_after, start(), jitter).map(|at| at.duration_since(start()).as_millis())
    }

    #[test]
    fn ten_attempts_over_about_75_hours() {
        let middle: i128 = (1..=9).map(|tries| wait_ms(tries, None, 500).unwrap()).sum();
        assert_eq!(middle, 1000 * (5 + 300 + 1800 + 3600 * (2 + 5 + 10 + 14 + 20 + 24)));
        assert_eq!(wait_ms(10, None, 500), None, "the tenth was the last");
        assert_eq!((wait_ms(1, None, 0), wait_ms(1, None, 1000)), (Some(4000), Some(6000)));
        assert_eq!(next(&[], 1, None, start(), 0), None, "a schedule without waits tries once");
    }

    #[test]
    fn nothing_comes_before_the_receiver_wants_it() {
        assert_eq!(wait_ms(1, Some(60), 500), Some(60_000));
        assert_eq!(wait_ms(2, Some(60), 0), Some(240_000), "later than asked for is fine");
        assert_eq!(wait_ms(1, Some(10_000_000), 500), Some(86_400_000), "but not for ever");
    }

    #[test]
    fn an_endpoint_is_given_up_after_five_days_and_twenty_failures() {
        let mut health = Health::default();
        for _ in 0..19 {
            health = after(health, false, start());
        }
        let days = |n: i64| start().checked_add(SignedDuration::from_hours(24 * n)).unwrap();
        assert!(!is_given_up(&health, days(9)), "nineteen failures are not enough");
        health = after(health, false, days(4));
        assert!(!is_given_up(&health, days(4)), "four days are not enough");
        assert!(is_given_up(&health, days(5)));
        health = after(health, true, days(5));
        assert!(!is_given_up(&health, days(9)));
        assert_eq!(health.last_success_at, Some(days(5)));
    }
}

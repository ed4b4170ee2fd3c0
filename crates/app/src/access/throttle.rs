//! How often somebody may guess: failures are counted per account and per address. Each process counts for itself.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;

use crate::digest::sha256_hex;
use crate::error::{Kind, Problem};

/// For how long failures are counted together.
pub const SIGN_IN_WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// Failures to sign in to one account within [`SIGN_IN_WINDOW`]; then it waits for the end of it.
pub const FAILURES_PER_ACCOUNT_MAX: u32 = 10;

/// Failures from one address within [`SIGN_IN_WINDOW`], whatever the account.
pub const FAILURES_PER_ADDRESS_MAX: u32 = 50;

/// Accounts and addresses that are counted; beyond, those whose window ends first are forgotten.
const COUNTED_MAX: usize = 20_000;

/// Failures so far, and when their window ends.
#[derive(Clone, Copy)]
struct Count {
    failures: u32,
    until: Timestamp,
}

/// What failed lately.
#[derive(Default)]
pub(super) struct Throttle(Mutex<HashMap<String, Count>>);

/// An account, known or not, and an address.
pub(super) struct Guess {
    counted: Vec<(String, u32)>,
}

impl Guess {
    pub(super) fn of(email: &str, address: Option<&str>) -> Self {
        // Whatever is typed as an address takes no more room than this.
        let account = (format!("account {}", sha256_hex(email.as_bytes())), FAILURES_PER_ACCOUNT_MAX);
        let address = address.map(|address| (format!("address {address}"), FAILURES_PER_ADDRESS_MAX));
        Self { counted: [Some(account), address].into_iter().flatten().collect() }
    }
}

impl Throttle {
    /// Count a try as failed before it is judged, so that tries side by side are counted too; refuse it when there were
    /// too many.
    pub(super) fn take(&self, guess: &Guess, now: Timestamp) -> Result<(), Problem> {
        let mut counts = self.0.lock();
        counts.retain(|_, count| count.until > now);
        let full = guess.counted.iter().filter_map(|(name, max)| {
            counts.get(name).filter(|count| count.failures >= *max).map(|count| count.until)
        });
        if let Some(until) = full.max() {
            return Err(refused(until, now));
        }
        let until = now.checked_add(SIGN_IN_WINDOW).unwrap_or(now);
        for (name, _) in &guess.counted {
            let count = counts.entry(name.clone()).or_insert(Count { failures: 0, until });
            count.failures = count.failures.saturating_add(1);
        }
        while counts.len() > COUNTED_MAX {
            let first = counts.iter().min_by_key(|(_, count)| count.until).map(|(name, _)| name.clone());
            first.and_then(|name| counts.remove(&name));
        }
        Ok(())
    }

    /// The try succeeded: the account begins anew. The address is forgiven this one try only, or whoever has an account
    /// could guess at others for ever.
    pub(super) fn succeeded(&self, guess: &Guess) {
        let mut counts = self.0.lock();
        for (name, _) in &guess.counted {
            if name.starts_with("account ") {
                counts.remove(name);
            } else if let Some(count) = counts.get_mut(name) {
                count.failures = count.failures.saturating_sub(1);
            }
        }
    }
}

fn refused(until: Timestamp, now: Timestamp) -> Problem {
    let wait_s = until.duration_since(now).as_secs().max(1);
    let minutes = wait_s.saturating_add(59) / 60;
    let detail = format!("too many tries to sign in; wait {minutes} min and try again");
    Problem::new(Kind::Busy, "sign_in_throttled", detail).fact("retry_after", wait_s)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).unwrap()
    }

    #[test]
    fn an_account_waits_after_ten_failures_and_no_longer_than_its_window() {
        let throttle = Throttle::default();
        let ada = |from: &str| Guess::of("ada@example.com", Some(from));
        for n in 0..FAILURES_PER_ACCOUNT_MAX {
            throttle.take(&ada(&format!("10.0.0.{n}")), at(0)).unwrap();
        }
        let refused = throttle.take(&ada("10.0.1.1"), at(1)).unwrap_err();
        assert_eq!(
            (refused.code, refused.facts["retry_after"].as_i64()),
            ("sign_in_throttled", Some(14 * 60))
        );
        throttle.take(&Guess::of("eve@example.com", Some("10.0.1.1")), at(1)).unwrap();
        throttle.take(&ada("10.0.1.1"), at(15)).unwrap();
    }

    #[test]
    fn an_address_waits_after_fifty_failures_at_any_accounts() {
        let throttle = Throttle::default();
        for n in 0..FAILURES_PER_ADDRESS_MAX {
            throttle.take(&Guess::of(&format!("{n}@example.com"), Some("10.0.0.1")), at(0)).unwrap();
        }
        assert!(throttle.take(&Guess::of("new@example.com", Some("10.0.0.1")), at(0)).is_err());
        throttle.take(&Guess::of("new@example.com", Some("10.0.0.2")), at(0)).unwrap();
    }

    #[test]
    fn who_signs_in_begins_anew_but_is_not_forgiven_other_accounts() {
        let throttle = Throttle::default();
        let mine = Guess::of("me@example.com", Some("10.0.0.1"));
        for n in 0..FAILURES_PER_ADDRESS_MAX {
            throttle.take(&mine, at(0)).unwrap();
            throttle.succeeded(&mine);
            throttle.take(&Guess::of(&format!("{n}@example.com"), Some("10.0.0.1")), at(0)).unwrap();
        }
        assert!(throttle.take(&mine, at(0)).is_err());
    }

    #[test]
    fn what_is_counted_is_bounded() {
        let throttle = Throttle::default();
        for n in 0..COUNTED_MAX + 10 {
            let mut counts = throttle.0.lock();
            counts.insert(format!("address {n}"), Count { failures: 1, until: at(15) });
        }
        throttle.take(&Guess::of("ada@example.com", None), at(0)).unwrap();
        assert_eq!(throttle.0.lock().len(), COUNTED_MAX);
    }
}

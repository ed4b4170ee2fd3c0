//! How often each tier had what was asked for: `sutler_cache_requests_total{tier, result}`.

use metrics::{Counter, counter};

/// The counters of all tiers, registered once.
pub(super) struct Counts {
    pub(super) local: Tier,
    pub(super) redis: Tier,
    pub(super) store: Tier,
}

/// The counters of a tier: one product asked for counts once.
pub(super) struct Tier {
    hit: Counter,
    miss: Counter,
    error: Counter,
}

impl Counts {
    /// Registered with the recorder that is installed now.
    pub(super) fn register() -> Self {
        Self { local: Tier::named("local"), redis: Tier::named("redis"), store: Tier::named("store") }
    }
}

impl Tier {
    fn named(tier: &'static str) -> Self {
        let of = |result: &'static str| counter!("sutler_cache_requests_total", "tier" => tier, "result" => result);
        Self { hit: of("hit"), miss: of("miss"), error: of("error") }
    }

    /// So many were asked for, and so many of them found.
    pub(super) fn asked(&self, asked: usize, found: usize) {
        self.hit.increment(count(found));
        self.miss.increment(count(asked.saturating_sub(found)));
    }

    /// So many were asked for in vain.
    pub(super) fn failed(&self, asked: usize) {
        self.error.increment(count(asked));
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

//! Rate limits: per address for publishable keys, which anybody can copy from a page; per key for secret ones, and
//! only if the shop wants it, because a storefront's back end sends all its buyers through one key.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use axum::http::{HeaderMap, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use sutler_app::{Kind, Problem};

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// The window of every quota, in seconds.
const WINDOW_S: u32 = 60;

/// The quotas of this node.
#[derive(Debug)]
pub(crate) struct Quotas {
    publishable: Option<(u32, Limiter<IpAddr>)>,
    secret: Option<(u32, Limiter<String>)>,
}

/// What is left of a quota.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    policy: &'static str,
    quota: u32,
    remaining: u32,
}

impl Quotas {
    pub(crate) fn new(publishable: Option<u32>, secret: Option<u32>) -> Self {
        Self { publishable: publishable.and_then(limiter), secret: secret.and_then(limiter) }
    }

    /// Take one from the quota of a key; `None` when it has no quota.
    pub(crate) fn take(
        &self,
        key_id: &str,
        publishable: bool,
        peer: Option<IpAddr>,
    ) -> Result<Option<Left>, Problem> {
        if publishable {
            let address = network(peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)));
            take(self.publishable.as_ref(), &address, "publishable")
        } else {
            take(self.secret.as_ref(), &key_id.to_owned(), "secret")
        }
    }

    /// Drop the counters of those whose quota is whole again.
    pub(crate) fn forget_the_idle(&self) {
        if let Some((_, limiter)) = &self.publishable {
            limiter.retain_recent();
        }
        if let Some((_, limiter)) = &self.secret {
            limiter.retain_recent();
        }
    }
}

fn limiter<K: Hash + Eq + Clone>(per_min: u32) -> Option<(u32, Limiter<K>)> {
    let quota = Quota::per_minute(NonZeroU32::new(per_min)?);
    Some((per_min, RateLimiter::keyed(quota).with_middleware()))
}

fn take<K: Hash + Eq + Clone>(
    limiter: Option<&(u32, Limiter<K>)>,
    key: &K,
    policy: &'static str,
) -> Result<Option<Left>, Problem> {
    let Some((quota, limiter)) = limiter else { return Ok(None) };
    match limiter.check_key(key) {
        Ok(state) => Ok(Some(Left { policy, quota: *quota, remaining: state.remaining_burst_capacity() })),
        Err(not_until) => {
            let wait_s = not_until.wait_time_from(DefaultClock::default().now()).as_secs().saturating_add(1);
            metrics::counter!("sutler_rate_limited_total", "key_kind" => policy).increment(1);
            let detail =
                format!("more than {quota} requests a minute; the next one may be sent in {wait_s} s");
            Err(Problem::new(Kind::Busy, "rate_limited", detail)
                .fact("retry_after", wait_s)
                .fact("quota", *quota)
                .fact("window_s", WINDOW_S)
                .fact("policy", policy))
        }
    }
}

/// An IPv6 customer has a whole /64 of addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Left {
    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let Self { policy, quota, remaining } = self;
        let used = quota.saturating_sub(*remaining);
        let whole_in_s = used.saturating_mul(WINDOW_S).div_ceil(*quota);
        for (name, value) in [
            ("ratelimit-policy", format!("\"{policy}\";q={quota};w={WINDOW_S}")),
            ("ratelimit", format!("\"{policy}\";r={remaining};t={whole_in_s}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_own_quota_and_a_64_is_one_address() {
        let quotas = Quotas::new(Some(2), None);
        let take = |address: &str| quotas.take("key", true, Some(address.parse().unwrap()));
        for (address, remaining) in [("10.0.0.1", 1), ("10.0.0.1", 0), ("10.0.0.2", 1), ("2001:db8::1", 1)] {
            assert_eq!(take(address).unwrap().unwrap().remaining, remaining, "{address}");
        }
        let problem = take("10.0.0.1").unwrap_err();
        assert_eq!(problem.code, "rate_limited");
        assert!(problem.facts.contains_key("retry_after"));
        assert_eq!(take("2001:db8::2").unwrap().unwrap().remaining, 0);
        assert!(quotas.take("key", false, None).unwrap().is_none());
    }

    #[test]
    fn what_is_left_is_told() {
        let mut headers = HeaderMap::new();
        Left { policy: "publishable", quota: 120, remaining: 118 }.tell(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"publishable\";q=120;w=60");
        assert_eq!(headers["ratelimit"], "\"publishable\";r=118;t=1");
    }
}

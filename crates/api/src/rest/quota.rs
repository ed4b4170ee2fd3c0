//! Rate limits: per address for publishable keys, which anybody can copy from a page, and for requests without a key;
//! per key for secret ones, and only if the shop wants it, because a storefront's back end sends all its buyers through
//! one key. Each server counts for itself.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::{Quota, RateLimiter};
use sutler_app::{Kind, Problem};

use super::Options;
use super::address::customer;

type Limiter<K> = RateLimiter<K, DefaultKeyedStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// The window of every quota, in seconds.
const WINDOW_S: u32 = 60;

static RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
static RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// The headers that tell of a quota, for pages of other origins to read.
pub(crate) static HEADERS: [&HeaderName; 2] = [&RATELIMIT_POLICY, &RATELIMIT];

/// Who asks, as far as quotas go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Who<'a> {
    /// Somebody without a key that is known.
    Anonymous(Option<IpAddr>),
    /// Somebody with a publishable key.
    Publishable(Option<IpAddr>),
    /// The holder of a secret key, by its id.
    Secret(&'a str),
}

/// The quotas of this node.
#[derive(Debug)]
pub(crate) struct Quotas {
    anonymous: Option<(u32, Limiter<IpAddr>)>,
    publishable: Option<(u32, Limiter<IpAddr>)>,
    secret: Option<(u32, Limiter<String>)>,
}

/// What is left of a quota.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Left {
    policy: &'static str,
    quota: u32,
    remaining: u32,
    /// When there is more: at once all of it, or after a refusal the next one.
    more_in_s: u64,
}

/// A quota is used up.
#[derive(Debug)]
pub(crate) struct Exceeded {
    left: Left,
}

impl Quotas {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            anonymous: options.anonymous_per_min.and_then(limiter),
            publishable: options.publishable_per_min.and_then(limiter),
            secret: options.secret_per_min.and_then(limiter),
        }
    }

    /// Take one from the quota of whoever asks; `None` when there is no quota.
    pub(crate) fn take(&self, who: Who<'_>) -> Result<Option<Left>, Exceeded> {
        // Whose address is not known shares one with all others of whom that is true.
        let of = |address: Option<IpAddr>| customer(address.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED)));
        match who {
            Who::Anonymous(address) => take(self.anonymous.as_ref(), &of(address), "anonymous"),
            Who::Publishable(address) => take(self.publishable.as_ref(), &of(address), "publishable"),
            Who::Secret(key_id) => take(self.secret.as_ref(), &key_id.to_owned(), "secret"),
        }
    }

    /// Drop the counters of those whose quota is whole again.
    pub(crate) fn forget_the_idle(&self) {
        for (_, limiter) in self.anonymous.iter().chain(&self.publishable) {
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
) -> Result<Option<Left>, Exceeded> {
    let Some((quota, limiter)) = limiter else { return Ok(None) };
    let quota = *quota;
    match limiter.check_key(key) {
        Ok(state) => {
            let remaining = state.remaining_burst_capacity();
            let used = quota.saturating_sub(remaining);
            let more_in_s = used.saturating_mul(WINDOW_S).div_ceil(quota).into();
            Ok(Some(Left { policy, quota, remaining, more_in_s }))
        }
        Err(not_until) => {
            let wait = not_until.wait_time_from(limiter.clock().now());
            metrics::counter!("sutler_rate_limited_total", "key_kind" => policy).increment(1);
            let more_in_s = wait.as_secs().saturating_add(1);
            Err(Exceeded { left: Left { policy, quota, remaining: 0, more_in_s } })
        }
    }
}

impl Exceeded {
    /// The problem, and what to say beside it.
    pub(crate) fn told(self) -> (Problem, Left) {
        let Left { policy, quota, more_in_s, .. } = self.left;
        let detail =
            format!("more than {quota} requests a minute; the next one may be sent in {more_in_s} s");
        let problem = Problem::new(Kind::Busy, "rate_limited", detail)
            .fact("retry_after", more_in_s)
            .fact("quota", quota)
            .fact("window_s", WINDOW_S)
            .fact("policy", policy);
        (problem, self.left)
    }
}

impl Left {
    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        let Self { policy, quota, remaining, more_in_s } = self;
        for (name, value) in [
            (&RATELIMIT_POLICY, format!("\"{policy}\";q={quota};w={WINDOW_S}")),
            (&RATELIMIT, format!("\"{policy}\";r={remaining};t={more_in_s}")),
        ] {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name.clone(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quotas() -> Quotas {
        let options = Options {
            anonymous_per_min: Some(1),
            publishable_per_min: Some(2),
            secret_per_min: None,
            ..Options::default()
        };
        Quotas::new(&options)
    }

    fn at(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn an_address_has_its_own_quota_and_a_64_is_one_address() {
        let quotas = quotas();
        let take = |address: &str| quotas.take(Who::Publishable(Some(at(address))));
        for (address, remaining) in [("10.0.0.1", 1), ("10.0.0.1", 0), ("10.0.0.2", 1), ("2001:db8::1", 1)] {
            assert_eq!(take(address).unwrap().unwrap().remaining, remaining, "{address}");
        }
        let (problem, left) = take("10.0.0.1").unwrap_err().told();
        assert_eq!((problem.code, left.remaining), ("rate_limited", 0));
        assert_eq!(problem.facts["retry_after"], left.more_in_s);
        assert_eq!(take("2001:db8::2").unwrap().unwrap().remaining, 0);
        assert!(take("2001:db8::3").is_err() && take("2001:db8:0:1::3").is_ok());
    }

    #[test]
    fn who_has_a_key_is_not_counted_with_those_who_have_none() {
        let quotas = quotas();
        assert_eq!(quotas.take(Who::Anonymous(Some(at("10.0.0.1")))).unwrap().unwrap().remaining, 0);
        assert!(quotas.take(Who::Anonymous(Some(at("10.0.0.1")))).is_err());
        assert!(quotas.take(Who::Publishable(Some(at("10.0.0.1")))).is_ok());
        assert_eq!(quotas.take(Who::Secret("key")).unwrap(), None);
        // Without an address there is one quota for all.
        assert!(quotas.take(Who::Anonymous(None)).is_ok());
        assert!(quotas.take(Who::Anonymous(None)).is_err());
    }

    #[test]
    fn what_is_left_is_told() {
        let mut headers = HeaderMap::new();
        Left { policy: "publishable", quota: 120, remaining: 118, more_in_s: 1 }.tell(&mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"publishable\";q=120;w=60");
        assert_eq!(headers["ratelimit"], "\"publishable\";r=118;t=1");
    }
}

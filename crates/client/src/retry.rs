//! When to try again: only what the server did not take, or what is safe under its key.

use std::time::Duration;

use reqwest::StatusCode;

use crate::call::Answer;
use crate::error::Error;

/// How often to try, and how long to wait in between. The wait doubles, and a random part of it is taken, so that
/// clients that failed together do not return together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Tries in all; 1: never again.
    pub tries: u32,
    /// The longest first wait.
    pub first: Duration,
    /// The longest wait of all; a `Retry-After` beyond it ends the tries.
    pub longest: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { tries: 4, first: Duration::from_millis(200), longest: Duration::from_secs(5) }
    }
}

impl Retries {
    /// One try.
    pub const NEVER: Self = Self { tries: 1, first: Duration::ZERO, longest: Duration::ZERO };

    /// How long to wait after the `tried`-th try, if it is worth another.
    pub(crate) fn wait_after(&self, tried: u32, outcome: &Result<Answer, Error>) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        let asked = match outcome {
            Ok(answer) if is_passing(answer.status) => {
                answer.header("retry-after").and_then(|s| s.parse().ok())
            }
            Err(Error::Unreachable { .. } | Error::Timeout { .. }) => None,
            _ => return None,
        };
        let asked = asked.map(Duration::from_secs);
        if asked.is_some_and(|asked| asked > self.longest) {
            return None;
        }
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(tried.saturating_sub(1)));
        Some(asked.unwrap_or_default().max(jittered(doubled.min(self.longest))))
    }
}

/// Too many requests, or not now; or somebody in between lost the answer, which is as if the connection had broken.
pub(crate) fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

/// Between half of it and all of it.
#[expect(clippy::disallowed_methods, reason = "the jitter of a client is nobody's to replay")]
pub(crate) fn jittered(most: Duration) -> Duration {
    let half_ms = u64::try_from(most.as_millis() / 2).unwrap_or(u64::MAX);
    Duration::from_millis(half_ms.saturating_add(rand::random_range(0..=half_ms)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "the shape that is judged")]
    fn answer(status: u16, retry_after: Option<&str>) -> Result<Answer, Error> {
        let mut headers = reqwest::header::HeaderMap::new();
        if let Some(seconds) = retry_after {
            headers.insert("retry-after", seconds.parse().unwrap());
        }
        Ok(Answer { status: StatusCode::from_u16(status).unwrap(), headers, body: Vec::new() })
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let retries = Retries::default();
        for status in [429, 502, 503, 504] {
            assert!(retries.wait_after(1, &answer(status, None)).is_some(), "{status}");
        }
        for status in [200, 400, 402, 409, 422, 500] {
            assert_eq!(retries.wait_after(1, &answer(status, None)), None, "{status}");
        }
        let gone = Err(Error::Unreachable { address: String::new(), reason: String::new() });
        assert!(retries.wait_after(1, &gone).is_some());
        assert_eq!(retries.wait_after(4, &gone), None);
        assert_eq!(Retries::NEVER.wait_after(1, &gone), None);
    }

    #[test]
    fn the_servers_word_on_the_wait_counts() {
        let retries = Retries::default();
        assert!(retries.wait_after(1, &answer(429, Some("3"))).unwrap() >= Duration::from_secs(3));
        assert_eq!(retries.wait_after(1, &answer(429, Some("3600"))), None);
    }

    #[test]
    fn waits_grow_up_to_the_longest() {
        let retries = Retries { tries: 100, ..Retries::default() };
        let wait = |tried| retries.wait_after(tried, &answer(503, None)).unwrap();
        assert!(wait(1) <= Duration::from_millis(200));
        assert!(wait(99) <= Duration::from_secs(5) && wait(99) >= Duration::from_millis(2500));
    }
}

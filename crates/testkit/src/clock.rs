//! A clock that stands still until a test moves it.

use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sutler_app::ports::Clock;
use tokio::sync::watch;

/// A clock that stands still until a test moves it. Whoever sleeps wakes when it was moved far enough.
#[derive(Debug)]
pub struct TestClock {
    now: watch::Sender<Timestamp>,
}

impl TestClock {
    /// A clock that shows this time.
    pub fn at(now: Timestamp) -> Self {
        Self { now: watch::Sender::new(now) }
    }

    /// Let time pass; backwards too, as clocks of machines do when they are set.
    pub fn advance(&self, by: SignedDuration) {
        self.now.send_modify(|now| *now = now.saturating_add(by).unwrap_or(*now));
    }

    /// Set the time.
    pub fn set(&self, now: Timestamp) {
        self.now.send_replace(now);
    }
}

impl Default for TestClock {
    /// Noon of 1 November 2026, UTC.
    fn default() -> Self {
        Self::at(Timestamp::from_second(1_793_534_400).unwrap_or_default())
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        let mut now = self.now.subscribe();
        let length = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        let end = self.now().saturating_add(length).unwrap_or(Timestamp::MAX);
        // The sender is our own, so the channel is open as long as we are.
        now.wait_for(|now| *now >= end).await.map(drop).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn sleepers_wake_when_the_clock_was_moved_far_enough() {
        let clock = TestClock::default();
        assert_eq!(clock.now().to_string(), "2026-11-01T12:00:00Z");
        let mut sleep = clock.sleep(Duration::from_mins(1));
        assert!((&mut sleep).now_or_never().is_none());
        clock.advance(SignedDuration::from_secs(59));
        assert!((&mut sleep).now_or_never().is_none());
        clock.advance(SignedDuration::from_secs(1));
        sleep.await;
    }
}

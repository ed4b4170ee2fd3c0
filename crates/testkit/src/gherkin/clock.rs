//! A clock that stands still until it is moved.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use sutler_app::ports::Clock;
use tokio::sync::watch;

/// A clock that stands still until it is moved; whoever sleeps wakes when it has moved far enough.
pub(crate) struct TestClock(watch::Sender<Timestamp>);

impl TestClock {
    /// It is this time.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self(watch::Sender::new(now))
    }

    /// Time passes.
    pub(crate) fn advance(&self, by: Duration) {
        self.0.send_modify(|now| *now += by);
    }
}

#[async_trait]
impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        *self.0.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        let end = self.now() + duration;
        // The sender is this clock, which lives as long as whoever sleeps by it.
        self.0.subscribe().wait_for(|now| *now >= end).await.unwrap();
    }
}

//! Time that passes when nobody has anything to do, and is set wrong when the plan says so.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sutler_app::ports::Clock;

/// Noon of 22 November 2026, UTC: when every simulation begins.
const START_S: i64 = 1_795_348_800;

/// A clock without a machine behind it.
#[derive(Default)]
pub(super) struct VirtualClock {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What has passed. Sleepers wait for this, so a clock that is set does not shorten a wait.
    elapsed_us: u64,
    /// How far the clock on the wall is off.
    skew_ms: i64,
    timers: BTreeMap<(u64, u64), Waker>,
    timers_set: u64,
}

impl VirtualClock {
    /// What has passed since the beginning, in microseconds.
    pub(super) fn elapsed_us(&self) -> u64 {
        self.state.lock().elapsed_us
    }

    /// Somebody sets the clock.
    pub(super) fn skew(&self, by_ms: i64) {
        let mut state = self.state.lock();
        state.skew_ms = state.skew_ms.saturating_add(by_ms);
    }

    /// Let time pass until the next sleeper wakes; `false` when nobody sleeps.
    pub(super) fn pass(&self) -> bool {
        let mut state = self.state.lock();
        let Some(((at, _), waker)) = state.timers.pop_first() else { return false };
        state.elapsed_us = state.elapsed_us.max(at);
        drop(state);
        waker.wake();
        true
    }
}

#[async_trait]
impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        let state = self.state.lock();
        let passed = SignedDuration::from_micros(i64::try_from(state.elapsed_us).unwrap_or(i64::MAX));
        let skew = SignedDuration::from_millis(state.skew_ms);
        Timestamp::from_second(START_S)
            .unwrap_or_default()
            .saturating_add(passed + skew)
            .unwrap_or(Timestamp::MAX)
    }

    async fn sleep(&self, duration: Duration) {
        let length = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let at = self.elapsed_us().saturating_add(length);
        Sleep { clock: self, at, timer: None }.await;
    }
}

struct Sleep<'c> {
    clock: &'c VirtualClock,
    at: u64,
    timer: Option<(u64, u64)>,
}

impl Future for Sleep<'_> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut state = self.clock.state.lock();
        if let Some(timer) = self.timer {
            state.timers.remove(&timer);
        }
        if state.elapsed_us >= self.at {
            drop(state);
            self.timer = None;
            return Poll::Ready(());
        }
        state.timers_set += 1;
        let timer = self.timer.unwrap_or((self.at, state.timers_set));
        state.timers.insert(timer, context.waker().clone());
        drop(state);
        self.timer = Some(timer);
        Poll::Pending
    }
}

impl Drop for Sleep<'_> {
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            self.clock.state.lock().timers.remove(&timer);
        }
    }
}

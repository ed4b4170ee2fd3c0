//! A gate in front of a service that fails: after several failures in a row it lets one call a second through, to see
//! whether the service is back. A service that says how long to wait is believed.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use parking_lot::Mutex;
use sutler_app::ports::Clock;

/// Failures in a row after which the gate closes.
pub(super) const FAILURES_MAX: u32 = 5;

/// How often a call goes through a closed gate.
pub(super) const PROBE_EVERY: SignedDuration = SignedDuration::from_secs(1);

/// The longest that a service is believed when it asks for time. It also bounds what a clock that was set back can do.
pub(super) const WAIT_MAX: SignedDuration = SignedDuration::from_secs(60);

/// The gate.
pub(super) struct Breaker {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u32,
    /// No call before then; `None`: open to all.
    next: Option<Timestamp>,
}

impl Breaker {
    /// Open to all.
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Mutex::default() }
    }

    /// Ask for a way through; the error is how long to wait.
    pub(super) fn pass(&self) -> Result<(), Duration> {
        let now = self.clock.now();
        let mut state = self.state.lock();
        let Some(next) = state.next else { return Ok(()) };
        let wait = next.duration_since(now);
        if wait > SignedDuration::ZERO && wait <= WAIT_MAX {
            return Err(Duration::try_from(wait).unwrap_or_default());
        }
        state.next = Some(after(now, PROBE_EVERY));
        Ok(())
    }

    /// The service answered, whatever it said.
    pub(super) fn answered(&self) {
        let mut state = self.state.lock();
        if state.next.is_some() {
            tracing::info!("gateway_calls_resume");
        }
        *state = State::default();
    }

    /// It did not, or says that it cannot.
    pub(super) fn failed(&self) {
        let now = self.clock.now();
        let mut state = self.state.lock();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES_MAX && state.next.is_none() {
            tracing::warn!(failures = state.failures, "gateway_calls_held_back");
            state.next = Some(after(now, PROBE_EVERY));
        }
    }

    /// It asked for time; gives how much it gets.
    pub(super) fn asked_to_wait(&self, wait: Option<Duration>) -> Duration {
        let asked = wait.and_then(|wait| SignedDuration::try_from(wait).ok());
        let wait = asked.unwrap_or(PROBE_EVERY).clamp(PROBE_EVERY, WAIT_MAX);
        self.state.lock().next = Some(after(self.clock.now(), wait));
        Duration::try_from(wait).unwrap_or_default()
    }
}

fn after(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use sutler_testkit::clock::TestClock;

    use super::*;

    fn breaker() -> (Arc<TestClock>, Breaker) {
        let clock = Arc::new(TestClock::default());
        (clock.clone(), Breaker::new(clock))
    }

    #[test]
    fn one_call_a_second_goes_through_while_the_service_fails() {
        let (clock, breaker) = breaker();
        for _ in 0..FAILURES_MAX {
            assert_eq!(breaker.pass(), Ok(()));
            breaker.failed();
        }
        let mut through = 0;
        for _ in 0..100 {
            clock.advance(SignedDuration::from_millis(100));
            if breaker.pass().is_ok() {
                through += 1;
                breaker.failed();
            }
        }
        assert_eq!(through, 10, "ten seconds, ten calls");
        clock.advance(PROBE_EVERY);
        assert_eq!(breaker.pass(), Ok(()));
        breaker.answered();
        assert_eq!((breaker.pass(), breaker.pass()), (Ok(()), Ok(())));
    }

    #[test]
    fn a_service_that_asks_for_time_gets_it_and_not_for_ever() {
        let (clock, breaker) = breaker();
        assert_eq!(breaker.asked_to_wait(Some(Duration::from_secs(20))), Duration::from_secs(20));
        clock.advance(SignedDuration::from_secs(19));
        assert_eq!(breaker.pass(), Err(Duration::from_secs(1)));
        clock.advance(SignedDuration::from_secs(1));
        assert_eq!(breaker.pass(), Ok(()));
        assert_eq!(breaker.asked_to_wait(Some(Duration::from_hours(9))), Duration::from_mins(1));
        assert_eq!(breaker.asked_to_wait(None), Duration::from_secs(1));
    }

    #[test]
    fn a_clock_that_is_set_back_does_not_hold_calls_for_hours() {
        let (clock, breaker) = breaker();
        breaker.asked_to_wait(Some(Duration::from_secs(5)));
        clock.advance(SignedDuration::from_hours(-1));
        assert_eq!(breaker.pass(), Ok(()));
    }
}

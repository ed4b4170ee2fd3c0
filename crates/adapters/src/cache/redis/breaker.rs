//! A server that does not answer is left alone for a while, so that nobody waits for it in vain.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Failures within `WINDOW` after which the server is left alone.
pub const FAILURES_MAX: u32 = 5;

/// The time in which failures count together.
const WINDOW: Duration = Duration::from_secs(1);

/// How long the server is left alone; then one call finds out, and another after as long again.
const REST: Duration = Duration::from_secs(1);

/// Counts failures, and says who may ask.
#[derive(Debug)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Clone, Copy, Debug)]
enum State {
    /// Everybody may ask. The failures since the first of them.
    Closed { failures: u32, since: Option<Instant> },
    /// Nobody may, until this time; then one may try.
    Open { try_at: Instant },
}

/// Leave to ask once.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Permit {
    /// As everybody may.
    Ordinary,
    /// To find out whether the server answers again.
    Trial,
}

/// What the end of a call changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// From now on nobody asks.
    Away,
    /// From now on everybody may ask again.
    Back,
}

impl Default for Breaker {
    fn default() -> Self {
        Self(Mutex::new(CLOSED))
    }
}

const CLOSED: State = State::Closed { failures: 0, since: None };

impl Breaker {
    /// Leave to ask now, if there is any. A trial that never ends is followed by another.
    pub(super) fn permit(&self, now: Instant) -> Option<Permit> {
        match &mut *self.0.lock() {
            State::Closed { .. } => Some(Permit::Ordinary),
            State::Open { try_at } if now >= *try_at => {
                *try_at = now + REST;
                Some(Permit::Trial)
            }
            State::Open { .. } => None,
        }
    }

    /// A call has ended. One that was under way when the server was given up says nothing about it.
    pub(super) fn ended(&self, permit: &Permit, answered: bool, now: Instant) -> Option<Turned> {
        let mut state = self.0.lock();
        match (&mut *state, permit, answered) {
            (State::Open { .. }, Permit::Trial, true) => {
                *state = CLOSED;
                Some(Turned::Back)
            }
            (State::Closed { failures, since }, _, false) => {
                let began = since.filter(|since| now.duration_since(*since) < WINDOW);
                *failures = if began.is_some() { failures.saturating_add(1) } else { 1 };
                *since = began.or(Some(now));
                if *failures < FAILURES_MAX {
                    return None;
                }
                *state = State::Open { try_at: now + REST };
                Some(Turned::Away)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(breaker: &Breaker, now: Instant) -> Option<Turned> {
        breaker.ended(&Permit::Ordinary, false, now)
    }

    #[test]
    fn it_opens_after_so_many_failures_within_a_second() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for n in 1..FAILURES_MAX {
            assert_eq!(failed(&breaker, start + Duration::from_millis(u64::from(n))), None);
        }
        assert_eq!(breaker.permit(start), Some(Permit::Ordinary));
        assert_eq!(failed(&breaker, start + Duration::from_millis(999)), Some(Turned::Away));
        assert_eq!(breaker.permit(start + Duration::from_millis(999)), None);
    }

    #[test]
    fn failures_that_are_far_apart_do_not_add_up() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for n in 0..FAILURES_MAX * 4 {
            let now = start + WINDOW * n / (FAILURES_MAX - 1);
            assert_eq!(failed(&breaker, now), None, "failure {n}");
        }
    }

    #[test]
    fn then_one_call_a_second_finds_out() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES_MAX {
            failed(&breaker, start);
        }
        let later = start + REST;
        assert_eq!(breaker.permit(later), Some(Permit::Trial));
        assert_eq!(breaker.permit(later), None, "one at a time");
        assert_eq!(breaker.ended(&Permit::Trial, false, later), None);
        assert_eq!(breaker.permit(later), None, "it failed");
        // The next trial is given up by whoever made it; the one after succeeds.
        assert_eq!(breaker.permit(later + REST), Some(Permit::Trial));
        assert_eq!(breaker.permit(later + REST * 2), Some(Permit::Trial));
        assert_eq!(breaker.ended(&Permit::Trial, true, later + REST * 2), Some(Turned::Back));
        assert_eq!(breaker.permit(later + REST * 2), Some(Permit::Ordinary));
        assert_eq!(failed(&breaker, later + REST * 2), None, "the failures before are forgotten");
    }

    #[test]
    fn an_answer_to_an_earlier_call_does_not_close_it() {
        let (breaker, start) = (Breaker::default(), Instant::now());
        for _ in 0..FAILURES_MAX {
            failed(&breaker, start);
        }
        assert_eq!(breaker.ended(&Permit::Ordinary, true, start), None);
        assert_eq!(breaker.permit(start), None);
    }
}

//! Where an upstream stands, as a pure function of what was seen of it.

/// Whether it gets requests, and why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It gets requests.
    Up,
    /// It says itself that it takes no new ones; those that it has are finished.
    Draining,
    /// It does not answer as it should.
    Down,
}

impl State {
    /// The word for it in logs.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Draining => "draining",
            Self::Down => "down",
        }
    }
}

/// How many in a row it takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules {
    /// Checks that pass, until it is up again.
    pub(crate) rise: u32,
    /// Checks that fail, until it is down.
    pub(crate) fall: u32,
    /// Requests that fail, until it is down.
    pub(crate) failures_max: u32,
}

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is ready.
    Ready,
    /// It answers that it is not: 503.
    NotReady,
    /// No answer, or another one.
    Fault,
}

/// What was seen of an upstream so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    state: State,
    /// Checks in a row that speak against the state.
    against: u32,
    /// Requests in a row that failed.
    failures: u32,
}

impl Standing {
    /// By the first check of all, which counts alone.
    pub(crate) const fn first(found: Found) -> Self {
        let state = match found {
            Found::Ready => State::Up,
            Found::NotReady => State::Draining,
            Found::Fault => State::Down,
        };
        Self { state, against: 0, failures: 0 }
    }

    pub(crate) const fn state(&self) -> State {
        self.state
    }

    /// A check came back. A node that says it is not ready is believed at once; the rest takes as many as the rules say.
    pub(crate) fn checked(&mut self, found: Found, rules: Rules) {
        let (becomes, needed) = match (self.state, found) {
            (_, Found::NotReady) => (State::Draining, 1),
            // It was on its way out.
            (State::Draining | State::Down, Found::Fault) => (State::Down, 1),
            (State::Draining | State::Down, Found::Ready) => (State::Up, rules.rise),
            (State::Up, Found::Fault) => (State::Down, rules.fall),
            (State::Up, Found::Ready) => {
                self.against = 0;
                return;
            }
        };
        self.against += 1;
        if self.against >= needed {
            self.becomes(becomes);
        }
    }

    const fn becomes(&mut self, state: State) {
        let failures = if matches!(state, State::Up) { 0 } else { self.failures };
        *self = Self { state, against: 0, failures };
    }

    /// A request to it failed: it could not be connected to, or its answer was lost.
    pub(crate) fn failed(&mut self, rules: Rules) {
        self.failures = self.failures.saturating_add(1);
        if self.state == State::Up && self.failures >= rules.failures_max {
            self.becomes(State::Down);
        }
    }

    /// A request to it was answered.
    pub(crate) fn answered(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules { rise: 2, fall: 3, failures_max: 2 };

    fn after(first: Found, checks: &[Found]) -> State {
        let mut standing = Standing::first(first);
        for found in checks {
            standing.checked(*found, RULES);
        }
        standing.state()
    }

    #[test]
    fn checks_in_a_row_change_it() {
        use Found::{Fault, NotReady, Ready};
        for (first, checks, state) in [
            (Ready, &[][..], State::Up),
            (Fault, &[], State::Down),
            (NotReady, &[], State::Draining),
            (Ready, &[Fault, Fault], State::Up),
            (Ready, &[Fault, Fault, Fault], State::Down),
            (Ready, &[Fault, Fault, Ready, Fault, Fault], State::Up),
            (Fault, &[Ready], State::Down),
            (Fault, &[Ready, Ready], State::Up),
            (Fault, &[Ready, Fault, Ready], State::Down),
            (Ready, &[NotReady], State::Draining),
            (NotReady, &[Ready, NotReady, Ready], State::Draining),
            (NotReady, &[Ready, Ready], State::Up),
            (NotReady, &[Fault], State::Down),
            (NotReady, &[Ready, Fault, Ready], State::Down),
        ] {
            assert_eq!(after(first, checks), state, "{first:?} {checks:?}");
        }
    }

    #[test]
    fn requests_that_fail_in_a_row_take_it_out_and_only_checks_bring_it_back() {
        let mut standing = Standing::first(Found::Ready);
        standing.failed(RULES);
        standing.answered();
        standing.failed(RULES);
        assert_eq!(standing.state(), State::Up);
        standing.failed(RULES);
        assert_eq!(standing.state(), State::Down);
        standing.answered();
        standing.checked(Found::Ready, RULES);
        assert_eq!(standing.state(), State::Down);
        standing.checked(Found::Ready, RULES);
        assert_eq!(standing.state(), State::Up);
    }
}

//! The comparison: what the clients were told, what the store holds, what the gateway's own books say.
//!
//! It shares no code with the engine: [`store`] reads a copy of the file with plain SQL and folds the log by its JSON,
//! [`books`] reads the gateway's file line by line. Each rule bears the name of its invariant.

pub mod books;
mod money;
mod orders;
mod stock;
pub mod store;

use std::fmt;

use super::ledger::History;
use super::shop::Shop;
use books::Call;
use store::Store;

/// What must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// Every acknowledged request is there exactly once, as it was answered.
    Acknowledged,
    /// Nothing is there that nobody asked for, or that was refused.
    Invented,
    /// The versions of every stream are 1..n, and a view is what its events say.
    Versions,
    /// Positions have no gap, and neither have the numbers of orders.
    Positions,
    /// Stock is never negative, and never promised twice, at any row of its journal.
    Stock,
    /// Sold and left is what was there.
    Balance,
    /// The gateway took the money of a payment once at most.
    Captures,
    /// Our captures and refunds are those of the gateway's books, both ways.
    Books,
    /// A replay under the same key is equal to the byte.
    Replays,
    /// A read is not older than what was answered before.
    ReadYourWrite,
    /// Every job ends, and none is dead.
    Jobs,
    /// Well-formed requests get an answer that the API promises.
    Answers,
    /// The server is ready again.
    Recovery,
    /// `sutler verify` finds nothing.
    Verify,
}

impl Invariant {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 14] = [
        Self::Acknowledged,
        Self::Invented,
        Self::Versions,
        Self::Positions,
        Self::Stock,
        Self::Balance,
        Self::Captures,
        Self::Books,
        Self::Replays,
        Self::ReadYourWrite,
        Self::Jobs,
        Self::Answers,
        Self::Recovery,
        Self::Verify,
    ];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acknowledged => "acknowledged requests lost or changed",
            Self::Invented => "orders that nobody asked for",
            Self::Versions => "versions with gaps, views unlike their events",
            Self::Positions => "gaps in positions or numbers",
            Self::Stock => "stock negative or promised twice",
            Self::Balance => "sold + left != stock",
            Self::Captures => "double captures",
            Self::Books => "differences to the gateway's books",
            Self::Replays => "replays unlike the answer",
            Self::ReadYourWrite => "reads older than the answer",
            Self::Jobs => "jobs that did not end",
            Self::Answers => "unexpected answers",
            Self::Recovery => "failed recoveries",
            Self::Verify => "differences found by verify",
        }
    }
}

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// What does not hold.
    pub invariant: Invariant,
    /// What was found instead.
    pub what: String,
}

impl Violation {
    /// Of this invariant.
    pub fn new(invariant: Invariant, what: impl Into<String>) -> Self {
        Self { invariant, what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant.name(), self.what)
    }
}

/// Whether everything that was begun has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As the crash left it: jobs wait, and the gateway may know more than we do.
    Crashed,
    /// No job is left.
    Quiet,
}

/// Compare everything. `books` is `None` where the gateway keeps none.
pub fn all(
    history: &History,
    store: &Store,
    shop: &Shop,
    books: Option<&[Call]>,
    state: State,
) -> Vec<Violation> {
    let mut found = store.violations.clone();
    found.extend(orders::check(history, store));
    found.extend(stock::check(store, shop));
    if let Some(books) = books {
        found.extend(money::check(store, books, state));
    }
    if state == State::Quiet {
        found.extend(jobs(store));
    }
    found
}

fn jobs(store: &Store) -> Vec<Violation> {
    let open = store.jobs.iter().filter(|(state, _)| !["done", "canceled"].contains(&state.as_str()));
    open.map(|(state, count)| Violation::new(Invariant::Jobs, format!("{count} are {state}"))).collect()
}

#[cfg(test)]
mod tests;

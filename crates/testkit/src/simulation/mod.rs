//! A shop in which everything goes wrong, from one seed.
//!
//! The real `domain` and `app` run unmodified over their ports. A seed decides everything else: what customers and
//! clerks do (`plan`), who is polled next (`executor`), what time it is (`clock`), where the process dies, which
//! answers are lost, and what the gateway does with money (`mishap`, `gateway`). No thread, no wall clock and no
//! global chance: the same seed and code give the same [`Outcome::trace_hash`]. When the day is over, time passes until
//! everything rests, and an auditor that shares no code with the engine ([`audit()`]) reads the log as plain JSON.
//!
//! ```
//! use sutler_testkit::simulation::{Options, run, search};
//!
//! let outcome = run(7, &Options::default());
//! assert!(outcome.violations.is_empty());
//! assert!(search(0..3, &Options::default()).is_none());
//! ```
//!
//! - [`run`] plays one seed and gives a trace hash, the violations, and what fired and was reached.
//! - [`search`] plays seeds until one fails, and then looks for the shortest history that fails in the same way.
//! - [`Options::tamper`] spoils every commit before the store judges it: the seam for planted faults of a store.

mod audit;
mod back;
mod clock;
mod customer;
mod day;
mod deliveries;
pub(crate) mod dice;
mod evidence;
mod executor;
mod gateway;
mod mishap;
mod plan;
mod reads;
mod report;
mod request;
mod shrink;
mod store;
mod trace;
mod words;
mod world;

pub use audit::{Violation, audit};
pub use day::Day;
pub use dice::Dice;
pub use evidence::{Asked, Evidence, Line, Row, Seen, Told};
pub use mishap::{Mishap, MishapKind, Place};
pub use plan::{Act, Basket, Part, Plan, Step, Token};
pub use report::Report;
pub use shrink::Failure;

use std::collections::{BTreeMap, BTreeSet};

/// How a simulation is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Spoils each commit before it is judged: a planted fault of the store.
    pub tamper: Option<fn(&mut sutler_app::Commit)>,
    /// How many shorter histories are tried for a failing seed.
    pub shrink_tries: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { tamper: None, shrink_tries: 400 }
    }
}

/// What came of one seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The same whenever the same happened.
    pub trace_hash: u64,
    /// What the auditor found.
    pub violations: Vec<Violation>,
    /// How often each mishap fired.
    pub fired: BTreeMap<MishapKind, u64>,
    /// What was reached without being planned, such as commits taken in one batch.
    pub reached: BTreeMap<&'static str, u64>,
    /// Transitions seen, by axis: `status created -> confirmed`.
    pub transitions: BTreeSet<String>,
    /// Virtual time that passed, in seconds.
    pub virtual_s: u64,
}

/// Play one seed.
pub fn run(seed: u64, options: &Options) -> Outcome {
    Day::of(&Plan::of(seed), options, false).outcome
}

/// Play seeds until one fails; gives the shortest history found that fails in the same way.
pub fn search(seeds: impl IntoIterator<Item = u64>, options: &Options) -> Option<Failure> {
    seeds.into_iter().find_map(|seed| shrink::failure_of(&Plan::of(seed), options))
}

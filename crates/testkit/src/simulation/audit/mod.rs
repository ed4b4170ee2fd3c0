//! The auditor. It shares no code with the engine: it reads the log as plain JSON, has a small model of its own of what
//! an order is, and adds up stock and money itself.

mod jobs;
mod keys;
mod log;
mod money;
mod order;
mod orders;
mod stock;

use std::fmt;

pub(super) use order::OrderModel;
pub(super) use orders::LIFE;

use super::evidence::Evidence;

/// An invariant that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its name, such as `I-STK-1`.
    pub invariant: &'static str,
    /// What was found.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.invariant, self.detail)
    }
}

/// What the auditor found.
#[derive(Default)]
pub(super) struct Findings(Vec<Violation>);

impl Findings {
    /// `holds`, or a violation.
    pub(super) fn require(&mut self, holds: bool, invariant: &'static str, detail: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Violation { invariant, detail: detail() });
        }
    }
}

/// Every invariant that does not hold in this evidence of a run that came to rest.
pub fn audit(evidence: &Evidence) -> Vec<Violation> {
    let mut findings = Findings::default();
    log::check(evidence, &mut findings);
    orders::check(evidence, &mut findings);
    stock::check(evidence, &mut findings);
    money::check(evidence, &mut findings);
    keys::check(evidence, &mut findings);
    jobs::check(evidence, &mut findings);
    findings.0
}

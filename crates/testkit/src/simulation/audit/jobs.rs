//! I-JOB: no job is lost, none is done twice, and whoever lost his lease has nothing more to say.

use std::collections::{BTreeMap, BTreeSet};

use super::Findings;
use crate::simulation::evidence::{Evidence, Seen};

/// How often each kind may be tried.
const ATTEMPTS_MAX: [(&str, u32); 5] = [
    ("process_order", 25),
    ("call_gateway", 25),
    ("sync_payment", 25),
    ("notify_shipping", 15),
    ("update_inventory", 10),
];

pub(super) fn check(evidence: &Evidence, findings: &mut Findings) {
    let (mut tokens, mut done): (BTreeMap<&str, u64>, BTreeSet<&str>) = Default::default();
    let mut asked: Vec<&str> = Vec::new();
    for seen in &evidence.seen {
        match seen {
            Seen::Lease(job, token) => {
                let before = tokens.insert(job, *token).unwrap_or(0);
                findings.require(*token > before, "I-JOB-3", || {
                    format!("{job} was leased twice under token {token}")
                });
            }
            Seen::Renewal(job, token) => {
                let held = tokens.get(job.as_str()).copied().unwrap_or(0);
                findings.require(held == *token, "I-JOB-3", || {
                    format!("{job} was kept under token {token} when {held} was the last one given")
                });
            }
            Seen::Commit(commit) => {
                asked.extend(commit.jobs.iter().filter(|_| !commit.replayed).map(String::as_str));
                let Some((job, token, is_done)) = commit.finishes.as_ref().filter(|_| !commit.replayed)
                else {
                    continue;
                };
                let held = tokens.get(job.as_str()).copied().unwrap_or(0);
                findings.require(held == *token, "I-JOB-3", || {
                    format!("{job} was ended under token {token} when {held} was the last one given")
                });
                if *is_done {
                    findings.require(done.insert(job), "I-JOB-2", || format!("{job} was done twice"));
                }
            }
        }
    }
    intents(evidence, findings);
    for id in asked {
        let found = evidence.jobs.iter().find(|job| job.id == id);
        findings.require(found.is_some(), "I-JOB-1", || format!("{id} was asked for and is gone"));
    }
    for job in &evidence.jobs {
        let over = matches!(job.state.as_str(), "done" | "dead" | "canceled");
        findings.require(over, "I-JOB-1", || format!("{} ({}) is {} for ever", job.id, job.kind, job.state));
        let most = ATTEMPTS_MAX.iter().find(|(kind, _)| *kind == job.kind).map_or(0, |(_, most)| *most);
        // A last attempt whose worker never came back is told by one more.
        findings.require(job.attempts <= most + 1, "I-JOB-4", || {
            format!("{} ({}) was tried {} times, and {most} is the limit", job.id, job.kind, job.attempts)
        });
    }
}

/// Whatever must follow from a commit is asked for in the same commit: the processing of an order, and each further call
/// of a gateway.
fn intents(evidence: &Evidence, findings: &mut Findings) {
    let mut rest = evidence.log.as_slice();
    for seen in &evidence.seen {
        let Seen::Commit(commit) = seen else { continue };
        let (now, later) =
            rest.split_at(rest.iter().take_while(|line| line.position <= commit.position).count());
        rest = later;
        let count = |names: &[&str]| now.iter().filter(|line| names.contains(&line.name.as_str())).count();
        let placed = count(&["OrderPlaced"]);
        // The payment named with an order is made by its processing.
        let started = if placed > 0 { 0 } else { count(&["PaymentStarted"]) };
        let due = placed + started + count(&["PaymentIntended", "RefundStarted"]);
        findings.require(commit.jobs.len() >= due, "I-JOB-1", || {
            format!(
                "{due} jobs must follow from position {}, and {} were asked for",
                commit.position,
                commit.jobs.len()
            )
        });
    }
}

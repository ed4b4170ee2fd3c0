//! I-IDM: one key, one effect, one answer.

use std::collections::BTreeMap;

use super::Findings;
use crate::simulation::evidence::{Asked, Evidence, Seen, Told};

pub(super) fn check(evidence: &Evidence, findings: &mut Findings) {
    let mut effects: BTreeMap<&str, u32> = BTreeMap::new();
    for seen in &evidence.seen {
        if let Seen::Commit(commit) = seen
            && let Some(key) = &commit.key
            && !commit.replayed
            && commit.events > 0
        {
            *effects.entry(key).or_default() += 1;
        }
    }
    for (key, times) in &effects {
        findings.require(*times == 1, "I-IDM-1", || format!("{key} took effect {times} times"));
    }
    let mut by_key: BTreeMap<&str, Vec<&Asked>> = BTreeMap::new();
    for asked in &evidence.asked {
        no_fault_of_ours(asked, findings);
        if let Some(key) = &asked.key {
            by_key.entry(key).or_default().push(asked);
        }
    }
    for (key, asked) in by_key {
        answers(key, &asked, findings);
    }
}

/// Whatever happens, nobody is told that the engine broke.
fn no_fault_of_ours(asked: &Asked, findings: &mut Findings) {
    let broke = asked.answers.contains(&Told::Refused("internal".to_owned()));
    findings.require(!broke, "F-14", || {
        format!("step {} was told of an internal error: {}", asked.step, asked.request)
    });
}

/// Of all that was asked under a key, one request was done, and whoever sent it was told the same each time.
fn answers(key: &str, asked: &[&Asked], findings: &mut Findings) {
    let mut done: Vec<(&str, &Told)> = Vec::new();
    for one in asked {
        done.extend(
            one.answers.iter().filter(|t| matches!(t, Told::Done { .. })).map(|t| (one.request.as_str(), t)),
        );
    }
    let Some((request, Told::Done { id, answer, .. })) = done.first() else { return };
    let waits = asked.iter().any(|one| one.waits);
    for (other, told) in &done {
        findings.require(request == other, "I-IDM-2", || {
            format!("{key} did two different things: {request} / {other}")
        });
        let Told::Done { id: again, answer: also, .. } = told else { continue };
        findings.require(id == again, "I-IDM-1", || format!("{key} made {id} and {again}"));
        findings.require(waits || answer == also, "I-IDM-1", || {
            format!("{key} was answered in two ways: {answer} / {also}")
        });
    }
    for one in asked.iter().filter(|one| one.request == *request) {
        let reused = one.answers.contains(&Told::Refused("idempotency_key_reused".to_owned()));
        findings.require(!reused, "I-IDM-2", || format!("a repeat under {key} was called another request"));
    }
}

//! I-EVT: the log has no gap, names nothing twice, and its chain of hashes holds.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use super::Findings;
use crate::simulation::evidence::{Evidence, Line};

pub(super) fn check(evidence: &Evidence, findings: &mut Findings) {
    let mut ids = BTreeSet::new();
    let mut versions: BTreeMap<&str, u64> = BTreeMap::new();
    let mut hash: [u8; 32] = Sha256::digest(evidence.epoch.as_bytes()).into();
    let mut recorded_us = i64::MIN;
    for (expected, line) in (1u64..).zip(&evidence.log) {
        findings.require(line.position == expected, "I-EVT-4", || {
            format!("position {} stands where {expected} was to come", line.position)
        });
        findings
            .require(ids.insert(&line.id), "I-EVT-4", || format!("the event id {} is there twice", line.id));
        let version = versions.entry(&line.stream).or_default();
        *version += 1;
        let due = *version;
        findings.require(line.version == due, "I-ORD-3", || {
            format!("{} has version {} where {due} was to come", line.stream, line.version)
        });
        findings.require(line.times_us.1 >= recorded_us, "I-EVT-4", || {
            format!("position {} was recorded before the one it follows", line.position)
        });
        recorded_us = line.times_us.1;
        hash = chained(hash, line);
        findings.require(hash == line.hash, "I-EVT-4", || {
            format!("the chain of hashes breaks at position {}", line.position)
        });
        hash = line.hash;
    }
    readers(evidence, findings);
}

/// A reader was handed every event, at least once, and first sights came in order.
fn readers(evidence: &Evidence, findings: &mut Findings) {
    let mut seen: BTreeMap<u64, &str> = BTreeMap::new();
    let mut last_new = 0;
    for (position, id) in &evidence.read {
        let known = seen.get(position).copied();
        findings.require(known.is_none_or(|known| known == id), "I-EVT-4", || {
            format!("position {position} was read as {id} and before as {}", known.unwrap_or_default())
        });
        if known.is_none() {
            findings.require(*position == last_new + 1, "I-EVT-4", || {
                format!("a reader saw position {position} right after {last_new}")
            });
            last_new = *position;
            seen.insert(*position, id);
        }
    }
    for line in &evidence.log {
        findings.require(seen.get(&line.position) == Some(&line.id.as_str()), "I-EVT-1", || {
            format!("{} at position {} never reached the reader", line.name, line.position)
        });
    }
}

/// SHA-256 over the hash before and every field, each behind its length as 8 bytes, as docs/events.md has it.
fn chained(before: [u8; 32], line: &Line) -> [u8; 32] {
    let fields: [&[u8]; 12] = [
        &before,
        &line.position.to_be_bytes(),
        line.stream.as_bytes(),
        &line.version.to_be_bytes(),
        line.name.as_bytes(),
        line.text.as_bytes(),
        &line.times_us.0.to_be_bytes(),
        &line.times_us.1.to_be_bytes(),
        line.actor.as_bytes(),
        line.causation.as_bytes(),
        line.traceparent.as_bytes(),
        &line.number.to_be_bytes(),
    ];
    let mut hash = Sha256::new();
    for field in fields {
        hash.update(u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(field);
    }
    hash.finalize().into()
}

//! I-STK: what is on the shelf and what is promised, at every position of the journal and again from the log alone.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Findings, OrderModel};
use crate::simulation::evidence::{Evidence, Line, Row};

/// On hand and promised.
type Counts = [i64; 2];

pub(super) fn check(evidence: &Evidence, findings: &mut Findings) {
    let by_journal = journal(evidence, findings);
    let by_log = log(evidence, findings);
    for level in &evidence.levels {
        let journal = by_journal.get(level.at.as_str()).copied().unwrap_or_default();
        findings.require(journal == level.counts, "I-STK-2", || {
            format!("{} stands at {:?}; its journal adds up to {journal:?}", level.at, level.counts)
        });
    }
    let ats: BTreeSet<&str> = by_log.keys().map(String::as_str).chain(by_journal.keys().copied()).collect();
    for at in ats {
        let log = by_log.get(at).copied().unwrap_or_default();
        let journal = by_journal.get(at).copied().unwrap_or_default();
        findings.require(log == journal, "I-STK-2", || {
            format!("{at}: the log adds up to {log:?}, the journal to {journal:?}")
        });
    }
    orders(evidence, findings);
    baskets(evidence, findings);
}

/// Every row follows from the one before it, and no commit promises what is not there.
fn journal<'e>(evidence: &'e Evidence, findings: &mut Findings) -> BTreeMap<&'e str, Counts> {
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for commit in evidence.journal.chunk_by(|a, b| a.position == b.position) {
        let mut promised: BTreeMap<&str, i64> = BTreeMap::new();
        let mut last: BTreeMap<&str, &Row> = BTreeMap::new();
        for row in commit {
            let level = counts.entry(&row.at).or_default();
            *level = [level[0] + row.on_hand, level[1] + row.reserved];
            let level = *level;
            findings.require(level == [row.after[0], row.after[1]], "I-STK-2", || {
                format!(
                    "{} is said to be {:?} at position {}, and is {level:?}",
                    row.at, row.after, row.position
                )
            });
            *promised.entry(&row.at).or_default() += row.reserved;
            last.insert(&row.at, row);
        }
        for (at, row) in last {
            let [on_hand, reserved, safe] = row.after;
            findings.require(on_hand >= 0 && reserved >= 0, "I-STK-1", || {
                format!("{at} has {on_hand} on hand and {reserved} promised at position {}", row.position)
            });
            let may_oversell = evidence.oversold.iter().any(|v| at.starts_with(&format!("{v}/")));
            let is_promise = promised.get(at).copied().unwrap_or(0) > 0;
            findings.require(
                !is_promise || may_oversell || on_hand - reserved - safe >= 0,
                "I-STK-1",
                || {
                    format!(
                        "{at} was promised at position {} beyond what was there: {:?}",
                        row.position, row.after
                    )
                },
            );
        }
    }
    counts
}

/// The counters again, from the events alone.
fn log(evidence: &Evidence, findings: &mut Findings) -> BTreeMap<String, Counts> {
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    let mut baskets: BTreeMap<&str, (Vec<Value>, bool)> = BTreeMap::new();
    for line in &evidence.log {
        let body = &line.body[&line.name];
        let mut add = |lines: &Value, on_hand: i64, reserved: i64| {
            for one in lines.as_array().into_iter().flatten() {
                if one["tracked"].as_bool() == Some(true) {
                    let units = one["quantity"].as_i64().unwrap_or(0);
                    let level = counts.entry(place(one)).or_default();
                    *level = [level[0] + on_hand * units, level[1] + reserved * units];
                }
            }
        };
        match line.name.as_str() {
            "StockReserved" => add(&body["lines"], 0, 1),
            "StockReleased" => add(&body["lines"], 0, -1),
            "FulfillmentShipped" => add(&body["lines"], -1, -1),
            "StockReturned" => add(&body["lines"], 1, 0),
            "ReservationCreated" => {
                add(&body["lines"], 0, 1);
                let lines = body["lines"].as_array().cloned().unwrap_or_default();
                baskets.insert(&line.stream, (lines, false));
            }
            "ReservationCommitted" | "ReservationReleased" | "ReservationExpired" => {
                let (lines, ended) = baskets.entry(&line.stream).or_default();
                findings.require(!*ended, "I-STK-3", || format!("{} ended twice", line.stream));
                *ended = true;
                add(&Value::Array(lines.clone()), 0, -1);
            }
            "InventoryAdjusted" => {
                let level = counts.entry(place(body)).or_default();
                level[0] += body["delta"].as_i64().unwrap_or(0);
            }
            _ => {}
        }
    }
    counts
}

fn place(value: &Value) -> String {
    let word = |field: &str| value[field].as_str().unwrap_or_default().to_owned();
    format!("{}/{}", word("variant_id"), word("location_id"))
}

/// An order keeps exactly its open units while it lives, and nothing after; and it kept all of them at once.
fn orders(evidence: &Evidence, findings: &mut Findings) {
    let mut models: BTreeMap<&str, OrderModel> = BTreeMap::new();
    let ends: BTreeSet<u64> = evidence
        .seen
        .iter()
        .filter_map(|seen| match seen {
            crate::simulation::evidence::Seen::Commit(commit) if commit.events > 0 => Some(commit.position),
            _ => None,
        })
        .collect();
    for line in &evidence.log {
        let Some(id) = line.stream.strip_prefix("order:") else { continue };
        let model = models.entry(id).or_default();
        model.apply(&line.name, &line.body);
        if ends.contains(&line.position) {
            kept(id, line, model, findings);
        }
    }
    for (id, model) in &models {
        if let Some(line) = evidence.log.iter().rev().find(|l| l.stream.strip_prefix("order:") == Some(id)) {
            kept(id, line, model, findings);
        }
    }
}

fn kept(id: &str, line: &Line, model: &OrderModel, findings: &mut Findings) {
    let lives = matches!(model.status.as_str(), "created" | "confirmed");
    for (item, counts) in &model.items {
        let due = if lives && counts.tracked { counts.open() } else { 0 };
        let kept = if counts.tracked { counts.reserved } else { due };
        let name = if line.name == "StockReserved" { "I-STK-5" } else { "I-STK-3" };
        findings.require(kept == due, name, || {
            format!("{item} of {id} keeps {kept} units where {due} are open, at position {}", line.position)
        });
    }
}

fn baskets(evidence: &Evidence, findings: &mut Findings) {
    for (id, status) in &evidence.baskets {
        findings.require(status != "open", "I-STK-4", || format!("the basket {id} is kept past its time"));
    }
}

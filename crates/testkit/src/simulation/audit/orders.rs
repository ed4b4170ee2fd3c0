//! I-ORD: no acknowledged order is lost, none invented, the log is the state, and every life is a legal one.

use std::collections::BTreeMap;

use super::{Findings, OrderModel};
use crate::simulation::evidence::{Asked, Evidence, Line, OrderSeen, Seen, Told};

/// The auditor's own transition table.
pub(in crate::simulation) const LIFE: [(&str, &str); 6] = [
    ("created", "confirmed"),
    ("created", "canceled"),
    ("created", "expired"),
    ("confirmed", "completed"),
    ("confirmed", "canceled"),
    ("expired", "confirmed"),
];

pub(super) fn check(evidence: &Evidence, findings: &mut Findings) {
    versions(evidence, findings);
    requests(evidence, findings);
    prices(evidence, findings);
    for order in &evidence.orders {
        let waits = order.statuses[0] == "created" && order.expires && !order.in_review;
        findings.require(!waits, "I-STK-4", || format!("{} keeps its stock, unpaid, for ever", order.id));
    }
}

/// Walk the commits; after each, the auditor's fold of the log is what the views show.
fn versions(evidence: &Evidence, findings: &mut Findings) {
    let mut models: BTreeMap<&str, (u64, OrderModel)> = BTreeMap::new();
    let mut rest = evidence.log.as_slice();
    for seen in &evidence.seen {
        let Seen::Commit(commit) = seen else { continue };
        let upto = rest.iter().take_while(|line| line.position <= commit.position).count();
        let (now, later) = rest.split_at(upto);
        rest = later;
        for line in now {
            fold(line, &mut models, findings);
        }
        for view in &commit.orders {
            compare(view, &models, findings);
        }
    }
    for line in rest {
        fold(line, &mut models, findings);
    }
    for view in &evidence.orders {
        compare(view, &models, findings);
    }
    for id in models.keys() {
        let found = evidence.orders.iter().filter(|order| order.id == **id).count();
        findings.require(found == 1, "I-ORD-3", || {
            format!("{id} is in the log and {found} times among the views")
        });
    }
}

fn fold<'e>(line: &'e Line, models: &mut BTreeMap<&'e str, (u64, OrderModel)>, findings: &mut Findings) {
    let Some(id) = line.stream.strip_prefix("order:") else { return };
    let (version, model) = models.entry(id).or_default();
    let before = model.status.clone();
    model.apply(&line.name, &line.body);
    *version = line.version;
    // An order that ends twice has not changed, and is illegal all the same.
    let moves =
        matches!(line.name.as_str(), "OrderConfirmed" | "OrderCompleted" | "OrderCanceled" | "OrderExpired");
    let legal = before == model.status && !moves
        || before.is_empty() && model.status == "created"
        || LIFE.contains(&(before.as_str(), model.status.as_str()));
    findings.require(legal, "I-ORD-4", || format!("{id} went from {before} to {}", model.status));
    for (item, counts) in &model.items {
        findings.require(counts.returned <= counts.fulfilled, "I-RET-1", || {
            format!("of {item} of {id} {} came back and {} shipped", counts.returned, counts.fulfilled)
        });
    }
    for ((back, item), [asked, came]) in &model.returns {
        findings.require(came <= asked, "I-RET-1", || {
            format!("of {item} {came} came with {back} of {id}, and {asked} were asked for")
        });
    }
    findings.require(model.placed, "I-ORD-2", || format!("{id} begins with {}", line.name));
}

fn compare(view: &OrderSeen, models: &BTreeMap<&str, (u64, OrderModel)>, findings: &mut Findings) {
    let Some((version, model)) = models.get(view.id.as_str()) else {
        findings.require(false, "I-ORD-3", || format!("{} has a view and no events", view.id));
        return;
    };
    let items = model
        .items
        .iter()
        .map(|(id, i)| (id.clone(), [i.ordered, i.canceled, i.fulfilled, i.returned, i.reserved]));
    let mut seen_items = view.items.clone();
    seen_items.sort();
    let payments: Vec<_> =
        model.payments.iter().map(|(id, p)| (id.clone(), [p.captured, p.refunded])).collect();
    let (statuses, at) = (model.statuses(), view.version);
    findings.require(*version == at, "I-ORD-3", || format!("{} is at {at}, its log at {version}", view.id));
    findings.require(statuses == view.statuses, "I-ORD-3", || {
        format!("{} shows {:?} at version {at}; its log says {statuses:?}", view.id, view.statuses)
    });
    findings.require(items.eq(seen_items), "I-ORD-3", || {
        format!("the items of {} differ from its log at version {at}", view.id)
    });
    findings.require(payments == view.payments, "I-ORD-3", || {
        format!("the payments of {} differ from its log at version {at}", view.id)
    });
    findings.require(model.total == view.total, "I-ORD-3", || {
        format!("{} totals {} at version {at}; its log says {}", view.id, view.total, model.total)
    });
}

/// What was asked and acknowledged is there, and nothing else is.
fn requests(evidence: &Evidence, findings: &mut Findings) {
    let placed: Vec<&Line> = evidence.log.iter().filter(|line| line.name == "OrderPlaced").collect();
    for asked in evidence.asked.iter().filter(|asked| asked.items.is_some()) {
        for told in &asked.answers {
            let Told::Done { id, .. } = told else { continue };
            let found = placed.iter().find(|line| line.stream == format!("order:{id}"));
            findings.require(found.is_some(), "I-ORD-1", || {
                format!("step {} was told of {id}, which does not exist", asked.step)
            });
            if let Some(line) = found {
                equal(asked, line, findings);
            }
        }
    }
    for line in placed {
        let step = line.causation.strip_prefix("step-").and_then(|n| n.parse::<u32>().ok());
        let by = evidence.asked.iter().find(|asked| Some(asked.step) == step && asked.items.is_some());
        let refused_only = by.is_some_and(|asked| {
            asked.answers.iter().all(|told| matches!(told, Told::Refused(_))) && !asked.answers.is_empty()
        });
        findings.require(by.is_some() && !refused_only, "I-ORD-2", || {
            format!("nobody was given {}, caused by '{}'", line.stream, line.causation)
        });
    }
}

/// An order is sold at the prices that stood when it was taken, whatever its decision was read from.
fn prices(evidence: &Evidence, findings: &mut Findings) {
    let mut prices: BTreeMap<&str, i64> = BTreeMap::new();
    for line in &evidence.log {
        let body = &line.body[&line.name];
        if let (Some(variant), Some(price)) =
            (line.stream.strip_prefix("price:"), body["price"]["amount"].as_i64())
        {
            prices.insert(variant, price);
        }
        for item in body["items"].as_array().into_iter().flatten().filter(|_| line.name == "OrderPlaced") {
            let variant = item["variant_id"].as_str().unwrap_or_default();
            let (sold, stood) = (item["unit_price"].as_i64(), prices.get(variant).copied());
            findings.require(sold == stood, "I-CCH-1", || {
                format!(
                    "{} sells {variant} at {sold:?}; its price at position {} is {stood:?}",
                    line.stream, line.position
                )
            });
        }
    }
}

/// The order holds what was asked for.
fn equal(asked: &Asked, line: &Line, findings: &mut Findings) {
    let mut wanted = asked.items.clone().unwrap_or_default();
    let items = line.body["OrderPlaced"]["items"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<(String, i64)> = items
        .iter()
        .map(|item| {
            let product = item["product_id"].as_str().unwrap_or_default().to_owned();
            (product, item["ordered"].as_i64().unwrap_or(0))
        })
        .collect();
    wanted.sort();
    found.sort();
    findings.require(wanted == found, "I-ORD-1", || {
        format!("step {} asked for {wanted:?} and {} holds {found:?}", asked.step, line.stream)
    });
}

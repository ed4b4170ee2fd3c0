//! I-MNY: our books and the gateway's own say the same, and no money is anywhere it should not be.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Findings, OrderModel};
use crate::simulation::evidence::{BookLine, Evidence};

pub(super) fn check(evidence: &Evidence, findings: &mut Findings) {
    let models = walk(evidence, findings);
    effects(&evidence.books, findings);
    let mut theirs: BTreeMap<&str, [i64; 2]> = BTreeMap::new();
    for line in &evidence.books {
        let sums = theirs.entry(&line.payment).or_default();
        match line.operation.as_str() {
            "charge" | "capture" => sums[0] += line.amount,
            "refund" => sums[1] += line.amount,
            _ => {}
        }
        findings.require(models.contains_key(line.order.as_str()), "I-MNY-6", || {
            format!("the gateway moved money for {}, which does not exist", line.order)
        });
    }
    for (id, model) in &models {
        for (payment, ours) in &model.payments {
            let theirs = theirs.remove(payment.as_str()).unwrap_or_default();
            let ours = [ours.captured, ours.refunded];
            findings.require(ours == theirs, "I-MNY-2", || {
                format!(
                    "{payment} of {id}: captured and refunded are {ours:?} here and {theirs:?} at the gateway"
                )
            });
        }
        at_rest(id, model, findings);
    }
    for (payment, sums) in theirs {
        findings.require(sums == [0, 0], "I-MNY-2", || {
            format!("the gateway knows {payment}, we do not: {sums:?}")
        });
    }
}

/// Each key took effect once, and each payment was secured once.
fn effects(books: &[BookLine], findings: &mut Findings) {
    let mut keys: BTreeMap<&str, u32> = BTreeMap::new();
    let mut firsts: BTreeMap<&str, u32> = BTreeMap::new();
    for line in books {
        *keys.entry(&line.key).or_default() += 1;
        if matches!(line.operation.as_str(), "charge" | "authorize") {
            *firsts.entry(&line.payment).or_default() += 1;
        }
    }
    for (what, times) in keys.into_iter().chain(firsts) {
        findings
            .require(times == 1, "I-MNY-1", || format!("{what} took effect {times} times at the gateway"));
    }
}

/// The bounds of every payment at every version, and the sums of every order as it was placed.
fn walk(evidence: &Evidence, findings: &mut Findings) -> BTreeMap<String, OrderModel> {
    let mut models: BTreeMap<String, OrderModel> = BTreeMap::new();
    for line in &evidence.log {
        let Some(id) = line.stream.strip_prefix("order:") else { continue };
        let model = models.entry(id.to_owned()).or_default();
        model.apply(&line.name, &line.body);
        if line.name == "OrderPlaced" {
            sums(id, &line.body["OrderPlaced"], findings);
        }
        for (payment, p) in &model.payments {
            let ordered = [0, p.refunded, p.given_back(), p.captured, p.authorized.max(p.captured), p.amount];
            findings.require(ordered.is_sorted() && p.captured <= p.authorized, "I-MNY-4", || {
                format!(
                    "{payment} at version {}: {} refunded or being refunded, {} captured, {} authorized of {}",
                    line.version, p.given_back(), p.captured, p.authorized, p.amount
                )
            });
        }
    }
    models
}

fn sums(id: &str, placed: &Value, findings: &mut Findings) {
    let n = |value: &Value, field: &str| value[field].as_i64().unwrap_or(0);
    let (totals, items) = (&placed["totals"], placed["items"].as_array().cloned().unwrap_or_default());
    let item_sum: i64 = items.iter().map(|item| n(item, "total")).sum();
    let shares: i64 = items.iter().map(|item| n(item, "discount")).sum();
    let total = item_sum - n(totals, "discount") + n(totals, "shipping") + n(totals, "tax_added");
    findings.require(total == n(totals, "total"), "I-MNY-5", || {
        format!("{id} adds up to {total} and says {}", n(totals, "total"))
    });
    findings.require(shares == n(totals, "discount"), "I-MNY-5", || {
        format!("the discount of {id} is {}, its shares add up to {shares}", n(totals, "discount"))
    });
    for item in &items {
        let product = n(item, "unit_price") * n(item, "ordered");
        findings
            .require(product == n(item, "total"), "I-MNY-5", || format!("an item of {id} costs {product}"));
    }
}

/// Nothing is open, and nothing is left over, once everything rests.
fn at_rest(id: &str, model: &OrderModel, findings: &mut Findings) {
    for (payment, p) in &model.payments {
        // Who has his goods on terms may leave the bank's page open for as long as he likes.
        let may_wait = p.awaits_buyer() && matches!(model.status.as_str(), "confirmed" | "completed");
        findings
            .require(p.rests() || may_wait, "I-MNY-2", || format!("{payment} of {id} never came to rest"));
    }
    let sum = |what: fn(&super::order::PaymentModel) -> i64| {
        model.payments.iter().map(|(_, p)| what(p)).sum::<i64>()
    };
    let (kept, authorized) = (sum(|p| p.captured - p.refunded), sum(|p| p.authorized - p.captured));
    findings.require(kept <= model.first_total, "I-MNY-1", || {
        format!("{kept} were taken for {id}, whose total was {}", model.first_total)
    });
    let over = matches!(model.status.as_str(), "expired" | "canceled");
    findings.require(!over || kept == 0 || model.refund_failed, "I-MNY-6", || {
        format!("{kept} are kept for {id}, which is {}", model.status)
    });
    findings.require(!over || authorized == 0, "I-MNY-6", || {
        format!("{authorized} are still secured for {id}, which is {}", model.status)
    });
    findings
        .require(!model.shipped_unconfirmed, "I-MNY-6", || format!("{id} shipped before it was confirmed"));
}

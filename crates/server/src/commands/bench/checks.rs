//! Whether the promise was kept: what the buyers were told, beside what the server and the gateway have to show.
//! Nothing here asks anybody; each check is a function of the evidence.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sutler_client::types::payment::BookEntry;

use super::evidence::{Evidence, Found, Verified};
use super::ledger::{Answer, BUYER, Told, placed};

/// The sale, as it was meant.
pub(super) struct Sale<'a> {
    /// Units there were.
    pub(super) stock: i64,
    /// Whether each order was to be paid.
    pub(super) paid: bool,
    /// Whether nobody else uses the server.
    pub(super) alone: bool,
    /// What the buyers were told.
    pub(super) answers: &'a [Answer],
}

/// One promise, and what stands against it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Check {
    pub(super) name: &'static str,
    /// What was looked at, in words.
    pub(super) said: String,
    pub(super) differences: Vec<String>,
    /// How many of them, in the unit that the summary counts: units, charges, events.
    pub(super) count: u64,
}

impl Check {
    fn of(name: &'static str, said: String, differences: Vec<String>) -> Self {
        let count = u64::try_from(differences.len()).unwrap_or(u64::MAX);
        Self { name, said, differences, count }
    }

    pub(super) fn holds(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Every check, in the order in which they are told.
pub(super) fn all(sale: &Sale<'_>, evidence: &Evidence) -> Vec<Check> {
    vec![
        sold(sale, evidence),
        refused(sale),
        acknowledged(sale, evidence),
        invented(sale, evidence),
        charged(sale, evidence),
        agreed(sale, evidence),
        events(sale, evidence),
        level(sale, evidence),
        rested(sale, evidence),
        verified(evidence),
    ]
}

/// Orders that hold units.
fn standing(evidence: &Evidence) -> impl Iterator<Item = &Found> {
    let is_over = |found: &&Found| matches!(found.order.status.as_str(), "canceled" | "expired");
    evidence.orders.iter().filter(move |found| !is_over(found))
}

fn units(evidence: &Evidence) -> i64 {
    standing(evidence).map(|found| found.order.units()).fold(0, i64::saturating_add)
}

/// Not one more than there were, and not one less than was wanted.
fn sold(sale: &Sale<'_>, evidence: &Evidence) -> Check {
    let (sold, mut differences) = (units(evidence), Vec::new());
    let over = sold.saturating_sub(sale.stock).max(0);
    if over > 0 {
        differences.push(format!("{sold} units were sold of {}: {over} too many", sale.stock));
    }
    let somebody_went_without = sale.answers.iter().any(|answer| answer.told == Told::OutOfStock);
    if somebody_went_without && sold < sale.stock {
        let left = sale.stock.saturating_sub(sold);
        differences.push(format!("{left} units are left, and buyers were told that there are none"));
    }
    let count = u64::try_from(over).unwrap_or(0);
    Check {
        count,
        ..Check::of("sold", format!("{sold} of {} units sold, none oversold", sale.stock), differences)
    }
}

/// The only reason to refuse a buyer is that there is no more.
fn refused(sale: &Sale<'_>) -> Check {
    let refused = sale.answers.iter().filter(|answer| answer.told == Told::OutOfStock).count();
    let other = |answer: &Answer| match &answer.told {
        Told::Refused { status, code } => Some(format!("buyer {} was told {status} {code}", answer.buyer)),
        Told::Nothing { reason } => Some(format!("buyer {} was told nothing: {reason}", answer.buyer)),
        _ => None,
    };
    let differences = sale.answers.iter().filter_map(other).collect();
    Check::of("refused", format!("{refused} refused, each because nothing was left"), differences)
}

/// No order that was acknowledged is lost or changed.
fn acknowledged(sale: &Sale<'_>, evidence: &Evidence) -> Check {
    let found: BTreeMap<&str, &Found> =
        evidence.orders.iter().map(|found| (found.order.order_id.as_str(), found)).collect();
    let (mut differences, mut count) = (Vec::new(), 0_u64);
    for (answer, told) in placed(sale.answers) {
        count = count.saturating_add(1);
        let (id, buyer) = (&told.order_id, answer.buyer);
        match found.get(id.as_str()).map(|found| &found.order) {
            None => differences.push(format!("{id}, acknowledged to buyer {buyer}, is not there")),
            Some(now) if now.totals != told.totals || now.items != told.items => {
                differences
                    .push(format!("{id}, acknowledged to buyer {buyer}, has other items or another total"));
            }
            Some(now) if now.version < told.version => {
                let (now, then) = (now.version, told.version);
                differences.push(format!("{id} is at version {now}, and was acknowledged at {then}"));
            }
            Some(now) if matches!(now.status.as_str(), "canceled" | "expired") => {
                differences.push(format!("{id}, acknowledged to buyer {buyer}, is {}", now.status));
            }
            Some(_) => {}
        }
    }
    Check::of(
        "acknowledged",
        format!("{count} acknowledged orders are there, as they were answered"),
        differences,
    )
}

/// Each order comes from one buyer, and each buyer has one.
fn invented(sale: &Sale<'_>, evidence: &Evidence) -> Check {
    let asked: BTreeMap<String, &Told> =
        sale.answers.iter().map(|answer| (answer.buyer.to_string(), &answer.told)).collect();
    let (mut differences, mut seen) = (Vec::new(), BTreeSet::new());
    for Found { order, .. } in &evidence.orders {
        let id = &order.order_id;
        let buyer = order.metadata.get(BUYER).cloned().unwrap_or_default();
        match asked.get(&buyer) {
            None => differences.push(format!("{id} was asked for by nobody (buyer '{buyer}')")),
            Some(Told::Placed(told)) if told.order_id != *id => {
                differences
                    .push(format!("{id} is a second order of buyer {buyer}, who was told {}", told.order_id));
            }
            Some(Told::OutOfStock) => differences.push(format!("{id} stands, and buyer {buyer} was refused")),
            Some(_) if !seen.insert(buyer.clone()) => {
                differences.push(format!("{id} is a second order of buyer {buyer}"));
            }
            Some(_) => {}
        }
    }
    let said = format!("{} orders, each asked for, one for each key", evidence.orders.len());
    Check::of("asked for", said, differences)
}

/// What the gateway says of a payment: the last word under each key.
fn by_payment(books: &[BookEntry]) -> BTreeMap<&str, Vec<&BookEntry>> {
    let mut payments: BTreeMap<&str, Vec<&BookEntry>> = BTreeMap::new();
    for entry in books {
        let entries = payments.entry(&entry.payment_id).or_default();
        match entries.iter_mut().find(|known| known.key == entry.key) {
            Some(known) => *known = entry,
            None => entries.push(entry),
        }
    }
    payments
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what a filter of borrowed entries calls")]
fn takes_money(entry: &&&BookEntry) -> bool {
    entry.outcome == "succeeded" && matches!(entry.operation.as_str(), "charge" | "capture")
}

/// No buyer is charged twice, by the gateway's own books, and none whose order does not stand.
fn charged(sale: &Sale<'_>, evidence: &Evidence) -> Check {
    let books = by_payment(&evidence.books);
    let (mut differences, mut twice, mut known, mut charges) = (Vec::new(), 0_u64, BTreeSet::new(), 0_usize);
    for Found { order, payments } in &evidence.orders {
        let ids = payments.iter().map(|payment| payment.payment_id.as_str());
        known.extend(ids.clone());
        let takes = ids.filter_map(|id| books.get(id)).flatten().filter(takes_money).count();
        charges = charges.saturating_add(takes);
        if takes > usize::from(sale.paid) {
            let due = u64::from(sale.paid);
            twice = twice.saturating_add(u64::try_from(takes).unwrap_or(u64::MAX).saturating_sub(due));
            differences.push(format!("{} was charged {takes} times", order.order_id));
        }
    }
    if sale.alone {
        let strays = books
            .iter()
            .filter(|(id, entries)| !known.contains(*id) && entries.iter().any(|e| takes_money(&e)));
        differences.extend(strays.map(|(id, _)| format!("{id} was charged, and belongs to no order")));
    }
    let said = format!("{charges} charges in the gateway's own books, at most one an order");
    Check { count: twice, ..Check::of("charged", said, differences) }
}

/// What the gateway took is what we say was paid, order by order, and it is the total.
fn agreed(sale: &Sale<'_>, evidence: &Evidence) -> Check {
    let books = by_payment(&evidence.books);
    let (mut differences, mut sum) = (Vec::new(), 0_i64);
    for Found { order, payments } in &evidence.orders {
        let id = &order.order_id;
        let theirs = payments.iter().filter_map(|payment| books.get(payment.payment_id.as_str())).flatten();
        let theirs = theirs.filter(takes_money).map(|entry| entry.amount.amount).fold(0, i64::saturating_add);
        let ours = payments.iter().map(|payment| payment.amount_captured.amount).fold(0, i64::saturating_add);
        sum = sum.saturating_add(ours);
        let due = if sale.paid { order.totals.total.amount } else { 0 };
        if ours != theirs {
            differences.push(format!("{id}: we say {ours} was taken, the gateway says {theirs}"));
        } else if ours != due {
            differences.push(format!("{id}: {ours} was taken, and {due} was to be paid"));
        }
    }
    Check::of("paid", format!("{sum} minor units taken, by our books and by the gateway's"), differences)
}

/// Every version of every order is in the feed, once, and positions grow.
fn events(sale: &Sale<'_>, evidence: &Evidence) -> Check {
    let (mut differences, mut last, mut ids) = (Vec::new(), 0_u64, BTreeSet::new());
    let mut versions: BTreeMap<&str, BTreeMap<u64, &str>> = BTreeMap::new();
    for event in &evidence.events {
        let position = event.position.parse().unwrap_or(0);
        if position <= last {
            differences.push(format!("position {position} comes after {last}"));
        }
        last = position;
        let version = event.sequence.parse().unwrap_or(0);
        let is_new = ids.insert(event.id.as_str());
        let earlier = versions.entry(&event.subject).or_default().insert(version, &event.kind);
        if !is_new || earlier.is_some() && event.subject.starts_with("ord_") {
            differences.push(format!("{} version {version} is told twice", event.subject));
        }
    }
    let (mut untold_count, mut count) = (0_u64, 0_usize);
    for Found { order, .. } in &evidence.orders {
        let told = versions.remove(order.order_id.as_str()).unwrap_or_default();
        count = count.saturating_add(told.len());
        let missing: Vec<u64> = (1..=order.version).filter(|version| !told.contains_key(version)).collect();
        untold_count = untold_count.saturating_add(u64::try_from(missing.len()).unwrap_or(u64::MAX));
        differences.extend(
            missing.iter().map(|version| format!("{}: no event of version {version}", order.order_id)),
        );
        let due: &[&str] = if sale.paid {
            &["order.placed", "payment.captured", "order.confirmed"]
        } else {
            &["order.placed"]
        };
        let untold = due.iter().filter(|kind| !told.values().any(|told| told == *kind));
        differences.extend(untold.map(|kind| format!("{}: no event {kind}", order.order_id)));
    }
    let said = format!("{count} events, every version of every order, positions in order");
    Check { count: untold_count, ..Check::of("events", said, differences) }
}

/// The shelf holds what it held, and keeps what was sold.
fn level(sale: &Sale<'_>, evidence: &Evidence) -> Check {
    let sum = |of: fn(&sutler_client::types::inventory::Level) -> i64| {
        evidence.levels.iter().map(of).fold(0, i64::saturating_add)
    };
    let (on_hand, reserved) = (sum(|level| level.on_hand), sum(|level| level.reserved));
    let mut differences = Vec::new();
    if on_hand != sale.stock {
        differences.push(format!("{on_hand} units are on hand, and {} were received", sale.stock));
    }
    if reserved != units(evidence) {
        differences.push(format!("{reserved} units are reserved, and {} were sold", units(evidence)));
    }
    for level in
        evidence.levels.iter().filter(|level| level.available < 0 || level.on_hand < 0 || level.reserved < 0)
    {
        differences.push(format!("{}: {} available", level.location_id, level.available));
    }
    Check::of("stock", format!("{on_hand} on hand, {reserved} reserved for the orders"), differences)
}

/// Everything that follows from the orders was done.
fn rested(sale: &Sale<'_>, evidence: &Evidence) -> Check {
    let jobs = evidence.jobs.iter().filter(|_| sale.alone);
    let mut differences: Vec<String> =
        jobs.map(|(state, count)| format!("{count} jobs are {state}")).collect();
    let open = |found: &&Found| sale.paid && found.order.status == "created";
    differences.extend(
        standing(evidence)
            .filter(open)
            .map(|found| format!("{} waits for its payment", found.order.order_id)),
    );
    Check::of("at rest", "no job is left, no payment is open".to_owned(), differences)
}

/// The server's own audit agrees.
fn verified(evidence: &Evidence) -> Check {
    let (said, differences) = match &evidence.verified {
        Verified::Clean { events } => {
            (format!("recomputed from {events} events, nothing differs"), Vec::new())
        }
        Verified::Differs(listed) if listed.is_empty() => {
            (String::new(), vec!["it found differences".to_owned()])
        }
        Verified::Differs(listed) => (String::new(), listed.clone()),
        Verified::NotOffered => ("not offered by this server".to_owned(), Vec::new()),
    };
    Check::of("verify", said, differences)
}

#[cfg(test)]
mod tests;

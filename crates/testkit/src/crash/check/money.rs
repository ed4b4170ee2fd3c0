//! Money: taken once at most by the gateway's own books, and equal to ours both ways.

use std::collections::{BTreeMap, BTreeSet};

use super::books::Call;
use super::store::Store;
use super::{Invariant, State, Violation};

/// What a payment moved: how often money was taken, how much, and how much went back.
type Moved = (u32, i64, i64);

pub(super) fn check(store: &Store, books: &[Call], state: State) -> Vec<Violation> {
    let (theirs, ours) = (by_the_books(books), by_the_log(store));
    let mut found = Vec::new();
    for (payment, (count, ..)) in &theirs {
        if *count > 1 {
            let what = format!("the gateway took the money of {payment} {count} times");
            found.push(Violation::new(Invariant::Captures, what));
        }
    }
    let payments: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    for payment in payments {
        let (their, our) = (moved(&theirs, payment), moved(&ours, payment));
        // Until the jobs are done, the gateway may be ahead; we never are.
        let holds = match state {
            State::Quiet => their == our,
            State::Crashed => our.0 <= their.0 && our.1 <= their.1 && our.2 <= their.2,
        };
        if !holds {
            let what = format!(
                "{payment} (captures, taken, given back): the gateway has {their:?}, we have {our:?}"
            );
            found.push(Violation::new(Invariant::Books, what));
        }
    }
    found.extend(left_over(store, state));
    found
}

fn moved(of: &BTreeMap<String, Moved>, payment: &str) -> Moved {
    of.get(payment).copied().unwrap_or_default()
}

fn by_the_books(books: &[Call]) -> BTreeMap<String, Moved> {
    let mut moved: BTreeMap<String, Moved> = BTreeMap::new();
    for call in books.iter().filter(|call| call.succeeded) {
        let (count, taken, back) = moved.entry(call.payment_id.clone()).or_default();
        match call.operation.as_str() {
            "charge" | "capture" => {
                *count += 1;
                *taken += call.amount;
            }
            "refund" => *back += call.amount,
            _ => {}
        }
    }
    moved
}

fn by_the_log(store: &Store) -> BTreeMap<String, Moved> {
    let mut moved: BTreeMap<String, Moved> = BTreeMap::new();
    for log in store.orders.values() {
        for (payment, (times, amount)) in &log.captured {
            let (count, taken, _) = moved.entry(payment.clone()).or_default();
            *count += times;
            *taken += amount;
        }
        for (payment, amount) in &log.refunded {
            moved.entry(payment.clone()).or_default().2 += amount;
        }
    }
    moved
}

/// Money of an order that ended without it is given back; of no order is more taken than its total.
fn left_over(store: &Store, state: State) -> Vec<Violation> {
    let judge = |(order, log): (&String, &super::store::OrderLog)| {
        let taken: i64 = log.captured.values().map(|(_, amount)| amount).sum();
        let back: i64 = log.refunded.values().sum();
        let ended = ["canceled", "expired"].contains(&log.status.as_str()) && state == State::Quiet;
        let holds = taken <= log.total && back <= taken && (!ended || taken == back);
        (!holds)
            .then(|| format!("{order} of {} is {}: {taken} taken, {back} given back", log.total, log.status))
    };
    store.orders.iter().filter_map(judge).map(|what| Violation::new(Invariant::Books, what)).collect()
}

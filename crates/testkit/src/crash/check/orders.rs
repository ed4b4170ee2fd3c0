//! Orders: none lost, none changed, none invented; a view is what its events say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::store::{Line, OrderLog, Store, items, line, whole};
use super::{Invariant, Violation};
use crate::crash::ledger::{Answer, Fate, History, Request};

pub(super) fn check(history: &History, store: &Store) -> Vec<Violation> {
    let mut by_request: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (order, log) in &store.orders {
        by_request.entry(log.request.as_deref().unwrap_or("")).or_default().push(order);
    }
    let mut found: Vec<Violation> = history
        .acknowledged()
        .filter_map(|(request, answer)| acknowledged(request, answer, store, &by_request))
        .map(|what| Violation::new(Invariant::Acknowledged, what))
        .collect();
    found.extend(invented(history, &by_request));
    found.extend(views(store));
    found.extend(numbers(store));
    found
}

/// What is wrong with what an acknowledged request left.
fn acknowledged(
    request: &Request,
    answer: &Answer,
    store: &Store,
    by_request: &BTreeMap<&str, Vec<&str>>,
) -> Option<String> {
    let key = &request.key;
    let Ok(told) = serde_json::from_str::<Value>(&answer.body) else {
        return Some(format!("{key} has no JSON"));
    };
    let order = told["order_id"].as_str().unwrap_or_default();
    let Some(log) = store.orders.get(order) else {
        return Some(format!("{key} was told of order {order}, which is not there"));
    };
    let version = told["version"].as_u64().unwrap_or(u64::MAX);
    if log.version < version {
        return Some(format!(
            "{key} was told of {order} at version {version}, and it ends at {}",
            log.version
        ));
    }
    if request.path == "/orders" {
        let orders = by_request.get(key.as_str()).map_or(0, Vec::len);
        if orders != 1 {
            return Some(format!("{key} has {orders} orders, and was told of {order}"));
        }
        return placed(key, &told, log);
    }
    let part = ["refund_id", "fulfillment_id"].into_iter().find_map(|field| told[field].as_str());
    match part {
        Some(part) if !log.parts.iter().any(|known| known == part) => {
            Some(format!("{key} was told of {part}, which {order} does not have"))
        }
        None if request.path.ends_with("/cancel") && log.status != "canceled" => {
            Some(format!("{key} canceled {order}, which is {}", log.status))
        }
        _ => None,
    }
}

/// Whether an order is as its placement was answered.
fn placed(key: &str, told: &Value, log: &OrderLog) -> Option<String> {
    let amount = |value: &Value| whole(&value["amount"]);
    let lines: Vec<Line> = items(told).map(|item| line(item, &item["quantity"]["ordered"], amount)).collect();
    let number = told["number"].as_str().and_then(|number| number.parse().ok());
    let told = (lines, amount(&told["totals"]["total"]), number, Some(key));
    let kept = (log.lines.clone(), log.total, log.number, log.request.as_deref());
    (told != kept).then(|| format!("{key} was answered {told:?}, and the log has {kept:?}"))
}

/// Every order has a request of the ledger that may have placed it, and no request has two.
fn invented(history: &History, by_request: &BTreeMap<&str, Vec<&str>>) -> Vec<Violation> {
    let judge = |(request, orders): (&&str, &Vec<&str>)| {
        let asked = history.requests.get(*request).filter(|(asked, _)| asked.path == "/orders");
        match asked {
            None => Some(format!("{orders:?} came of the request {request:?}, which nobody sent")),
            Some((_, Fate::Refused(status))) => {
                Some(format!("{request} was refused with {status}, and made {orders:?}"))
            }
            Some(_) if orders.len() > 1 => Some(format!("{request} made {orders:?}")),
            Some(_) => None,
        }
    };
    by_request.iter().filter_map(judge).map(|what| Violation::new(Invariant::Invented, what)).collect()
}

fn views(store: &Store) -> Vec<Violation> {
    let ids: BTreeSet<&String> = store.orders.keys().chain(store.views.keys()).collect();
    let judge = |order: &String| {
        let log = store.orders.get(order).map(|log| (log.version, log.number, log.status.clone(), log.total));
        let view = store.views.get(order).cloned();
        (log != view).then(|| format!("{order} is {view:?}, and its events say {log:?}"))
    };
    ids.into_iter().filter_map(judge).map(|what| Violation::new(Invariant::Versions, what)).collect()
}

/// Numbers count without a gap, and none is given twice.
fn numbers(store: &Store) -> Option<Violation> {
    let mut numbers: Vec<i64> = store.orders.values().filter_map(|log| log.number).collect();
    numbers.sort_unstable();
    let gap = numbers.array_windows().find(|[one, next]| next - one != 1);
    let unnumbered = store.orders.len() - numbers.len();
    let what = match gap {
        Some([one, next]) => format!("the number {next} follows {one}"),
        None if unnumbered > 0 => format!("{unnumbered} orders have no number"),
        None => return None,
    };
    Some(Violation::new(Invariant::Positions, what))
}

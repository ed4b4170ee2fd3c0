//! `docs/states.md` says what the code does, or this fails.

use std::fmt::Debug;

use sutler_domain::orders::{FulfillmentStatus, HoldCode, OrderStatus, PaymentState, ReturnStatus};

const DOCUMENT: &str = include_str!("../../../docs/states.md");

/// The words in backticks of the first `width` columns of the table with this header.
fn table(header: &str, width: usize) -> Vec<Vec<&'static str>> {
    let rows = DOCUMENT.lines().skip_while(|line| !line.starts_with(header)).skip(2);
    let cells = |row: &'static str| {
        row.split('|').skip(1).take(width).map(|cell| cell.trim().trim_matches('`')).collect::<Vec<_>>()
    };
    let found: Vec<_> = rows.take_while(|line| line.starts_with('|')).map(cells).collect();
    assert!(!found.is_empty(), "docs/states.md has no table '{header}'");
    found
}

fn column(header: &str) -> Vec<&'static str> {
    table(header, 1).concat()
}

fn same<T: Debug + Ord>(mut found: Vec<T>, mut expected: Vec<T>) {
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn the_transition_table_is_the_one_in_the_code() {
    let steps = |from: OrderStatus| {
        from.successors().iter().map(move |to| vec![from.as_str(), to.as_str()]).collect::<Vec<_>>()
    };
    let expected = OrderStatus::ALL.into_iter().flat_map(steps).collect();
    same(table("| from | to | when |", 2), expected);
}

#[test]
fn every_status_is_described() {
    assert_eq!(column("| status |"), OrderStatus::ALL.map(OrderStatus::as_str));
    same(column("| `payment_status` |"), PaymentState::ALL.map(PaymentState::as_str).to_vec());
    same(column("| `fulfillment_status` |"), FulfillmentStatus::ALL.map(FulfillmentStatus::as_str).to_vec());
    let codes = HoldCode::ALL.map(|code| format!("`{}`", code.as_str())).join(", ");
    assert!(DOCUMENT.contains(&format!("A hold ({codes})")));
}

#[test]
fn returns_walk_as_the_code_says() {
    assert_eq!(column("| return |"), ReturnStatus::ALL.map(ReturnStatus::as_str));
    let steps = |from: ReturnStatus| {
        from.successors().iter().map(move |to| vec![from.as_str(), to.as_str()]).collect::<Vec<_>>()
    };
    same(table("| from | to | by |", 2), ReturnStatus::ALL.into_iter().flat_map(steps).collect());
}

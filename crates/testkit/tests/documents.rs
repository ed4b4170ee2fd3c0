//! The manual says what the code says: its tables are held equal to the lists they describe.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

use std::fs;
use std::path::Path;

use sutler_app::job::JobKind;
use sutler_app::public::TYPES;
use sutler_domain::payments::Operation;
use sutler_domain::{OrderId, PaymentId};
use uuid::Uuid;

fn document(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    fs::read_to_string(root.join(path)).unwrap()
}

/// The rows of the table whose first column has this head, without head and rule.
fn rows(text: &str, head: &str) -> Vec<Vec<String>> {
    let head = format!("| {head} |");
    let table = text.lines().skip_while(|line| !line.starts_with(&head)).skip(2);
    table.take_while(|line| line.starts_with('|')).map(cells).collect()
}

fn cells(line: &str) -> Vec<String> {
    line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}

#[test]
fn the_table_of_events_is_the_list_in_the_code() {
    let told: Vec<[String; 3]> = rows(&document("docs/events.md"), "type")
        .into_iter()
        .map(|row| [row[0].clone(), row[1].clone(), row[2].clone()])
        .collect();
    let known: Vec<[String; 3]> = TYPES
        .iter()
        .map(|t| [format!("`{}`", t.name), format!("`{}`", t.logged), t.description.to_owned()])
        .collect();
    for row in &known {
        assert!(told.contains(row), "docs/events.md lacks the row: | {} | …what it means |", row.join(" | "));
    }
    assert_eq!(told, known, "docs/events.md has a row more, or another order, than app/public/types.rs");
}

#[test]
fn the_table_of_jobs_is_the_list_in_the_code() {
    let (order_id, payment_id) = (OrderId::new(Uuid::nil()), PaymentId::new(Uuid::nil()));
    let kinds = [
        JobKind::ProcessOrder { order_id: order_id.clone() },
        JobKind::CallGateway {
            order_id: order_id.clone(),
            payment_id: payment_id.clone(),
            operation: Operation::Charge,
            n: 1,
        },
        JobKind::SyncPayment { order_id: order_id.clone(), payment_id },
        JobKind::NotifyShipping { order_id },
        JobKind::UpdateInventory { levels: Vec::new() },
    ];
    let known: Vec<[String; 2]> =
        kinds.iter().map(|kind| [format!("`{}`", kind.name()), kind.attempts_max().to_string()]).collect();
    let told: Vec<[String; 2]> = rows(&document("docs/events.md"), "job")
        .into_iter()
        .map(|row| [row[0].clone(), row[2].clone()])
        .collect();
    assert_eq!(told, known, "docs/events.md and app/job.rs name other jobs");
}

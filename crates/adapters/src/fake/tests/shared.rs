//! One gateway for several processes: books in a file that each has open.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use futures::future::join_all;
use tempfile::TempDir;

use super::*;
use crate::fake::Books;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.ndjson");
    (folder, path)
}

/// What a server has of the gateway. Each opens the file anew, as another process does.
fn share(path: &Path) -> FakeGateway {
    let clock = Arc::new(Pushed(Mutex::new(Timestamp::UNIX_EPOCH)));
    FakeGateway::share(clock, "https://shop.example.com", path).unwrap()
}

fn of_payment(number: u128, operation: Operation, n: u32) -> GatewayCall {
    let payment_id = PaymentId::new(Uuid::from_u128(number));
    GatewayCall {
        key: gateway_key(&payment_id, operation, n),
        payment_id,
        ..call("tok_ok", operation, 1000, n)
    }
}

#[tokio::test]
async fn what_one_server_took_another_knows_and_can_refund() {
    let (_folder, path) = place();
    let (one, other) = (share(&path), share(&path));
    let charge = of_payment(1, Operation::Charge, 1);
    let told = one.call(&charge).await;
    assert!(succeeded(&told));
    assert_eq!(other.lookup(&charge).await, told);
    assert_eq!(other.call(&charge).await, told);
    assert!(succeeded(&other.call(&of_payment(1, Operation::Refund, 1)).await));
    assert_eq!(code(&one.call(&of_payment(1, Operation::Refund, 2)).await), "amount_too_large");
    let page = PaymentGateway::books(&one, 0, 10).await.unwrap().unwrap();
    assert_eq!(page, PaymentGateway::books(&other, 0, 10).await.unwrap().unwrap());
    assert_eq!(Books::read(&path).unwrap(), one.books());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_charge_that_many_servers_ask_for_at_once_is_taken_once() {
    let (_folder, path) = place();
    let servers: Vec<_> = (0..4).map(|_| Arc::new(share(&path))).collect();
    let asked = servers.iter().flat_map(|server| {
        (1..=50).map(move |number| {
            let server = Arc::clone(server);
            tokio::spawn(async move { server.call(&of_payment(number, Operation::Charge, 1)).await })
        })
    });
    for told in join_all(asked.collect::<Vec<_>>()).await {
        assert!(succeeded(&told.unwrap()));
    }
    let lines = fs::read_to_string(&path).unwrap().lines().count();
    assert_eq!((lines, Books::read(&path).unwrap().len()), (50, 50));
}

#[tokio::test]
async fn a_line_that_one_died_in_is_cut_off_by_the_next() {
    let (_folder, path) = place();
    let gateway = share(&path);
    assert!(succeeded(&gateway.call(&of_payment(1, Operation::Charge, 1)).await));
    let whole = fs::metadata(&path).unwrap().len();
    fs::File::options().append(true).open(&path).unwrap().write_all(b"{\"payment_id\":\"pay_").unwrap();
    assert!(succeeded(&gateway.call(&of_payment(2, Operation::Charge, 1)).await));
    assert_eq!(Books::read(&path).unwrap().len(), 2);
    assert_eq!(fs::metadata(&path).unwrap().len(), whole * 2);
}

#[tokio::test]
async fn books_that_lost_their_end_are_told_and_answer_nobody() {
    let (_folder, path) = place();
    let gateway = share(&path);
    assert!(succeeded(&gateway.call(&of_payment(1, Operation::Charge, 1)).await));
    fs::write(&path, "").unwrap();
    let told = gateway.call(&of_payment(2, Operation::Charge, 1)).await;
    assert!(
        matches!(&told, Outcome::Unknown { reason } if reason.contains("the file ends at byte 0")),
        "{told:?}"
    );
}

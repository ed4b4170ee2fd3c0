//! Books that outlive the gateway.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sutler_app::ports::BookPage;
use tempfile::TempDir;

use super::*;
use crate::fake::Books;
use crate::fake::keeper::GROUP_BYTES_MAX;

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Books::path(&folder.path().join("shop.db"));
    (folder, path)
}

fn open(path: &Path) -> FakeGateway {
    let clock = Arc::new(Pushed(Mutex::new(Timestamp::UNIX_EPOCH)));
    FakeGateway::open(clock, "https://shop.example.com", path).unwrap()
}

fn of_payment(number: u128, operation: Operation, amount: i64) -> GatewayCall {
    let payment_id = PaymentId::new(Uuid::from_u128(number));
    let key = gateway_key(&payment_id, operation, 1);
    GatewayCall { key, payment_id, ..call("tok_ok", operation, amount, 1) }
}

async fn page(gateway: &FakeGateway, after: u64, limit: usize) -> BookPage {
    PaymentGateway::books(gateway, after, limit).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_repeat_after_a_restart_takes_effect_once() {
    let (_folder, path) = place();
    let charge = of_payment(1, Operation::Charge, 1000);
    let first = open(&path).call(&charge).await;
    let gateway = open(&path);
    assert_eq!(gateway.lookup(&charge).await, first);
    assert_eq!(gateway.call(&charge).await, first);
    assert_eq!(code(&gateway.call(&of_payment(1, Operation::Void, 1000)).await), "already_captured");
    assert!(succeeded(&gateway.call(&of_payment(1, Operation::Refund, 1000)).await));
    assert_eq!(Books::read(&path).unwrap().len(), 3);
    assert_eq!(Books::read(&path).unwrap(), gateway.books());
}

#[tokio::test]
async fn what_was_answered_is_in_the_file_already() {
    let (_folder, path) = place();
    let gateway = open(&path);
    for number in 1..=20 {
        assert!(succeeded(&gateway.call(&of_payment(number, Operation::Charge, 5)).await));
        assert_eq!(u128::try_from(Books::read(&path).unwrap().len()).unwrap(), number);
    }
}

#[tokio::test]
async fn a_later_word_takes_the_place_of_an_earlier_one() {
    let (_folder, path) = place();
    let charge = call("tok_3ds", Operation::Charge, 1000, 1);
    open(&path).call(&charge).await;
    assert!(open(&path).buyer_decided(&charge.payment_id, true).await);
    assert!(succeeded(&open(&path).lookup(&charge).await));
    let entries = Books::read(&path).unwrap();
    assert_eq!(entries.len(), 1);
    assert!(succeeded(&entries[0].outcome));
}

#[tokio::test]
async fn a_torn_end_is_cut_off_and_the_rest_stays() {
    let (_folder, path) = place();
    let (kept, torn) = (of_payment(1, Operation::Charge, 1000), of_payment(2, Operation::Charge, 1000));
    open(&path).call(&kept).await;
    let whole = fs::read(&path).unwrap();
    open(&path).call(&torn).await;
    let longer = fs::read(&path).unwrap();
    for cut in [whole.len() + 1, whole.len() + 40, longer.len() - 1] {
        fs::write(&path, &longer[..cut]).unwrap();
        assert_eq!(Books::read(&path).unwrap().len(), 1, "cut at {cut}");
        let gateway = open(&path);
        assert_eq!(gateway.lookup(&torn).await, Outcome::NotFound);
        assert!(succeeded(&gateway.lookup(&kept).await));
        assert_eq!(fs::read(&path).unwrap(), whole);
    }
    // A page that never reached the disk reads as zeros.
    let mut holed = longer.clone();
    holed[whole.len() + 10..].fill(0);
    fs::write(&path, [holed, b"\n".to_vec()].concat()).unwrap();
    assert!(succeeded(&open(&path).call(&torn).await));
    assert_eq!(fs::read(&path).unwrap(), longer);
}

#[tokio::test]
async fn damage_that_no_power_cut_makes_is_not_hidden() {
    let (_folder, path) = place();
    let charge = of_payment(1, Operation::Charge, 1000);
    open(&path).call(&charge).await;
    let line = fs::read(&path).unwrap();
    let mut file = fs::File::create(&path).unwrap();
    file.write_all(b"no line\n").unwrap();
    for _ in 0..=GROUP_BYTES_MAX / line.len() {
        file.write_all(&line).unwrap();
    }
    let Outcome::Unknown { reason } = open(&path).call(&charge).await else { panic!("it answered") };
    assert!(reason.contains("damaged"), "{reason}");
    assert!(Books::read(&path).is_err());
}

#[tokio::test]
async fn the_books_are_read_in_pages() {
    let (_folder, path) = place();
    for gateway in [open(&path), gateway().0] {
        for number in 1..=5 {
            gateway.call(&of_payment(number, Operation::Charge, 5)).await;
        }
        let first = page(&gateway, 0, 3).await;
        assert_eq!((first.entries.len(), first.has_more), (3, true));
        let rest = page(&gateway, first.next, 3).await;
        assert_eq!((rest.entries.len(), rest.has_more), (2, false));
        assert_eq!([first.entries, rest.entries].concat(), gateway.books());
        assert!(page(&gateway, rest.next, 3).await.entries.is_empty());
        assert!(PaymentGateway::books(&gateway, 1, 3).await.unwrap().is_err());
    }
}

#[tokio::test]
async fn many_at_once_are_all_written() {
    let (_folder, path) = place();
    let gateway = open(&path);
    let calls: Vec<GatewayCall> = (1..=500).map(|number| of_payment(number, Operation::Charge, 5)).collect();
    let outcomes = futures::future::join_all(calls.iter().map(|call| gateway.call(call))).await;
    assert!(outcomes.iter().all(succeeded));
    drop(gateway);
    assert_eq!(Books::read(&path).unwrap().len(), 500);
}

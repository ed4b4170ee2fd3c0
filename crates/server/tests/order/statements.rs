//! How many SQL statements one `POST /orders` runs on SQLite, all in all: docs/performance.md states the figures.

use std::path::Path;

use crate::shop::Shop;

const ONE: &str = r#"{"customer_id": "C1", "items": [{"product_id": "P1", "quantity": 1}]}"#;
const THREE: &str = r#"{"customer": {"email": "ada@example.com"}, "reference": "R", "payment": {"token": "tok_ok"},
    "items": [{"product_id": "P1", "quantity": 1}, {"product_id": "P2", "quantity": 1}, {"product_id": "P3", "quantity": 1}]}"#;

/// The figure in docs/performance.md of the row that begins with these words.
fn stated(what: &str) -> u64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let text = std::fs::read_to_string(root.join("docs/performance.md")).unwrap();
    let row = text.lines().find(|line| line.starts_with(&format!("| {what} |"))).unwrap();
    row.split('|').nth(2).unwrap().trim().parse().unwrap()
}

/// The statements that were run since the last look.
struct Meter<'s>(&'s Shop, u64);

impl Meter<'_> {
    fn read(&mut self) -> u64 {
        let before = std::mem::replace(&mut self.1, self.0.store.statements());
        self.1 - before
    }

    #[track_caller]
    fn must_read(&mut self, what: &str) {
        assert_eq!(self.read(), stated(what), "docs/performance.md states another figure for: {what}");
    }
}

#[tokio::test]
async fn the_statements_of_one_order_are_those_that_the_manual_states() {
    let shop = Shop::stocked(&["P1", "P2", "P3"]).await;
    let mut meter = Meter(&shop, shop.store.statements());
    shop.send("POST", "/orders", "", ONE).await;
    meter.must_read("one item, no more");
    shop.work().await;
    meter.must_read("its job, `process_order`, with nothing to pay");
    shop.send("POST", "/orders", "k1", ONE).await;
    meter.must_read("one item, with an `Idempotency-Key`");
    shop.work().await;
    meter.must_read("its job, `process_order`, with nothing to pay");
    shop.send("POST", "/orders", "k3", THREE).await;
    meter.must_read("three items, key, reference, e-mail, payment");
    shop.work().await;
    // The last two jobs run side by side, and cost less when their ends share a batch.
    let (jobs, most) = (meter.read(), stated("its jobs: payment, confirmation, shipping, stock, at most"));
    assert!((most - 3..=most).contains(&jobs), "docs/performance.md states {most} for the jobs, not {jobs}");
}

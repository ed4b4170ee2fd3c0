//! What is SQLite's own: how many statements things take, and what happens when the database or the disk says no.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::join_all;
use rusqlite::Connection;
use sutler_adapters::sqlite::{Options, Sqlite};
use sutler_app::access::ApiKey;
use sutler_app::commit::{Change, Claim, ClaimKind, Commit, Expect, Guard, Refused, View, ViewChange};
use sutler_app::customers::Note;
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::reads::{OrderName, OrderQuery, ProductName, ProductQuery};
use sutler_app::ports::{ContactReads, EventFilter, Feed, OrderReads, ProductReads, StockReads, Store};
use sutler_app::stream::StreamId;
use sutler_domain::orders::{Order, OrderStatus};
use sutler_domain::{ApiKeyId, Position};
use sutler_testkit::builders as some;

fn fresh() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sutler.db");
    (folder, path)
}

fn open(path: &Path) -> Sqlite {
    Sqlite::open(path, Options::default()).unwrap()
}

/// The statements that a future of this store ran.
async fn counted<T>(sqlite: &Sqlite, work: impl Future<Output = T>) -> u64 {
    let before = sqlite.statements();
    work.await;
    sqlite.statements() - before
}

/// An order with one item as `POST /orders` makes it: key, price record, stock, contact, reference, job.
fn one_item(n: u64) -> Commit {
    let order = Order {
        customer_id: Some(some::customer_id("C1")),
        reference: Some(format!("R{n}")),
        ..some::order(n)
    };
    let stream = StreamId::from(&order.order_id);
    let promise = some::moved(&some::key("v1"), 0, 1, Guard::Available);
    some::place(&order)
        .key(Some(some::idempotency(&format!("k{n}"), "f")))
        .requires([(StreamId::price(&some::variant_id("v1")), sutler_domain::Version(1))])
        .moves([promise])
        .then([some::job(n, some::start())])
        .answers(stream, None, false)
}

async fn stocked(path: &Path) -> Sqlite {
    let sqlite = open(path);
    sqlite.commit(some::save(&some::product("p1", "v1", "M-1"))).await.unwrap();
    sqlite.commit(some::receive(&some::key("v1"), 1_000_000)).await.unwrap();
    sqlite
}

#[tokio::test]
async fn an_order_of_one_item_takes_few_statements() {
    let (_folder, path) = fresh();
    let sqlite = stocked(&path).await;
    for n in 1..=3 {
        let statements = counted(&sqlite, async { sqlite.commit(one_item(n)).await.unwrap() }).await;
        // The number stands in docs/performance.md: BEGIN and COMMIT; key, order and name read; event, stream, name,
        // level, journal, key, order, its customer, its block, job and head written. The price and the level are known.
        assert_eq!(statements, 16, "order {n}");
    }
    // A batch shares BEGIN, COMMIT, the block and the head.
    let many = counted(&sqlite, join_all((10..110).map(|n| sqlite.commit(one_item(n))))).await;
    assert!(many <= 100 * 12 + 16, "{many} for 100 orders at once");
}

#[tokio::test]
async fn reads_take_the_same_statements_for_one_row_and_for_many() {
    let (_folder, path) = fresh();
    let sqlite = stocked(&path).await;
    sqlite.commit(one_item(1)).await.unwrap();
    let mut at_one = Vec::new();
    let mut at_many = Vec::new();
    for (rows, counts) in [(1, &mut at_one), (100, &mut at_many)] {
        for n in 2..=rows {
            sqlite.commit(one_item(n)).await.unwrap();
            let product = some::product(&format!("p{n}"), &format!("v{n}"), "");
            sqlite.commit(some::save(&product)).await.unwrap();
        }
        let page = PageRequest { limit: 200, from: From::Start, count: false };
        let plain = OrderQuery { page: page.clone(), ..OrderQuery::default() };
        let of_customer = OrderQuery { customer_id: Some(some::customer_id("C1")), ..plain.clone() };
        let created = OrderQuery { status: vec![OrderStatus::Created], ..plain.clone() };
        let counting = OrderQuery { page: PageRequest { count: true, ..page.clone() }, ..plain.clone() };
        for query in [&plain, &of_customer, &created, &counting] {
            let read = async {
                let found = sqlite.orders(query).await.unwrap();
                assert_eq!(u64::try_from(found.rows.len()).unwrap(), rows);
            };
            counts.push(counted(&sqlite, read).await);
        }
        let order = OrderName::Reference("R1".to_owned());
        counts.push(counted(&sqlite, async { sqlite.order(&order).await.unwrap().unwrap() }).await);
        let products = ProductQuery { page, ..ProductQuery::default() };
        let read = async {
            assert_eq!(u64::try_from(sqlite.list(&products).await.unwrap().rows.len()).unwrap(), rows);
        };
        counts.push(counted(&sqlite, read).await);
        let names: Vec<_> = (1..=rows).map(|n| ProductName::Id(some::product_id(&format!("p{n}")))).collect();
        counts.push(counted(&sqlite, async { sqlite.products(&names).await.unwrap() }).await);
        let variants: Vec<_> = (1..=rows).map(|n| some::variant_id(&format!("v{n}"))).collect();
        counts.push(counted(&sqlite, async { sqlite.levels(&variants).await.unwrap() }).await);
    }
    assert_eq!(at_one, at_many);
    // A page; a customer's page, which is the list of blocks and one of them in a snapshot; a page by status; counted in
    // one snapshot; an order; products; levels.
    assert_eq!(at_one, [1, 4, 1, 4, 1, 1, 4, 1]);
}

fn api_key(n: u64, hash: &str) -> Commit {
    let key_id: ApiKeyId = some::id(n);
    let key = ApiKey {
        key_id: key_id.clone(),
        name: "till".to_owned(),
        hash: hash.to_owned(),
        last4: "wxyz".to_owned(),
        scopes: Vec::new(),
        expires_at: None,
        revoked_at: None,
        created_at: some::start(),
    };
    some::record(StreamId::from(&key_id), Expect::New, View::Key(key))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poisoned_commit_hurts_itself_only() {
    let (_folder, path) = fresh();
    let sqlite = stocked(&path).await;
    sqlite.commit(api_key(1, "same")).await.unwrap();
    // Nothing at the door knows that two keys must not share a hash, but the table does.
    let commits = (1..=50).map(|n| {
        let poison = api_key(100 + n, "same");
        let poisoned = poison.changes.into_iter().fold(one_item(n), Commit::change);
        sqlite.commit(if n == 25 { poisoned } else { one_item(n) })
    });
    let answers = join_all(commits).await;
    let (stood, fell): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.is_ok());
    assert_eq!((stood.len(), fell.len()), (49, 1));
    assert!(
        matches!(&answers[24], Err(Refused::Unavailable(reason)) if reason.contains("rejected")),
        "{:?}",
        answers[24]
    );
    let events = sqlite.after(Position(2), &EventFilter::default(), 100).await.unwrap();
    assert_eq!(
        events.iter().filter_map(|event| event.number).collect::<Vec<_>>(),
        (1001..=1049).collect::<Vec<_>>()
    );
    assert_eq!(events.len(), 49, "no gap where the poisoned one would have stood");
    let name = Claim { kind: ClaimKind::OrderReference, value: "R25".to_owned() };
    assert_eq!(sqlite.holder(&name).await.unwrap(), None);
    assert_eq!(sqlite.levels(&[some::variant_id("v1")]).await.unwrap()[0].level.reserved, 49);
    sqlite.commit(one_item(25)).await.unwrap();
}

/// A note of sixteen pages.
fn long_note() -> Change {
    let note = Note {
        note_id: some::id(1),
        order_id: some::id(1),
        body: "x".repeat(65_000),
        author: "test".to_owned(),
        at: some::start(),
    };
    Change::record(StreamId::from(&note.note_id), Expect::New, View::Note(note))
}

#[tokio::test]
async fn a_full_disk_refuses_and_recovers_by_itself() {
    let (_folder, path) = fresh();
    let sqlite = stocked(&path).await;
    sqlite.commit(some::nothing().change(long_note())).await.unwrap();
    sqlite.close().await;
    // The limit of pages stands for the end of the disk: SQLite reports both in the same way.
    let options = || Options { pages_max: Some(120), ..Options::default() };
    let sqlite = Sqlite::open(&path, options()).unwrap();
    let mut taken = 0;
    let refused = loop {
        match sqlite.commit(one_item(taken + 1)).await {
            Ok(_) => taken += 1,
            Err(refused) => break refused,
        }
        assert!(taken < 1000, "the disk never filled");
    };
    let Refused::Unavailable(reason) = &refused else { unreachable!("{refused:?}") };
    assert!(reason.starts_with("the disk is full"), "{reason}");
    assert!(sqlite.failed().borrow().is_none());
    let read = sqlite.orders(&OrderQuery::default()).await.unwrap();
    assert_eq!(read.rows.len(), usize::try_from(taken.min(50)).unwrap(), "reads go on");
    // Somebody makes space, and the store goes on.
    let erased = Change { expect: Expect::Any, view: ViewChange::Delete, ..long_note() };
    sqlite.commit(some::nothing().change(erased)).await.unwrap();
    sqlite.commit(one_item(taken + 1)).await.unwrap();
    sqlite.close().await;
    let head = *open(&path).head().borrow();
    assert_eq!(head, Position(3 + taken), "nothing that was answered is lost, nothing else is there");
}

#[tokio::test]
async fn a_door_with_a_queue_says_busy() {
    let (_folder, path) = fresh();
    let sqlite = Sqlite::open(&path, Options { queue_max: 1, ..Options::default() }).unwrap();
    // Another process holds the file, so that the writer waits and the queue fills.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut waiting = Box::pin(join_all((1..=4).map(|n| sqlite.commit(some::place(&some::order(n))))));
    assert!(futures::poll!(&mut waiting).is_pending());
    other.execute_batch("ROLLBACK").unwrap();
    let answers = tokio::time::timeout(Duration::from_mins(1), waiting).await.unwrap();
    let busy = answers.iter().filter(|answer| **answer == Err(Refused::Busy)).count();
    assert!((2..=3).contains(&busy), "one waits, one may be with the writer: {answers:?}");
    assert!(answers.iter().filter(|answer| answer.is_ok()).count() >= 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_never_wait_for_the_writer() {
    let (_folder, path) = fresh();
    let sqlite = stocked(&path).await;
    sqlite.commit(one_item(1)).await.unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut write = Box::pin(sqlite.commit(one_item(2)));
    assert!(futures::poll!(&mut write).is_pending());
    assert_eq!(sqlite.orders(&OrderQuery::default()).await.unwrap().rows.len(), 1);
    assert!(futures::poll!(&mut write).is_pending(), "the writer still waits");
    other.execute_batch("ROLLBACK").unwrap();
    write.await.unwrap();
    assert_eq!(sqlite.orders(&OrderQuery::default()).await.unwrap().rows.len(), 2);
}

//! The door of one node.

use std::sync::Arc;

use futures::future::join_all;
use sutler_adapters::postgres::{Options, Postgres};
use sutler_app::access::ApiKey;
use sutler_app::commit::{Claim, ClaimKind, Commit, Expect, Refused, View};
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::reads::{OrderName, OrderQuery, ProductName, ProductQuery};
use sutler_app::ports::{ContactReads, OrderReads, ProductReads, ReadError, StockReads, Store};
use sutler_app::stream::StreamId;
use sutler_domain::ApiKeyId;
use sutler_domain::orders::OrderStatus;
use sutler_testkit::builders as some;

use crate::{database, numbers, open_with, order_of, reserved, stocked, stranger, within};

/// The statements that a future of this store ran.
async fn counted<T>(store: &Postgres, work: impl Future<Output = T>) -> u64 {
    let before = store.statements();
    work.await;
    store.statements() - before
}

/// The statements of one batch of these commits. All of them come to the door before the writer has its turn, since
/// the test has one thread.
async fn one_batch(store: &Arc<Postgres>, commits: Vec<Commit>) -> u64 {
    let before = store.statements();
    let all = join_all(commits.into_iter().map(|commit| store.commit(commit)));
    for answer in within(all).await {
        answer.unwrap();
    }
    store.statements() - before
}

#[tokio::test]
async fn a_batch_takes_the_same_few_statements_whatever_is_in_it() {
    let store = stocked(&database(), 1_000_000).await;
    let mut counts = Vec::new();
    for (from, orders) in [(1, 1), (100, 2), (200, 64), (400, 250)] {
        counts.push(one_batch(&store, (from..from + orders).map(|n| order_of(n, 3)).collect()).await);
    }
    // BEGIN, the settings and the head; keys, streams, names and levels read; events, streams, names, levels, journal,
    // keys, orders, terms, jobs and the head written; COMMIT.
    assert_eq!(counts, [18; 4]);
    assert_eq!(reserved(&store).await, 3 * (1 + 2 + 64 + 250));
    let update = |n: u64| some::update(&some::order(n), 1).then([some::job(n + 1000, some::start())]);
    let counts =
        [one_batch(&store, vec![update(1)]).await, one_batch(&store, (200..264).map(update).collect()).await];
    assert_eq!(counts[0], counts[1], "orders that change are read together too");
    assert_eq!(numbers(&store).await, (1001..=1317).collect::<Vec<_>>());
}

#[tokio::test]
async fn orders_asked_for_at_once_are_read_together() {
    let store = stocked(&database(), 1_000).await;
    for n in 1..=40 {
        store.commit(order_of(n, 1)).await.unwrap();
    }
    let names: Vec<OrderName> = (1..=40).map(|n| OrderName::Id(some::id(n))).collect();
    // The test has one thread, so all of them ask before anybody reads.
    let all = counted(&store, async {
        let found = within(join_all(names.iter().map(|name| store.order(name)))).await;
        assert!(found.iter().all(|order| order.as_ref().unwrap().is_some()));
    });
    assert_eq!(all.await, 1);
}

#[tokio::test]
async fn an_order_that_cannot_be_understood_spoils_no_other() {
    let database = database();
    let store = stocked(&database, 1_000).await;
    for n in 1..=2 {
        store.commit(order_of(n, 1)).await.unwrap();
    }
    stranger(&database)
        .await
        .execute("UPDATE orders SET body = '{}' WHERE number = 1001", &[])
        .await
        .unwrap();
    let names = [1, 2].map(|n| OrderName::Id(some::id(n)));
    let found = within(join_all(names.iter().map(|name| store.order(name)))).await;
    assert!(matches!(&found[0], Err(ReadError::Corrupt(_))), "{:?}", found[0]);
    assert_eq!(found[1].as_ref().unwrap().as_ref().unwrap().number, 1002);
}

#[tokio::test]
async fn leases_renewals_and_cursors_ride_in_the_same_batch() {
    use std::time::Duration;
    use sutler_app::ports::jobs::Wanted;
    use sutler_app::ports::{Feed, JobQueue};
    use sutler_domain::Position;
    let store = stocked(&database(), 100).await;
    store.commit(some::nothing().then((1..=40).map(|n| some::job(n, some::start())))).await.unwrap();
    let minute = jiff::SignedDuration::from_mins(1);
    let leased = store.lease("w", &Wanted::any(20), minute).await.unwrap();
    assert_eq!(leased.len(), 20);
    let before = store.statements();
    let renewals = leased.iter().map(|one| store.renew(&one.lease, minute));
    let cursors = (0..20).map(|n| store.move_cursor("mails", Position(n)));
    let (renewed, moved) = within(futures::future::join(join_all(renewals), join_all(cursors))).await;
    assert!(renewed.iter().all(Result::is_ok) && moved.iter().all(Result::is_ok));
    // BEGIN, the settings and the head; renewals; cursors; COMMIT.
    assert_eq!(store.statements() - before, 6);
    assert_eq!(store.cursor("mails").await.unwrap(), Position(19));
    let nothing_due = store.statements();
    assert_eq!(
        store.lease("w", &Wanted::any(40), Duration::from_secs(1).try_into().unwrap()).await.unwrap().len(),
        20
    );
    assert_eq!(store.statements() - nothing_due, 6, "a look, and a batch of one lease");
    let nothing_due = store.statements();
    assert_eq!(store.lease("w", &Wanted::any(40), minute).await.unwrap(), []);
    assert_eq!(store.statements() - nothing_due, 1, "whoever looks in vain does not go through the door");
}

#[tokio::test]
async fn reads_take_the_same_statements_for_one_row_and_for_many() {
    let store = stocked(&database(), 1_000_000).await;
    store.commit(order_of(1, 1)).await.unwrap();
    let mut at_one = Vec::new();
    let mut at_many = Vec::new();
    for (rows, counts) in [(1, &mut at_one), (50, &mut at_many)] {
        for n in 2..=rows {
            store.commit(order_of(n, 1)).await.unwrap();
            let product = some::product(&format!("p{n}"), &format!("v{n}"), "");
            store.commit(some::save(&product)).await.unwrap();
        }
        let page = PageRequest { limit: 200, from: From::Start, count: false };
        let plain = OrderQuery { page: page.clone(), ..OrderQuery::default() };
        let of_customer = OrderQuery { customer_id: Some(some::customer_id("C1")), ..plain.clone() };
        let created = OrderQuery { status: vec![OrderStatus::Created], ..plain.clone() };
        let counting = OrderQuery { page: PageRequest { count: true, ..page.clone() }, ..plain.clone() };
        for query in [&plain, &of_customer, &created, &counting] {
            let read = async {
                let found = store.orders(query).await.unwrap();
                assert_eq!(u64::try_from(found.rows.len()).unwrap(), rows);
            };
            counts.push(counted(&store, read).await);
        }
        let order = OrderName::Reference("R1".to_owned());
        counts.push(counted(&store, async { store.order(&order).await.unwrap().unwrap() }).await);
        let products = ProductQuery { page, ..ProductQuery::default() };
        let read = async {
            assert_eq!(u64::try_from(store.list(&products).await.unwrap().rows.len()).unwrap(), rows);
        };
        counts.push(counted(&store, read).await);
        let names: Vec<_> = (1..=rows).map(|n| ProductName::Id(some::product_id(&format!("p{n}")))).collect();
        counts.push(counted(&store, async { store.products(&names).await.unwrap() }).await);
        let variants: Vec<_> = (1..=rows).map(|n| some::variant_id(&format!("v{n}"))).collect();
        counts.push(counted(&store, async { store.levels(&variants).await.unwrap() }).await);
    }
    assert_eq!(at_one, at_many);
    assert_eq!(at_one, [1; 8], "every read is one statement, which sees one moment");
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

#[tokio::test]
async fn a_poisoned_commit_hurts_itself_only() {
    let store = stocked(&database(), 1000).await;
    store.commit(api_key(1, "same")).await.unwrap();
    // Nothing at the door knows that two keys must not share a hash, but the table does.
    let commits = (1..=50).map(|n| {
        let poison = api_key(100 + n, "same");
        let poisoned = poison.changes.into_iter().fold(order_of(n, 1), Commit::change);
        store.commit(if n == 25 { poisoned } else { order_of(n, 1) })
    });
    let answers = within(join_all(commits)).await;
    let (stood, fell): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.is_ok());
    assert_eq!((stood.len(), fell.len()), (49, 1));
    let Err(Refused::Unavailable(reason)) = &answers[24] else { unreachable!("{:?}", answers[24]) };
    assert!(reason.contains("rejected") && reason.contains("api_keys_hash_key"), "{reason}");
    assert_eq!(numbers(&store).await, (1001..=1049).collect::<Vec<_>>());
    let name = Claim { kind: ClaimKind::OrderReference, value: "R25".to_owned() };
    assert_eq!(store.holder(&name).await.unwrap(), None);
    assert_eq!(reserved(&store).await, 49);
    store.commit(order_of(25, 1)).await.unwrap();
    // What the database cannot take as text is told too, and hurts nobody else.
    let nul = Commit { actor: "nul \0 here".to_owned(), ..some::touch(2) };
    assert!(matches!(store.commit(nul).await, Err(Refused::Unavailable(_))));
    store.commit(order_of(26, 1)).await.unwrap();
}

#[tokio::test]
async fn a_door_with_a_queue_says_busy() {
    let url = database();
    let store = open_with(&url, Options { queue_max: 1, ..Options::default() }).await;
    let mut waiting = Box::pin(join_all((1..=4).map(|n| store.commit(some::place(&some::order(n))))));
    assert!(futures::poll!(&mut waiting).is_pending());
    let answers = within(waiting).await;
    let busy = answers.iter().filter(|answer| **answer == Err(Refused::Busy)).count();
    assert_eq!(busy, 3, "one waits: {answers:?}");
}

#[tokio::test]
async fn readers_never_wait_for_the_door() {
    let url = database();
    let store = stocked(&url, 10).await;
    store.commit(order_of(1, 1)).await.unwrap();
    let holder = stranger(&url).await;
    holder.batch_execute("BEGIN; SELECT * FROM head FOR UPDATE").await.unwrap();
    let mut write = Box::pin(store.commit(order_of(2, 1)));
    assert!(futures::poll!(&mut write).is_pending());
    assert_eq!(store.orders(&OrderQuery::default()).await.unwrap().rows.len(), 1);
    assert_eq!(store.levels(&[some::variant_id("v1")]).await.unwrap()[0].level.reserved, 1);
    assert!(futures::poll!(&mut write).is_pending(), "the writer still waits");
    holder.batch_execute("ROLLBACK").await.unwrap();
    within(write).await.unwrap();
    assert_eq!(store.orders(&OrderQuery::default()).await.unwrap().rows.len(), 2);
}

//! Many nodes at one door.

use std::sync::Arc;

use futures::future::{join_all, try_join_all};
use sutler_adapters::postgres::{Options, Postgres};
use sutler_app::commit::Refused;
use sutler_app::ports::jobs::Wanted;
use sutler_app::ports::{Feed, JobQueue, StockReads, Store};
use sutler_domain::Position;
use sutler_testkit::builders as some;
use sutler_testkit::servers::pgbouncer::PgBouncer;
use sutler_testkit::servers::postgres::Postgres as Server;

use crate::{count, database, log, node, numbers, order_of, reserved, stocked, within};

async fn nodes(url: &str, count: usize) -> Vec<Arc<Postgres>> {
    join_all((0..count).map(|_| node(url))).await
}

/// Orders through several nodes at once, each with many at its door.
async fn race(writers: usize) {
    const ORDERS: u64 = 240;
    let url = database();
    // Not all can be had.
    stocked(&url, 300).await.close().await;
    let nodes = nodes(&url, writers).await;
    let placed = (1..=ORDERS).zip(nodes.iter().cycle()).map(|(n, node)| {
        let node = Arc::clone(node);
        tokio::spawn(async move { node.commit(order_of(n, 2)).await })
    });
    let answers = within(try_join_all(placed.collect::<Vec<_>>())).await.unwrap();
    let taken = count(answers.iter().filter(|answer| answer.is_ok()).count());
    assert_eq!(taken, 150);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(_) | Err(Refused::Short(_)))), "{answers:?}");
    for node in &nodes {
        assert_eq!(numbers(node).await, (1001..=1150).collect::<Vec<_>>());
        assert_eq!(reserved(node).await, 300, "sold to the last unit, and not one more");
        assert_eq!(count(log(node).await.len()), 2 + taken, "a product, its price, the orders");
    }
    let receipts: std::collections::BTreeSet<_> =
        answers.iter().flatten().map(|receipt| receipt.position).collect();
    assert_eq!(count(receipts.len()), taken, "each was told a position of its own");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_write_at_once() {
    race(2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_nodes_write_at_once() {
    race(4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_key_from_two_nodes_runs_once() {
    let url = database();
    stocked(&url, 1000).await.close().await;
    let nodes = nodes(&url, 2).await;
    for round in 0..10 {
        let asked = (0..20).zip(nodes.iter().cycle()).map(|(ask, node)| {
            let (node, n) = (Arc::clone(node), round * 100 + ask);
            tokio::spawn(async move {
                let mut commit = order_of(n, 1);
                commit.key = Some(some::idempotency(&format!("round{round}"), "f"));
                node.commit(commit).await.unwrap()
            })
        });
        let receipts = within(try_join_all(asked.collect::<Vec<_>>())).await.unwrap();
        let (first, repeats): (Vec<_>, Vec<_>) = receipts.iter().partition(|one| one.replayed.is_none());
        assert_eq!((first.len(), repeats.len()), (1, 19));
        let stream = &first[0].versions[0].0;
        assert!(
            repeats.iter().all(|one| one.replayed.as_ref().is_some_and(|answer| &answer.stream == stream))
        );
    }
    assert_eq!(numbers(&nodes[0]).await.len(), 10);
    assert_eq!(reserved(&nodes[1]).await, 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn jobs_are_leased_once_whatever_the_node() {
    let url = database();
    let nodes = nodes(&url, 3).await;
    nodes[0].commit(some::nothing().then((1..=60).map(|n| some::job(n, some::start())))).await.unwrap();
    let minute = jiff::SignedDuration::from_mins(1);
    let workers = (0..12).zip(nodes.iter().cycle()).map(|(worker, node)| {
        let node = Arc::clone(node);
        tokio::spawn(async move { node.lease(&format!("w{worker}"), &Wanted::any(5), minute).await.unwrap() })
    });
    let leased = within(try_join_all(workers.collect::<Vec<_>>())).await.unwrap();
    let mut ids: Vec<_> = leased.iter().flatten().map(|one| one.job.job_id.clone()).collect();
    ids.sort();
    assert_eq!(ids, (1..=60).map(some::job_id).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_migrate_once() {
    let server = Server::shared();
    let name = server.database().unwrap();
    let nodes = nodes(&server.url(&name), 6).await;
    let applied = server.sql(&name, "SELECT version, name FROM sutler_migrations ORDER BY version").unwrap();
    let all = "1|0001_initial\n2|0002_bookmarks\n3|0003_webhooks\n4|0004_queues\n5|0005_people\n6|0006_customers\n7|0007_imports\n8|0008_collections\n9|0009_saved_views";
    assert_eq!(applied, all);
    let epochs: Vec<_> = join_all(nodes.iter().map(|node| node.epoch())).await;
    assert!(epochs.iter().all(|epoch| epoch == &epochs[0] && epoch.is_ok()), "{epochs:?}");
    nodes[5].commit(some::touch(1)).await.unwrap();
    assert_eq!(numbers(&nodes[0]).await.len(), 0);
}

/// The other node hears of a commit and sees it; of one without an event too.
async fn wakes(writer: &Postgres, reader: &Postgres) {
    let mut head = reader.head();
    writer.commit(some::touch(1)).await.unwrap();
    within(head.wait_for(|head| *head == Position(1))).await.unwrap();
    assert_eq!(log(reader).await.len(), 1);
    head.mark_unchanged();
    writer.commit(some::nothing().then([some::job(1, some::start())])).await.unwrap();
    within(head.changed()).await.unwrap();
}

#[tokio::test]
async fn nodes_hear_of_each_other() {
    let url = database();
    let (writer, reader) = (node(&url).await, node(&url).await);
    wakes(&writer, &reader).await;
}

#[tokio::test]
async fn nodes_that_cannot_listen_look() {
    let url = database();
    let writer = node(&url).await;
    // Nobody is there, as if a firewall let only the other way through.
    let listen_url = Some("postgres://nobody@127.0.0.1:1/none".to_owned());
    let reader = Postgres::open(&url, Options { listen_url, ..Options::default() }).await.unwrap();
    wakes(&writer, &reader).await;
}

#[tokio::test]
async fn nodes_behind_a_pooler_look_or_listen_past_it() {
    let (server, pooler) = (Server::shared(), PgBouncer::shared());
    for listens in [false, true] {
        let name = server.database().unwrap();
        let listen_url = listens.then(|| server.url(&name));
        let options = Options { listen_url, connections_max: 4, ..Options::default() };
        let writer = node(&pooler.url(&name)).await;
        let reader = Postgres::open(&pooler.url(&name), options).await.unwrap();
        wakes(&writer, &reader).await;
        // Notices that never come are not waited for again and again.
        let mut head = reader.head();
        for n in 2..20 {
            writer.commit(some::touch(n)).await.unwrap();
            within(head.wait_for(|head| *head == Position(n))).await.unwrap();
        }
    }
}

#[tokio::test]
async fn what_one_node_writes_the_other_decides_on() {
    let url = database();
    let one = stocked(&url, 5).await;
    let other = node(&url).await;
    other.commit(some::reserve(&some::key("v1"), 4)).await.unwrap();
    let short = one.commit(some::reserve(&some::key("v1"), 2)).await;
    assert!(matches!(short, Err(Refused::Short(_))), "{short:?}");
    one.commit(some::reserve(&some::key("v1"), 1)).await.unwrap();
    let level = other.levels(&[some::variant_id("v1")]).await.unwrap()[0].level;
    assert_eq!((level.on_hand, level.reserved), (5, 5));
}

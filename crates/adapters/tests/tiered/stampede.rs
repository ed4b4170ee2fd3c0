//! Many who want the same at once are one read of the store for each node.

use std::sync::Arc;

use futures::future::join_all;
use sutler_adapters::cache::{Redis, Tiered};
use sutler_adapters::sqlite::{Options, Sqlite};
use sutler_adapters::system::SystemIds;
use sutler_app::ports::{Feed, ProductReads, Store};
use sutler_testkit::builders as some;

use crate::shop::{Node, PATIENCE, kept, key, memory, named, shared};

const READERS: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_readers_of_what_nobody_has_are_one_read_for_each_node() {
    let (memory, redis) = (memory(), shared());
    let nodes = [Node::start(&memory, redis, PATIENCE).await, Node::start(&memory, redis, PATIENCE).await];
    nodes[0].price("HOT", 1000).await;
    let hot = key(&memory, "HOT").await;
    for round in 1..=5 {
        // What it was in Redis has ended, and every node has only just started.
        redis.ask(&["DEL", &hot]).unwrap();
        let fresh = [Node::deaf(&memory, redis, PATIENCE).await, Node::deaf(&memory, redis, PATIENCE).await];
        let all = (0..READERS).map(|reader| fresh[reader % 2].shown("HOT"));
        assert_eq!(join_all(all).await, [1000; READERS]);
        for node in &fresh {
            assert!(node.store.reads() <= 1, "round {round}: {} reads", node.store.reads());
        }
        kept(redis, &hot, r#"{"version":1,"sum""#).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_starts_on_a_warm_redis_runs_no_statement_for_the_catalog() {
    let folder = tempfile::tempdir().unwrap();
    let store = Arc::new(Sqlite::open(folder.path().join("sutler.db"), Options::default()).unwrap());
    let names: Vec<_> = (0..20).map(|n| named(&format!("P{n}"))).collect();
    for n in 0..20 {
        let product = some::product(&format!("P{n}"), &format!("V{n}"), &format!("S{n}"));
        store.commit(some::save(&product)).await.unwrap();
    }
    let open = async || {
        let redis = Redis::open(&shared().socket_url(), PATIENCE).await.unwrap();
        Tiered::open(Arc::clone(&store), redis, Arc::new(SystemIds::default())).await.unwrap()
    };
    let cold = open().await;
    let before = store.statements();
    let all = join_all((0..READERS).map(|_| cold.products(&names))).await;
    assert!(all.into_iter().all(|found| found.unwrap().len() == 20));
    let read = store.statements() - before;
    assert!(read <= 5, "{read} statements for {READERS} readers of 20 products");
    let epoch = store.epoch().await.unwrap();
    for n in 0..20 {
        kept(shared(), &format!("sutler:{epoch}:product:P{n}"), r#"{"version":1,"sum""#).await;
    }
    let warm = open().await;
    let before = store.statements();
    for _ in 0..READERS {
        assert_eq!(warm.products(&names).await.unwrap().len(), 20);
    }
    assert_eq!(store.statements(), before);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_exist_does_not_wear_the_store_out_and_is_shown_once_it_does() {
    let (memory, redis) = (memory(), shared());
    let (here, there) =
        (Node::start(&memory, redis, PATIENCE).await, Node::start(&memory, redis, PATIENCE).await);
    let new = named("NEW");
    let asked = join_all((0..READERS).map(|_| here.show(&new))).await;
    assert!(asked.into_iter().all(|found| found.unwrap_err().code == "not_found"));
    assert!(here.store.reads() <= 1, "{} reads", here.store.reads());
    assert!(there.show(&new).await.is_err());
    here.price("NEW", 1000).await;
    assert_eq!(here.shown("NEW").await, 1000);
    while there.show(&new).await.is_err() {}
}

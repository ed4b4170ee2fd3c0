//! Redis is killed, stopped, emptied and started again while buyers read and order: nobody is told of it, and every order
//! is at the price of its moment.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use futures::future::join_all;
use sutler_adapters::cache;
use sutler_adapters::memory::Memory;
use sutler_app::ports::{EventFilter, Feed};
use sutler_domain::Position;
use sutler_domain::catalog::ProductEvent;
use sutler_domain::orders::OrderEvent;
use sutler_testkit::servers::redis::Redis;

use crate::shop::{Node, USUAL, kept, key, memory, product_id};

const PRODUCTS: [&str; 4] = ["P0", "P1", "P2", "P3"];

/// What goes on while Redis has its troubles.
struct Shop {
    nodes: [Node; 2],
    stop: AtomicBool,
    placed: AtomicU64,
    shown: AtomicU64,
}

impl Shop {
    /// Read and order, without a failure.
    async fn buy(&self, buyer: usize) {
        let node = &self.nodes[buyer % 2];
        for turn in buyer.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let id = PRODUCTS[turn % PRODUCTS.len()];
            node.shown(id).await;
            self.shown.fetch_add(1, Ordering::Relaxed);
            node.order(id).await.unwrap();
            self.placed.fetch_add(1, Ordering::Relaxed);
            // A store in memory never makes anybody wait.
            tokio::task::yield_now().await;
        }
    }

    /// Change prices, so that whatever is remembered is soon old.
    async fn change(&self) {
        for amount in 1000.. {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let turn = usize::try_from(amount).unwrap();
            self.nodes[turn % 2].price(PRODUCTS[turn % PRODUCTS.len()], amount).await;
            self.goes_on(3).await;
        }
    }

    /// Wait until so many more orders were placed.
    async fn goes_on(&self, more: u64) {
        let goal = self.placed.load(Ordering::Relaxed) + more;
        while self.placed.load(Ordering::Relaxed) < goal && !self.stop.load(Ordering::Relaxed) {
            tokio::task::yield_now().await;
        }
    }
}

/// Orders whose price was not that of their product at their moment, and how many there are in all.
async fn wrong_orders(memory: &Memory) -> (Vec<String>, usize) {
    let (mut prices, mut wrong, mut count) = (HashMap::new(), Vec::new(), 0);
    let events = memory.after(Position(0), &EventFilter::default(), u32::MAX).await.unwrap();
    for event in events {
        if let Ok(ProductEvent::ProductCreated(product) | ProductEvent::ProductUpdated(product)) =
            event.read()
        {
            prices.insert(product.product_id.clone(), product.variants[0].price.amount);
        } else if let Ok(OrderEvent::OrderPlaced { items, .. }) = event.read() {
            count += 1;
            let item = &items[0];
            if prices[&item.product_id] != item.unit_price {
                wrong.push(format!(
                    "{} at {:?}, not {:?}",
                    event.stream, item.unit_price, prices[&item.product_id]
                ));
            }
        }
    }
    (wrong, count)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_becomes_of_redis_no_request_fails_and_no_order_is_wrong() {
    let (memory, redis) = (memory(), Redis::start().unwrap());
    let nodes = [Node::start(&memory, &redis, USUAL).await, Node::start(&memory, &redis, USUAL).await];
    for id in PRODUCTS {
        nodes[0].price(id, 999).await;
    }
    let shop = Shop { nodes, stop: false.into(), placed: 0.into(), shown: 0.into() };
    let trouble = async {
        for _ in 0..3 {
            for _ in 0..20 {
                redis.ask(&["FLUSHALL"]).unwrap();
                shop.goes_on(2).await;
            }
            redis.freeze().unwrap();
            shop.goes_on(50).await;
            redis.thaw().unwrap();
            shop.goes_on(50).await;
            redis.kill().unwrap();
            shop.goes_on(50).await;
            redis.start_again().unwrap();
            shop.goes_on(50).await;
        }
        shop.stop.store(true, Ordering::Relaxed);
    };
    tokio::join!(trouble, shop.change(), join_all((0..8).map(|buyer| shop.buy(buyer))));
    let (wrong, count) = wrong_orders(&memory).await;
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count >= 600, "{count} orders");
    // In the end all nodes show the same, also one that has just started, which Redis tells or is told by.
    let fresh = Node::start(&memory, &redis, USUAL).await;
    for id in PRODUCTS {
        let last = memory.stream(&(&product_id(id)).into(), None).await.unwrap().pop().unwrap();
        let ProductEvent::ProductUpdated(product) = last.read().unwrap() else { panic!("{}", last.name) };
        for node in shop.nodes.iter().chain([&fresh]) {
            while node.shown(id).await != product.variants[0].price.amount {}
        }
        kept(&redis, &key(&memory, id).await, &format!(r#"{{"version":{}"#, last.version)).await;
    }
}

#[tokio::test]
async fn redis_is_asked_again_once_it_answers() {
    let (memory, redis) = (memory(), Redis::start().unwrap());
    let node = Node::start(&memory, &redis, USUAL).await;
    redis.kill().unwrap();
    // More than it takes to leave Redis alone.
    for n in 0..cache::FAILURES_MAX * 4 {
        node.price(&format!("P{n}"), 1000).await;
        assert_eq!(node.shown(&format!("P{n}")).await, 1000);
    }
    redis.start_again().unwrap();
    let last = key(&memory, "AGAIN").await;
    node.price("AGAIN", 1000).await;
    kept(&redis, &last, r#"{"version":1"#).await;
    for n in 0.. {
        let (id, name) = (format!("L{n}"), format!("L{n}"));
        node.price(&id, 1000).await;
        assert_eq!(node.shown(&id).await, 1000);
        if redis.ask(&["GET", &key(&memory, &name).await]).unwrap().contains("sum") {
            break;
        }
    }
}

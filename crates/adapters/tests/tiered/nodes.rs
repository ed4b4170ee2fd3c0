//! Several nodes, one Redis: what changes through one is soon shown by all, and nothing old comes back.

use sutler_app::Caller;
use sutler_app::ports::ProductReads;
use sutler_app::ports::reads::{ProductName, ProductQuery};
use sutler_testkit::servers::redis::Redis;

use crate::shop::{Node, PATIENCE, USUAL, caller, kept, key, memory, named, product_id, shared};

#[tokio::test]
async fn a_change_is_shown_at_once_where_it_was_made_and_soon_elsewhere() {
    let (memory, redis) = (memory(), shared());
    let [here, there] = [(); 2].map(|()| Node::start(&memory, redis, PATIENCE));
    let (here, there) = (here.await, there.await);
    here.price("MUG", 1000).await;
    assert_eq!(there.shown("MUG").await, 1000);
    here.price("MUG", 1200).await;
    assert_eq!(here.shown("MUG").await, 1200);
    while there.shown("MUG").await != 1200 {}
    // And Redis, with a node that knows nothing.
    kept(redis, &key(&memory, "MUG").await, r#"{"version":2"#).await;
    assert_eq!(Node::deaf(&memory, redis, PATIENCE).await.shown("MUG").await, 1200);
    here.app.catalog.delete(&caller(), &named("MUG")).await.unwrap();
    assert_eq!(here.show(&named("MUG")).await.unwrap_err().code, "not_found");
    while there.show(&named("MUG")).await.is_ok() {}
    here.price("MUG", 900).await;
    assert_eq!(here.shown("MUG").await, 900);
    while there.show(&named("MUG")).await.is_err() {}
    assert_eq!(there.shown("MUG").await, 900);
}

#[tokio::test]
async fn a_late_writer_puts_no_older_product_back() {
    let (memory, redis) = (memory(), shared());
    let (here, late) =
        (Node::start(&memory, redis, PATIENCE).await, Node::deaf(&memory, redis, PATIENCE).await);
    here.price("MUG", 1000).await;
    here.price("POT", 5000).await;
    let mug = key(&memory, "MUG").await;
    // It reads the first version, and is slow; Redis hears of the second meanwhile.
    late.store.shut();
    let slow = async {
        assert_eq!(late.shown("MUG").await, 1000, "who asked before the change may be told what was before");
    };
    let change = async {
        while late.store.reads() == 0 {
            tokio::task::yield_now().await;
        }
        here.price("MUG", 1200).await;
        kept(redis, &mug, r#"{"version":2"#).await;
        late.store.open();
    };
    tokio::join!(slow, change);
    // It speaks to Redis in order: once it has brought something else, what it brought before has arrived.
    assert_eq!(late.shown("POT").await, 5000);
    kept(redis, &key(&memory, "POT").await, r#"{"version":1,"sum""#).await;
    assert_eq!(redis.ask(&["GET", &mug]).unwrap(), r#"{"version":2}"#);
    assert_eq!(Node::deaf(&memory, redis, PATIENCE).await.shown("MUG").await, 1200);
}

#[tokio::test]
async fn an_early_writer_is_followed_by_the_word_of_the_change() {
    let (memory, redis) = (memory(), shared());
    let deaf = Node::deaf(&memory, redis, PATIENCE).await;
    deaf.price("MUG", 1000).await;
    assert_eq!(deaf.shown("MUG").await, 1000);
    let mug = key(&memory, "MUG").await;
    kept(redis, &mug, r#"{"version":1,"sum""#).await;
    // This node ends between the change and its word to Redis; the next one finds out what was left to say.
    deaf.price("MUG", 1200).await;
    drop(deaf);
    let next = Node::start(&memory, redis, PATIENCE).await;
    assert_eq!(next.shown("MUG").await, 1200);
    kept(redis, &mug, r#"{"version":2,"sum""#).await;
}

#[tokio::test]
async fn what_redis_was_not_told_while_it_was_away_it_is_told_when_it_is_back() {
    let (memory, redis) = (memory(), Redis::start().unwrap());
    let node = Node::start(&memory, &redis, USUAL).await;
    node.price("MUG", 1000).await;
    assert_eq!(node.shown("MUG").await, 1000);
    let mug = key(&memory, "MUG").await;
    kept(&redis, &mug, r#"{"version":1,"sum""#).await;
    redis.ask(&["SAVE"]).unwrap();
    redis.kill().unwrap();
    node.price("MUG", 1200).await;
    assert_eq!(node.shown("MUG").await, 1200);
    redis.start_again().unwrap();
    assert!(redis.ask(&["GET", &mug]).unwrap().starts_with(r#"{"version":1,"sum""#), "it remembers what was");
    kept(&redis, &mug, r#"{"version":2"#).await;
    assert_eq!(Node::deaf(&memory, &redis, PATIENCE).await.shown("MUG").await, 1200);
}

#[tokio::test]
async fn what_was_seen_in_a_list_is_not_shown_older_afterwards() {
    let (memory, redis) = (memory(), shared());
    let [here, there] = [(); 2].map(|()| Node::deaf(&memory, redis, PATIENCE));
    let (here, there) = (here.await, there.await);
    here.price("MUG", 1000).await;
    assert_eq!(there.shown("MUG").await, 1000);
    here.price("MUG", 1200).await;
    // Nobody told the other node, and Redis has the first version.
    assert_eq!(there.shown("MUG").await, 1000);
    there.catalog.list(&ProductQuery::default()).await.unwrap();
    assert_eq!(there.shown("MUG").await, 1200);
}

#[tokio::test]
async fn a_node_that_starts_asks_the_store_for_nothing_that_redis_has() {
    let (memory, redis) = (memory(), shared());
    let warm = Node::start(&memory, redis, PATIENCE).await;
    let ids = ["P1", "P2", "P3"];
    let names = |id: &str| {
        let handle = ProductName::Handle(format!("handle-{}", id.to_lowercase()));
        [named(id), handle, ProductName::Sku(format!("SKU-{id}"))]
    };
    for id in ids {
        warm.price(id, 1000).await;
        for name in names(id) {
            warm.show(&name).await.unwrap();
        }
        let product = key(&memory, id).await;
        kept(redis, &product, r#"{"version":1,"sum""#).await;
        kept(redis, &product.replace("product:", "product-name:sku:SKU-"), id).await;
    }
    let fresh = Node::start(&memory, redis, PATIENCE).await;
    for id in ids {
        for name in names(id) {
            assert_eq!(fresh.show(&name).await.unwrap().product.product_id, product_id(id));
        }
    }
    assert_eq!(fresh.store.reads(), 0);
    let all: Vec<String> = ids.map(str::to_owned).into();
    let another = Node::start(&memory, redis, PATIENCE).await;
    let (found, missing) = another.app.catalog.many(&Caller::system("test"), &all).await.unwrap();
    assert_eq!((found.len(), missing.len(), another.store.reads()), (3, 0, 0));
}

#[tokio::test]
async fn a_name_that_moves_to_another_product_leads_there() {
    let (memory, redis) = (memory(), shared());
    let node = Node::start(&memory, redis, PATIENCE).await;
    node.price("OLD", 1000).await;
    let sku = ProductName::Sku("SKU-OLD".to_owned());
    assert_eq!(node.show(&sku).await.unwrap().product.product_id, product_id("OLD"));
    kept(redis, &key(&memory, "OLD").await, r#"{"version":1,"sum""#).await;
    node.app.catalog.delete(&caller(), &named("OLD")).await.unwrap();
    node.price("NEW", 1100).await;
    let input = sutler_app::catalog::VariantInput { sku: "SKU-OLD".to_owned(), ..Default::default() };
    let input = sutler_app::catalog::ProductInput {
        title: "NEW".to_owned(),
        variant: Some(sutler_app::catalog::VariantInput {
            price: Some(sutler_app::orders::Amount { amount: 1100, currency: None }),
            ..input
        }),
        ..Default::default()
    };
    node.app.catalog.put(&caller(), &product_id("NEW"), &input).await.unwrap();
    assert_eq!(node.show(&sku).await.unwrap().product.product_id, product_id("NEW"));
    let fresh = Node::start(&memory, redis, PATIENCE).await;
    assert_eq!(fresh.show(&sku).await.unwrap().product.product_id, product_id("NEW"));
}

//! Redis says what it likes: what none of this shop's nodes wrote is nothing, and orders are never decided on it.

use sutler_app::ports::reads::ProductName;
use sutler_testkit::servers::redis::Redis;

use crate::shop::{Node, PATIENCE, kept, key, memory, memory_of, named, shared};

/// What Redis has of a product and of its names once a node has shown it.
async fn shown(node: &Node, redis: &Redis, key: &str, id: &str) -> String {
    node.shown(id).await;
    node.show(&ProductName::Sku(format!("SKU-{id}"))).await.unwrap();
    kept(redis, &key.replace("product:", "product-name:sku:SKU-"), id).await;
    kept(redis, key, r#"{"version":1,"sum""#).await
}

#[tokio::test]
async fn what_nobody_wrote_is_nothing_and_goes() {
    let (memory, redis) = (memory(), shared());
    let writer = Node::start(&memory, redis, PATIENCE).await;
    writer.price("MUG", 1000).await;
    writer.price("POT", 5000).await;
    let (mug, pot) = (key(&memory, "MUG").await, key(&memory, "POT").await);
    let (right, foreign) =
        (shown(&writer, redis, &mug, "MUG").await, shown(&writer, redis, &pot, "POT").await);
    let lies: Vec<Vec<u8>> = vec![
        b"garbage".to_vec(),
        vec![0xff, 0x00, 0x80],
        right.as_bytes()[..right.len() / 2].to_vec(),
        right.replace(r#""amount":1000"#, r#""amount":1"#).into_bytes(),
        right.replacen(r#""version":1"#, r#""version":99"#, 1).into_bytes(),
        br#"{"version":99,"sum":"","body":{}}"#.to_vec(),
        foreign.into_bytes(),
        Vec::new(),
    ];
    for lie in lies {
        redis.plant(&mug, &lie).unwrap();
        let node = Node::deaf(&memory, redis, PATIENCE).await;
        let told = String::from_utf8_lossy(&lie).into_owned();
        assert_eq!(node.shown("MUG").await, 1000, "{told}");
        assert_eq!(node.store.reads(), 1, "{told}");
        assert_eq!(kept(redis, &mug, r#"{"version":1,"sum""#).await, right, "{told}");
        assert_eq!(node.order("MUG").await.unwrap(), 1000, "{told}");
    }
    // A key that holds no text at all.
    redis.ask(&["DEL", &mug]).unwrap();
    redis.ask(&["RPUSH", &mug, "a", "b"]).unwrap();
    assert_eq!(Node::deaf(&memory, redis, PATIENCE).await.shown("MUG").await, 1000);
    assert_eq!(kept(redis, &mug, r#"{"version":1,"sum""#).await, right);
}

#[tokio::test]
async fn a_name_that_leads_astray_leads_nowhere() {
    let (memory, redis) = (memory(), shared());
    let writer = Node::start(&memory, redis, PATIENCE).await;
    writer.price("MUG", 1000).await;
    writer.price("POT", 5000).await;
    let mug = key(&memory, "MUG").await;
    shown(&writer, redis, &mug, "MUG").await;
    shown(&writer, redis, &key(&memory, "POT").await, "POT").await;
    let lead = mug.replace("product:", "product-name:sku:SKU-");
    for lie in ["POT", "GONE", "no id at all", r#"{"version":99}"#, ""] {
        redis.plant(&lead, lie.as_bytes()).unwrap();
        let node = Node::deaf(&memory, redis, PATIENCE).await;
        let found = node.show(&ProductName::Sku("SKU-MUG".to_owned())).await.unwrap();
        assert_eq!(found.product.product_id.as_str(), "MUG", "{lie}");
        kept(redis, &lead, "MUG").await;
    }
}

#[tokio::test]
async fn no_order_is_decided_on_what_redis_says() {
    let memory = memory();
    let (redis, epoch) =
        (Redis::start().unwrap(), key(&memory, "").await.split(':').nth(1).unwrap().to_owned());
    let node = Node::start(&memory, &redis, PATIENCE).await;
    node.price("MUG", 1000).await;
    // Another shop takes itself for this one, and keeps under our keys, as a node of ours would, what nobody of us sells
    // at that price.
    let liar = Node::start(&memory_of(epoch), &redis, PATIENCE).await;
    for lie in [1, 7] {
        liar.price("MUG", lie).await;
        liar.shown("MUG").await;
    }
    kept(&redis, &key(&memory, "MUG").await, r#"{"version":2,"sum""#).await;
    let fresh = Node::deaf(&memory, &redis, PATIENCE).await;
    assert_eq!(fresh.shown("MUG").await, 7, "an answer may be wrong, as long as Redis says so");
    assert_eq!(fresh.order("MUG").await.unwrap(), 1000, "an order may not");
    assert_eq!(node.order("MUG").await.unwrap(), 1000);
}

#[tokio::test]
async fn what_is_old_is_not_shown_where_the_new_was_seen() {
    let (memory, redis) = (memory(), shared());
    let node = Node::deaf(&memory, redis, PATIENCE).await;
    node.price("MUG", 1000).await;
    let mug = key(&memory, "MUG").await;
    let first = shown(&node, redis, &mug, "MUG").await;
    node.price("MUG", 1200).await;
    // Redis was not told of the change, or has forgotten it, and says again and again what was before.
    for _ in 0..3 {
        redis.plant(&mug, first.as_bytes()).unwrap();
        assert_eq!(node.show(&named("MUG")).await.unwrap().product.variants[0].price.amount, 1200);
        assert_eq!(node.order("MUG").await.unwrap(), 1200);
        node.price("POT", 1).await;
    }
}

//! Several nodes on one database: one publishes, and another when that one is gone.

use std::time::Duration;

use sutler_app::relay::PATIENCE;

use crate::world::{MINUTE, World};

/// Within this somebody else publishes when a node is gone.
const TAKEOVER: Duration = Duration::from_secs(5);

#[tokio::test]
async fn when_a_node_dies_another_takes_over_within_five_seconds() {
    let world = World::new();
    let one = world.node();
    world.happens(1).await;
    world.reaches(&[1]).await;
    let other = world.node();
    for n in 2..=120 {
        world.happens(n).await;
        world.pass(Duration::from_secs(1)).await;
    }
    world.reaches(&(1..=120).collect::<Vec<_>>()).await;
    assert!(one.line.handed() > 0 && other.line.handed() == 0, "one publishes, and goes on to do so");
    // Whoever publishes dies, while much happens, and while nothing does.
    let (mut first, mut second) = (one, other);
    for idle in [Duration::ZERO, Duration::from_mins(10)] {
        world.pass(idle).await;
        let handed = second.line.handed();
        drop(first);
        let known = u64::try_from(world.positions().len()).unwrap();
        world.happens(known + 1).await;
        let all: Vec<u64> = (1..=known + 1).collect();
        world.until(TAKEOVER, "the other publishes", || world.positions() == all).await;
        assert!(second.line.handed() > handed);
        (first, second) = (second, world.node());
    }
}

#[tokio::test]
async fn of_several_nodes_one_publishes() {
    let world = World::new();
    let nodes = [world.node(), world.node(), world.node()];
    world.happens(1).await;
    world.reaches(&[1]).await;
    for n in 2..=200 {
        world.happens(n).await;
        world.pass(Duration::from_millis(n % 5 * 500)).await;
    }
    world.until(MINUTE, "200 are on the bus", || world.positions().len() == 200).await;
    let handed: Vec<u64> = nodes.iter().map(|node| node.line.handed()).collect();
    assert_eq!(handed.iter().filter(|handed| **handed > 0).count(), 1, "{handed:?}");
}

#[tokio::test]
async fn a_relay_that_was_stopped_and_wakes_late_publishes_nothing_and_moves_nothing() {
    let world = World::new();
    let one = world.node();
    world.happens(1).await;
    world.reaches(&[1]).await;
    world.pass(Duration::from_secs(2)).await;
    one.set_stopped(true);
    let other = world.node();
    world.happens(2).await;
    world.reaches(&[1, 2]).await;
    assert!(other.line.handed() > 0);
    world.pass(Duration::from_secs(2)).await;
    let (mark, handed) = (world.bookmark().await, one.line.handed());
    // It wakes, and there is something to publish at once.
    world.happens(3).await;
    other.set_stopped(true);
    one.set_stopped(false);
    world.pass(Duration::from_secs(2)).await;
    assert_eq!((one.line.handed(), world.bookmark().await), (handed, mark), "it was replaced");
    other.set_stopped(false);
    world.reaches(&[1, 2, 3]).await;
    assert_eq!(one.rewinds(), []);
}

#[tokio::test]
async fn a_quiet_shop_writes_a_sign_of_life_now_and_then_and_nothing_else() {
    let world = World::new();
    let _nodes = [world.node(), world.node()];
    world.happens(1).await;
    world.reaches(&[1]).await;
    world.pass(Duration::from_secs(10)).await;
    let before = world.bookmark().await;
    world.pass(Duration::from_mins(10)).await;
    let after = world.bookmark().await;
    assert_eq!(before.at, after.at);
    let writes = after.version.0 - before.version.0;
    assert!((25..=31).contains(&writes), "one every 20 s: {writes}");
}

#[test]
fn patience_leaves_time_for_the_rest_of_a_takeover() {
    assert!(PATIENCE + Duration::from_secs(1) < TAKEOVER);
}

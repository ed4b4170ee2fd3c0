//! What the bus, or the log, lost: events are published anew, from where it is known that they are there.

use std::time::Duration;

use jiff::SignedDuration;
use sutler_app::ports::publisher::{BusError, LogName};
use sutler_testkit::bus::Message;

use crate::world::{MINUTE, World};

#[tokio::test]
async fn a_bus_that_was_wiped_is_filled_again_though_nothing_new_happens() {
    let world = World::new();
    let node = world.node();
    for n in 1..=5 {
        world.happens(n).await;
    }
    world.reaches(&[1, 2, 3, 4, 5]).await;
    world.pass(Duration::from_secs(2)).await;
    world.bus.wipe();
    world.reaches(&[1, 2, 3, 4, 5]).await;
    assert_eq!(node.rewinds(), [("wiped", 1)]);
}

#[tokio::test]
async fn a_bus_that_lost_its_end_gets_it_again() {
    let world = World::new();
    let node = world.node();
    for n in 1..=5 {
        world.happens(n).await;
    }
    world.reaches(&[1, 2, 3, 4, 5]).await;
    world.pass(Duration::from_secs(2)).await;
    world.bus.shorten(2);
    world.reaches(&[1, 2, 3, 4, 5]).await;
    assert_eq!(node.rewinds(), [("shortened", 1)]);
    // Also at the very moment when more is published.
    world.bus.shorten(1);
    world.happens(6).await;
    world.reaches(&[1, 2, 3, 4, 5, 6]).await;
}

#[tokio::test]
async fn a_bus_that_was_wiped_while_no_node_ran_is_filled_by_the_next_one() {
    let world = World::new();
    let node = world.node();
    world.happens(1).await;
    world.happens_inside(2).await;
    world.reaches(&[1]).await;
    world.pass(Duration::from_secs(2)).await;
    drop(node);
    world.bus.wipe();
    let node = world.node();
    world.reaches(&[1]).await;
    assert_eq!(node.rewinds(), [("wiped", 1)]);
    drop(node);
    // What is behind the newest event was nobody's business: nothing is missing.
    let node = world.node();
    world.pass(MINUTE).await;
    assert_eq!(world.positions(), [1]);
    assert_eq!(node.rewinds(), []);
}

#[tokio::test]
async fn events_that_an_operator_removed_come_again_once_the_bus_takes_them() {
    let world = World::new();
    let node = world.node();
    world.happens(1).await;
    world.happens(2).await;
    world.reaches(&[1, 2]).await;
    world.pass(Duration::from_secs(2)).await;
    world.bus.empty();
    world.pass(MINUTE).await;
    assert_eq!(world.positions(), [0; 0]);
    world.bus.forget();
    world.reaches(&[1, 2]).await;
    assert!(node.rewinds().iter().all(|(reason, _)| *reason == "wiped"), "{:?}", node.rewinds());
}

#[tokio::test]
async fn a_restored_log_is_published_from_its_beginning() {
    let world = World::new();
    // What the bus has is from before: the same log, another epoch, and positions that the log has given away anew.
    for n in 1..=9 {
        let message = World::message(n, n);
        world.bus.put(Message { log: LogName { epoch: "before".to_owned(), ..message.log }, ..message });
    }
    for n in 1..=3 {
        world.happens(n).await;
    }
    let node = world.node();
    world.reaches(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3]).await;
    world.pass(MINUTE).await;
    assert_eq!(node.rewinds(), [("restored", 1)]);
    assert_eq!(world.bus.messages().last().unwrap().log.epoch, "epoch");
    assert_eq!(world.positions().len(), 12);
}

#[tokio::test]
async fn a_log_that_lost_its_end_is_published_again_and_no_new_event_is_skipped() {
    let world = World::new();
    // An event of this very log that it does not have: the database fell back.
    world.bus.put(World::message(77, 3));
    world.happens(1).await;
    world.happens(2).await;
    let node = world.node();
    world.reaches(&[3, 1, 2]).await;
    world.happens(3).await;
    world.reaches(&[3, 1, 2, 3]).await;
    assert_eq!(node.rewinds(), [("ahead", 1)]);
    drop(node);
    // The place is taken by now, by another event.
    world.bus.put(World::message(78, 3));
    let node = world.node();
    world.until(MINUTE, "it is seen", || node.rewinds() == [("ahead", 1)]).await;
}

#[tokio::test]
async fn a_bus_with_the_events_of_another_shop_is_left_alone() {
    let world = World::new();
    let message = World::message(1, 1);
    let log = LogName { first_epoch: "another".to_owned(), epoch: "another".to_owned() };
    world.bus.put(Message { log, ..message });
    world.happens(1).await;
    let node = world.node();
    let refused = node.app.bus.check().await;
    let Err(BusError::Refused(reason)) = &refused else { unreachable!("{refused:?}") };
    assert!(reason.contains("events of another log (another, and this one is epoch)"), "{reason}");
    assert!(reason.contains("events.stream"), "{reason}");
    world.pass(MINUTE).await;
    assert_eq!((world.positions().len(), node.line.handed()), (1, 0));
    assert_eq!(node.pending().await, 1, "it waits where everybody sees it");
    world.bus.wipe();
    world.reaches(&[1]).await;
}

#[tokio::test]
async fn only_events_that_may_still_be_asked_for_are_published_anew() {
    let world = World::new();
    let node = world.node();
    for n in 1..=20 {
        world.happens(n).await;
    }
    world.until(MINUTE, "20 are on the bus", || world.positions().len() == 20).await;
    world.clock.advance(SignedDuration::from_hours(91 * 24));
    world.happens(21).await;
    world.happens(22).await;
    world.until(MINUTE, "22 are on the bus", || world.positions().len() == 22).await;
    world.pass(Duration::from_secs(2)).await;
    world.bus.wipe();
    world.reaches(&[21, 22]).await;
    assert_eq!(node.rewinds(), [("wiped", 1)]);
    // When all are too old, an empty bus has lost nothing.
    world.clock.advance(SignedDuration::from_hours(91 * 24));
    world.bus.wipe();
    world.pass(MINUTE).await;
    assert_eq!(world.positions(), [0; 0]);
    assert_eq!(node.rewinds(), [("wiped", 1)]);
}

//! The relay on a bus that goes away, forgets and loses answers, with nodes that die and wake up.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops where it stands")]

mod lost;
mod nodes;
mod world;

use std::time::Duration;

use serde_json::Value;
use sutler_app::Caller;
use sutler_app::ports::Clock;
use sutler_app::public::{EventQuery, PublicEvent};
use sutler_app::relay::Backlog;
use sutler_testkit::bus::Mishap;

use world::{MINUTE, World};

#[tokio::test]
async fn the_bus_has_what_get_events_shows() {
    let world = World::new();
    let node = world.node();
    for n in 1..=600 {
        world.happens(n).await;
        if n % 7 == 0 {
            world.happens_inside(n).await;
        }
    }
    world.until(MINUTE, "600 are on the bus", || world.bus.messages().len() == 600).await;
    world.pass(Duration::from_secs(2)).await;
    assert_eq!(node.app.bus.backlog().await.unwrap(), Backlog { events: 0, oldest_at: None });
    assert_eq!(node.app.bus.signs().published(), 600);

    let mut shown: Vec<PublicEvent> = Vec::new();
    let mut query = EventQuery { limit: 200, ..EventQuery::default() };
    loop {
        let page = node.app.events.list(&Caller::system("test"), &query).await.unwrap();
        shown.extend(page.events);
        query.after = Some(page.next);
        if !page.has_more {
            break;
        }
    }
    let on_bus = world.bus.messages();
    assert_eq!(on_bus.len(), shown.len());
    for (message, event) in on_bus.iter().zip(&shown) {
        assert_eq!((&message.event_id, &message.kind), (&event.id, &event.kind));
        assert_eq!(message.position.to_string(), event.position);
        assert_eq!(
            serde_json::from_slice::<Value>(&message.body).unwrap(),
            serde_json::to_value(event).unwrap()
        );
        assert_eq!(message.body, serde_json::to_vec(event).unwrap());
        assert_eq!(message.log.epoch, "epoch");
    }
}

#[tokio::test]
async fn what_waits_for_a_bus_that_is_away_is_seen_and_goes_out_when_it_is_back() {
    let world = World::new();
    let node = world.node();
    world.happens(1).await;
    world.reaches(&[1]).await;
    world.pass(Duration::from_secs(2)).await;
    world.bus.set_away(true);
    world.pass(MINUTE).await;
    let began = world.clock.now();
    for n in 2..=5 {
        world.happens(n).await;
        world.pass(Duration::from_secs(10)).await;
    }
    let mark = world.bookmark().await;
    let backlog = node.app.bus.backlog().await.unwrap();
    assert_eq!(backlog, Backlog { events: 4, oldest_at: Some(began) });
    world.pass(MINUTE).await;
    assert_eq!(world.bookmark().await, mark, "while it is away, nothing is written");
    world.bus.set_away(false);
    world.reaches(&[1, 2, 3, 4, 5]).await;
    world.pass(Duration::from_secs(2)).await;
    assert_eq!(node.pending().await, 0);
    assert_eq!(node.rewinds(), []);
}

#[tokio::test]
async fn whatever_is_lost_on_the_way_every_event_is_there_once_and_in_order() {
    let world = World::new();
    let _node = world.node();
    for n in 1..=40 {
        world.happens(n).await;
    }
    for mishap in [
        Mishap::AcksLost(0),
        Mishap::AcksLost(7),
        Mishap::CutAfter(0),
        Mishap::CutAfter(9),
        Mishap::AcksLost(40),
    ] {
        world.bus.next(mishap);
    }
    world.reaches(&(1..=40).collect::<Vec<_>>()).await;
    world.bus.next(Mishap::CutAfter(1));
    world.happens(41).await;
    world.happens(42).await;
    world.reaches(&(1..=42).collect::<Vec<_>>()).await;
}

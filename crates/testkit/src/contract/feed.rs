//! What the log means to its readers.

use sutler_app::commit::Refused;
use sutler_app::event::NewEvent;
use sutler_app::ports::{Bookmark, EventFilter, FeedCursor};
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::{EventId, Position, Version};

use super::{Case, Rig, Stores};
use crate::builders as some;

/// Every case of the feed.
pub const CASES: &[Case] = &[
    ("events come in order after a position", |rig| Box::pin(events_come_in_order(rig))),
    ("a filter leaves out the others", |rig| Box::pin(a_filter_leaves_out_the_others(rig))),
    ("a stream ends at a version", |rig| Box::pin(a_stream_ends_at_a_version(rig))),
    ("an event is found by id", |rig| Box::pin(an_event_is_found_by_id(rig))),
    ("named readers remember where they are", |rig| Box::pin(named_readers_remember(rig))),
    ("a bookmark is moved by who saw it last", |rig| Box::pin(a_bookmark_is_moved_by_who_saw_it_last(rig))),
    ("of many who saw one bookmark, one moves it", |rig| Box::pin(one_of_many_moves_a_bookmark(rig))),
    ("the head wakes its readers", |rig| Box::pin(the_head_wakes_its_readers(rig))),
    ("an epoch lasts", |rig| Box::pin(an_epoch_lasts(rig))),
];

const NONE: [u64; 0] = [];

async fn after(at: &Stores, position: u64, limit: u32) -> Vec<u64> {
    let events = at.feed.after(Position(position), &EventFilter::default(), limit).await.unwrap();
    events.iter().map(|event| event.position.0).collect()
}

async fn events_come_in_order(rig: &Rig) {
    for n in [1, 2, 1, 3, 1] {
        rig.stores().commit(some::touch(n)).await.unwrap();
    }
    let at = rig.again().await;
    assert_eq!(after(&at, 0, 100).await, [1, 2, 3, 4, 5]);
    assert_eq!(after(&at, 0, 2).await, [1, 2]);
    assert_eq!(after(&at, 3, 100).await, [4, 5]);
    assert_eq!(after(&at, 5, 100).await, NONE);
    assert_eq!(after(&at, 99, 100).await, NONE, "a position ahead of the head has nothing after it");
    assert_eq!(*at.feed.head().borrow(), Position(5));
}

async fn a_filter_leaves_out_the_others(rig: &Rig) {
    let at = rig.stores();
    let order = StreamId::from(&some::order(1).order_id);
    // A reservation and an order may share an id; stock is named by variant and location.
    let other = StreamId::new(StreamKind::Reservation, order.id());
    let stock = StreamId::stock(&some::variant_id("v1"), &some::location_id("main"));
    for (stream, name) in [(&order, "A"), (&other, "B"), (&stock, "A"), (&order, "C"), (&order, "A")] {
        let event = NewEvent { name, at: some::start(), body: "{}".to_owned() };
        at.commit(some::nothing().change(sutler_app::commit::Change::notice(stream.clone(), event)))
            .await
            .unwrap();
    }
    let at = rig.again().await;
    let positions = async |names: Option<Vec<&'static str>>, subject: Option<&str>, from: u64, limit: u32| {
        let filter = EventFilter { names, subject: subject.map(str::to_owned) };
        let events = at.feed.after(Position(from), &filter, limit).await.unwrap();
        events.iter().map(|event| event.position.0).collect::<Vec<_>>()
    };
    assert_eq!(positions(Some(vec!["A"]), None, 0, 9).await, [1, 3, 5]);
    assert_eq!(positions(Some(vec!["A", "B"]), None, 1, 9).await, [2, 3, 5]);
    assert_eq!(positions(Some(vec!["A"]), None, 0, 2).await, [1, 3]);
    assert_eq!(positions(Some(vec![]), None, 0, 9).await, NONE);
    assert_eq!(positions(None, Some(order.id()), 0, 9).await, [1, 2, 4, 5]);
    assert_eq!(positions(None, Some("v1/main"), 0, 9).await, [3]);
    assert_eq!(positions(Some(vec!["A"]), Some(order.id()), 1, 9).await, [5]);
    assert_eq!(positions(None, Some("nobody"), 0, 9).await, NONE);
}

async fn a_stream_ends_at_a_version(rig: &Rig) {
    for n in [1, 2, 1, 1] {
        rig.stores().commit(some::touch(n)).await.unwrap();
    }
    let at = rig.again().await;
    let stream = StreamId::from(&some::order(1).order_id);
    let versions = async |upto: Option<u64>| {
        let events = at.feed.stream(&stream, upto.map(Version)).await.unwrap();
        assert!(events.iter().all(|event| event.stream == stream));
        events.iter().map(|event| event.version.0).collect::<Vec<_>>()
    };
    assert_eq!(versions(None).await, [1, 2, 3]);
    assert_eq!(versions(Some(2)).await, [1, 2]);
    assert_eq!(versions(Some(0)).await, NONE);
    let absent = StreamId::from(&some::order(9).order_id);
    assert!(at.feed.stream(&absent, None).await.unwrap().is_empty());
}

async fn an_event_is_found_by_id(rig: &Rig) {
    for n in [1, 2, 3] {
        rig.stores().commit(some::touch(n)).await.unwrap();
    }
    let at = rig.again().await;
    for event in at.feed.after(Position(0), &EventFilter::default(), 10).await.unwrap() {
        assert_eq!(at.feed.event(&event.event_id).await.unwrap(), Some(event));
    }
    let absent: EventId = some::id(1);
    assert_eq!(at.feed.event(&absent).await.unwrap(), None);
}

async fn named_readers_remember(rig: &Rig) {
    let at = rig.stores();
    assert_eq!(at.feed.cursor("mails").await.unwrap(), Position(0));
    at.feed.move_cursor("mails", Position(7)).await.unwrap();
    let at = rig.again().await;
    at.feed.move_cursor("other", Position(1)).await.unwrap();
    assert_eq!(at.feed.cursor("mails").await.unwrap(), Position(7));
    at.feed.move_cursor("mails", Position(3)).await.unwrap();
    assert_eq!(rig.again().await.feed.cursor("mails").await.unwrap(), Position(3), "it may be rewound");
}

fn place(epoch: &str, position: u64) -> FeedCursor {
    FeedCursor { epoch: epoch.to_owned(), position: Position(position) }
}

async fn a_bookmark_is_moved_by_who_saw_it_last(rig: &Rig) {
    let at = rig.stores();
    assert_eq!(at.feed.bookmark("bus").await.unwrap(), Bookmark::default());
    let moved = async |at: &Stores, seen: u64, to: &FeedCursor| {
        at.feed.move_bookmark("bus", Version(seen), to).await.map(|version| version.0)
    };
    assert_eq!(moved(&at, 3, &place("a", 9)).await, Err(Refused::LeaseLost), "nobody ever moved it");
    assert_eq!(moved(&at, 0, &place("a", 7)).await, Ok(1));
    let at = rig.again().await;
    assert_eq!(moved(&at, 0, &place("a", 9)).await, Err(Refused::LeaseLost), "seen before it was moved");
    // To where it is: that the node is still there, is news too.
    assert_eq!(moved(&at, 1, &place("a", 7)).await, Ok(2));
    assert_eq!(moved(&at, 1, &place("a", 8)).await, Err(Refused::LeaseLost));
    assert_eq!(moved(&at, 2, &place("b", 3)).await, Ok(3), "it may be rewound, and be of another epoch");
    at.feed.move_cursor("bus", Position(5)).await.unwrap();
    let at = rig.again().await;
    let mark = at.feed.bookmark("bus").await.unwrap();
    assert_eq!(mark, Bookmark { version: Version(3), at: place("b", 3) });
    assert_eq!(at.feed.cursor("bus").await.unwrap(), Position(5), "cursors are named apart");
    assert_eq!(at.feed.bookmark("other").await.unwrap(), Bookmark::default());
}

async fn one_of_many_moves_a_bookmark(rig: &Rig) {
    let at = rig.stores();
    let tries = (0..8).map(|n| {
        let feed = at.feed.clone();
        async move { feed.move_bookmark("bus", Version(0), &place("a", n)).await }
    });
    let told = futures::future::join_all(tries).await;
    assert_eq!(told.iter().filter(|told| **told == Ok(Version(1))).count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|told| **told == Err(Refused::LeaseLost)).count(), 7, "{told:?}");
    let moved_to = told.iter().position(Result::is_ok).and_then(|n| u64::try_from(n).ok()).unwrap();
    let mark = rig.again().await.feed.bookmark("bus").await.unwrap();
    assert_eq!(mark, Bookmark { version: Version(1), at: place("a", moved_to) });
}

async fn the_head_wakes_its_readers(rig: &Rig) {
    let at = rig.stores();
    let mut head = at.feed.head();
    assert_eq!(*head.borrow_and_update(), Position(0));
    at.commit(some::touch(1)).await.unwrap();
    head.changed().await.unwrap();
    assert_eq!(*head.borrow_and_update(), Position(1));
    // Work without an event wakes too: workers wait here for jobs.
    at.commit(some::nothing().then([some::job(1, some::start())])).await.unwrap();
    head.changed().await.unwrap();
    assert_eq!(*head.borrow_and_update(), Position(1));
    // What the head says is there to be read.
    at.commit(some::touch(2)).await.unwrap();
    head.changed().await.unwrap();
    let seen = *head.borrow_and_update();
    assert_eq!(after(&at, 0, 10).await.last(), Some(&seen.0));
}

async fn an_epoch_lasts(rig: &Rig) {
    let epoch = rig.stores().feed.epoch().await.unwrap();
    assert!(!epoch.is_empty());
    rig.stores().commit(some::touch(1)).await.unwrap();
    assert_eq!(rig.again().await.feed.epoch().await.unwrap(), epoch);
}

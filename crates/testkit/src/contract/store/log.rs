//! Positions, the hash chain, times and numbers.

use sutler_app::admission::{chained, genesis};
use sutler_app::commit::{Change, Commit, View};
use sutler_app::event::Recorded;
use sutler_app::ports::EventFilter;
use sutler_app::stream::StreamId;
use sutler_domain::{Position, Version};

use crate::builders as some;
use crate::contract::{Rig, Stores};

async fn log(at: &Stores) -> Vec<Recorded> {
    at.feed.after(Position(0), &EventFilter::default(), 1000).await.unwrap()
}

/// Orders 1 to 30 at once, every third of which is refused.
async fn many_at_once(rig: &Rig) {
    let at = rig.stores();
    let commits = (1..=30u64).map(|n| {
        let commit = some::place(&some::order(n));
        let absent = StreamId::from(&some::order(99).order_id);
        at.commit(if n.is_multiple_of(3) { commit.requires([(absent, Version(1))]) } else { commit })
    });
    let all = futures::future::join_all(commits).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 20);
}

pub(super) async fn positions_have_no_gaps(rig: &Rig) {
    many_at_once(rig).await;
    let at = rig.again().await;
    let two = vec![some::event(some::start()); 2];
    let stream = StreamId::from(&some::order(50).order_id);
    let change = Change::stream(stream, Version(0), two, View::Order(some::order(50).into())).numbered();
    let receipt = at.commit(some::nothing().change(change)).await.unwrap();
    assert_eq!(receipt.position, Position(22), "of its last event");
    let positions: Vec<u64> = log(&rig.again().await).await.iter().map(|event| event.position.0).collect();
    assert_eq!(positions, (1..=22).collect::<Vec<_>>());
}

pub(super) async fn the_chain_holds(rig: &Rig) {
    many_at_once(rig).await;
    rig.again().await.commit(some::touch(1)).await.unwrap();
    let at = rig.again().await;
    let mut hash = genesis(&at.feed.first_epoch().await.unwrap());
    let events = log(&at).await;
    assert_eq!(events.len(), 21);
    for event in &events {
        hash = chained(&hash, event);
        assert_eq!(event.hash, hash, "at {}", event.position);
    }
    let forged = Recorded { actor: "somebody else".to_owned(), ..events[0].clone() };
    assert_ne!(chained(&genesis(&at.feed.first_epoch().await.unwrap()), &forged), events[0].hash);
}

pub(super) async fn recorded_times_never_decrease(rig: &Rig) {
    rig.stores().commit(some::touch(1)).await.unwrap();
    for seconds in [10, -60, 20, 60] {
        rig.pass(seconds);
        rig.again().await.commit(some::touch(1)).await.unwrap();
    }
    let events = log(&rig.again().await).await;
    let recorded: Vec<_> = events.iter().map(|event| event.recorded_at).collect();
    assert_eq!(recorded, [0, 10, 10, 10, 30].map(some::second));
    assert!(events.iter().all(|event| event.at == some::start()), "when it happened stays as it was said");
}

pub(super) async fn numbers_have_no_gaps(rig: &Rig) {
    many_at_once(rig).await;
    let at = rig.again().await;
    let receipt = at.commit(some::place(&some::order(40))).await.unwrap();
    assert_eq!(receipt.numbers, [(StreamId::from(&some::order(40).order_id), 1021)]);
    let numbers: Vec<u64> = log(&at).await.iter().filter_map(|event| event.number).collect();
    assert_eq!(numbers, (1001..=1021).collect::<Vec<_>>());
    let notice = at.commit(some::touch(40)).await.unwrap();
    assert_eq!(notice.numbers, [], "only a change that opens an order draws one");
}

pub(super) async fn the_envelope_says_who_and_why(rig: &Rig) {
    let commit = Commit {
        actor: "key:key_1".to_owned(),
        causation: Some("req_1".to_owned()),
        traceparent: Some("00-trace-span-01".to_owned()),
        ..some::place(&some::order(1))
    };
    rig.stores().commit(commit).await.unwrap();
    rig.again().await.commit(some::touch(2)).await.unwrap();
    let at = rig.again().await;
    let events = log(&at).await;
    let first = &events[0];
    assert_eq!((first.actor.as_str(), first.causation.as_deref()), ("key:key_1", Some("req_1")));
    assert_eq!(first.traceparent.as_deref(), Some("00-trace-span-01"));
    assert_eq!(
        (events[1].actor.as_str(), &events[1].causation, &events[1].traceparent),
        ("test", &None, &None)
    );
    assert_eq!((first.at, first.recorded_at), (some::second(1), some::start()));
    assert_eq!((first.name.as_str(), first.body.as_str()), ("OrderConfirmed", r#"{"OrderConfirmed":{}}"#));
    assert_ne!(first.event_id, events[1].event_id);
    assert_eq!(at.feed.event(&first.event_id).await.unwrap().as_ref(), Some(first));
}

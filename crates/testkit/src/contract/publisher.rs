//! What a bus means to the relay.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use sutler_app::ports::Publisher;
use sutler_app::ports::publisher::{Ack, BusError, LogName, Newest, Publication};
use sutler_domain::Position;

use crate::builders as some;
use crate::bus::Message;
use crate::servers::a_moment;

/// A fresh, empty bus.
pub struct BusRig {
    /// A node's way to it.
    pub one: Arc<dyn Publisher>,
    /// Another node's.
    pub other: Arc<dyn Publisher>,
    /// What is behind both.
    pub behind: Box<dyn Behind>,
}

/// A bus, as whoever runs it has it in hand.
#[async_trait]
pub trait Behind: Send + Sync {
    /// What is on it, in order.
    async fn messages(&self) -> Vec<Message>;
    /// Lose everything, as when the disk is new.
    async fn wipe(&self);
    /// Remove all events, as an operator does.
    async fn empty(&self);
    /// Be away.
    async fn go_away(&self);
    /// Be there again, with all it had.
    async fn come_back(&self);
}

/// A named case.
pub type Case = (&'static str, for<'r> fn(&'r BusRig) -> BoxFuture<'r, ()>);

/// Run every case, each on a rig of its own.
pub async fn run(make: impl AsyncFn() -> BusRig) {
    for (name, case) in CASES {
        // Shown by the test runner when the case fails.
        tracing::info!(name, "case");
        let rig = make().await;
        case(&rig).await;
    }
}

/// Every case.
pub const CASES: &[Case] = &[
    ("what is published is there", |rig| Box::pin(what_is_published_is_there(rig))),
    ("many are in order", |rig| Box::pin(many_are_in_order(rig))),
    ("nothing goes behind an end that was not seen", |rig| Box::pin(nothing_goes_behind_an_unseen_end(rig))),
    ("an event that is there is known", |rig| Box::pin(an_event_that_is_there_is_known(rig))),
    ("a bus that lost everything is begun anew", |rig| Box::pin(a_wiped_bus_is_begun_anew(rig))),
    ("an event that was removed is not known", |rig| Box::pin(a_removed_event_is_not_known(rig))),
    ("a bus that is away says so and comes back", |rig| Box::pin(a_bus_goes_away_and_comes_back(rig))),
];

fn log(epoch: &str) -> LogName {
    LogName { first_epoch: "first".to_owned(), epoch: epoch.to_owned() }
}

fn event(n: u64) -> Publication {
    let kind = ["order.placed", "payment.captured", "inventory.low"];
    let kind = kind[usize::try_from(n % 3).unwrap()];
    // Positions skip what nobody is told of.
    Publication {
        event_id: some::id(n),
        kind,
        position: Position(n * 2),
        body: format!("{{\"n\":{n},\"§\":\"ü\"}}").into(),
    }
}

fn events(numbers: impl IntoIterator<Item = u64>) -> Vec<Publication> {
    numbers.into_iter().map(event).collect()
}

fn newest(epoch: &str, n: u64) -> Newest {
    let Publication { event_id, position, .. } = event(n);
    Newest { log: log(epoch), position, event_id: event_id.to_string() }
}

fn message(epoch: &str, n: u64) -> Message {
    let Publication { event_id, kind, position, body } = event(n);
    Message { log: log(epoch), event_id: event_id.to_string(), kind: kind.to_owned(), position, body }
}

/// Publish until all are acknowledged, as the relay does; looks at the bus again whenever that is asked for.
async fn all_of(bus: &dyn Publisher, epoch: &str, events: &[Publication]) -> Vec<Ack> {
    let mut acks = Vec::new();
    while acks.len() < events.len() {
        let published = bus.publish(&log(epoch), &events[acks.len()..]).await;
        assert!(published.stopped.is_none(), "{:?} after {acks:?}", published.stopped);
        assert!(!published.acks.is_empty(), "it must go on or say why not");
        acks.extend(published.acks);
    }
    acks
}

/// The newest event, once the bus is reached again.
async fn newest_then(bus: &dyn Publisher) -> Option<Newest> {
    loop {
        match bus.newest().await {
            Ok(newest) => return newest,
            Err(BusError::Away(_)) => a_moment().await,
            Err(other) => unreachable!("{other:?}"),
        }
    }
}

async fn what_is_published_is_there(rig: &BusRig) {
    assert!(!rig.one.place().is_empty());
    assert_eq!(rig.one.newest().await, Ok(None));
    assert_eq!(all_of(&*rig.one, "a", &events([1, 2, 3])).await, [Ack::Stored; 3]);
    assert_eq!(all_of(&*rig.one, "a", &events([4])).await, [Ack::Stored]);
    assert_eq!(rig.one.newest().await, Ok(Some(newest("a", 4))));
    assert_eq!(rig.other.newest().await, Ok(Some(newest("a", 4))));
    assert_eq!(rig.behind.messages().await, [1, 2, 3, 4].map(|n| message("a", n)));
    assert!(rig.one.publish(&log("a"), &[]).await.acks.is_empty());
}

async fn many_are_in_order(rig: &BusRig) {
    rig.one.newest().await.unwrap();
    for from in [1, 257, 513, 769] {
        all_of(&*rig.one, "a", &events(from..from + 256)).await;
    }
    let expected: Vec<Message> = (1..=1024).map(|n| message("a", n)).collect();
    assert!(rig.behind.messages().await == expected, "all of them, in order");
}

async fn nothing_goes_behind_an_unseen_end(rig: &BusRig) {
    let moved = Some(BusError::Moved);
    let published = rig.one.publish(&log("a"), &events([1])).await;
    assert_eq!((published.acks, published.stopped), (vec![], moved.clone()), "before anybody looked");
    rig.one.newest().await.unwrap();
    rig.other.newest().await.unwrap();
    all_of(&*rig.one, "a", &events([1, 2])).await;
    // The other was stopped meanwhile, and wakes up with what it had in hand. None of it finds the bus as it was, also
    // not those that come when as much is there as they expect.
    let published = rig.other.publish(&log("a"), &events(11..=20)).await;
    assert_eq!((published.acks, published.stopped), (vec![], moved));
    assert_eq!(rig.behind.messages().await, [1, 2].map(|n| message("a", n)));
    assert_eq!(rig.other.newest().await, Ok(Some(newest("a", 2))));
    all_of(&*rig.other, "a", &events([3])).await;
    assert_eq!(rig.behind.messages().await, [1, 2, 3].map(|n| message("a", n)));
}

async fn an_event_that_is_there_is_known(rig: &BusRig) {
    rig.one.newest().await.unwrap();
    all_of(&*rig.one, "a", &events(1..=5)).await;
    // The log was restored: all is published anew, and some of it is new.
    rig.one.newest().await.unwrap();
    let acks = all_of(&*rig.one, "b", &events(1..=8)).await;
    assert_eq!(acks, [[Ack::Known; 5].as_slice(), &[Ack::Stored; 3]].concat());
    assert_eq!(rig.one.newest().await, Ok(Some(newest("b", 8))));
    let there: Vec<Message> =
        (1..=5).map(|n| message("a", n)).chain((6..=8).map(|n| message("b", n))).collect();
    assert_eq!(rig.behind.messages().await, there);
}

async fn a_wiped_bus_is_begun_anew(rig: &BusRig) {
    rig.one.newest().await.unwrap();
    all_of(&*rig.one, "a", &events(1..=5)).await;
    rig.behind.wipe().await;
    let published = rig.one.publish(&log("a"), &events([6])).await;
    assert!(published.acks.is_empty() && published.stopped.is_some(), "{published:?}");
    assert_eq!(newest_then(&*rig.one).await, None);
    all_of(&*rig.one, "a", &events(1..=6)).await;
    assert_eq!(rig.behind.messages().await.len(), 6);
}

async fn a_removed_event_is_not_known(rig: &BusRig) {
    rig.one.newest().await.unwrap();
    all_of(&*rig.one, "a", &events(1..=3)).await;
    rig.behind.empty().await;
    assert_eq!(rig.one.newest().await, Ok(None));
    let published = rig.one.publish(&log("a"), &events(1..=3)).await;
    // It may take them again, or say that it cannot yet; but not that it has them.
    assert_eq!(rig.behind.messages().await.len(), published.acks.len(), "{published:?}");
    assert!(!published.acks.contains(&Ack::Known), "{published:?}");
    assert_eq!(published.acks.len() < 3, published.stopped.is_some(), "{published:?}");
}

async fn a_bus_goes_away_and_comes_back(rig: &BusRig) {
    rig.one.newest().await.unwrap();
    all_of(&*rig.one, "a", &events(1..=3)).await;
    rig.behind.go_away().await;
    let published = rig.one.publish(&log("a"), &events([4])).await;
    assert!(published.acks.is_empty(), "{published:?}");
    assert!(matches!(published.stopped, Some(BusError::Away(_))), "{published:?}");
    let newest_now = rig.one.newest().await;
    assert!(matches!(newest_now, Err(BusError::Away(_))), "{newest_now:?}");
    rig.behind.come_back().await;
    // What was under way may have arrived meanwhile.
    if newest_then(&*rig.one).await == Some(newest("a", 3)) {
        all_of(&*rig.one, "a", &events([4])).await;
    }
    assert_eq!(rig.behind.messages().await, [1, 2, 3, 4].map(|n| message("a", n)));
}

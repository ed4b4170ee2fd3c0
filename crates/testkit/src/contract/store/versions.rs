//! Versions and expectations.

use sutler_app::commit::{Change, Expect, Refused, View};
use sutler_app::ports::EventFilter;
use sutler_app::ports::reads::{JournalQuery, OrderName};
use sutler_app::stream::StreamId;
use sutler_domain::inventory::Location;
use sutler_domain::{Position, Version};

use crate::builders as some;
use crate::contract::Rig;

pub(super) async fn versions_count_events(rig: &Rig) {
    let order = some::order(1);
    let stream = StreamId::from(&order.order_id);
    let receipt = rig.stores().commit(some::place(&order)).await.unwrap();
    assert_eq!(receipt.versions, [(stream.clone(), Version(1))]);
    assert_eq!((receipt.position, receipt.replayed), (Position(1), None));
    let two = vec![some::event(some::start()), some::event(some::start())];
    let change = Change::stream(stream.clone(), Version(1), two, View::Order(order.clone().into()));
    let receipt = rig.again().await.commit(some::nothing().change(change)).await.unwrap();
    assert_eq!((receipt.version_of(&stream), receipt.position), (Some(Version(3)), Position(3)));
    let receipt = rig.again().await.commit(some::touch(1)).await.unwrap();
    assert_eq!(receipt.version_of(&stream), Some(Version(4)));
    let read = rig.stores().orders.order(&OrderName::Id(order.order_id)).await.unwrap().unwrap();
    assert_eq!(read.version, Version(4), "a view that stays has its stream's version all the same");
}

pub(super) async fn a_version_that_moved_is_named(rig: &Rig) {
    let order = some::order(1);
    let stream = StreamId::from(&order.order_id);
    let at = rig.stores();
    let absent = at.commit(some::update(&order, 1)).await.unwrap_err();
    assert_eq!(absent, Refused::Moved { stream: stream.clone(), found: Version(0) });
    at.commit(some::place(&order)).await.unwrap();
    let at = rig.again().await;
    for commit in [some::place(&order), some::update(&order, 2)] {
        let refused = at.commit(commit).await.unwrap_err();
        assert_eq!(refused, Refused::Moved { stream: stream.clone(), found: Version(1) });
    }
}

pub(super) async fn records_count_writes(rig: &Rig) {
    let main = Location { location_id: some::location_id("main"), name: "Main".to_owned(), default: true };
    let stream = StreamId::from(&main.location_id);
    for (expect, version) in [(Expect::New, 1), (Expect::Exactly(Version(1)), 2), (Expect::Any, 3)] {
        let commit = some::record(stream.clone(), expect, View::Location(main.clone()));
        let receipt = rig.again().await.commit(commit).await.unwrap();
        assert_eq!(receipt.version_of(&stream), Some(Version(version)));
        assert_eq!(receipt.position, Position(0), "a record has no place in the log");
    }
    let read = rig.again().await.stock.locations().await.unwrap();
    assert_eq!((read[0].version, &read[0].value), (Version(3), &main));
}

pub(super) async fn a_stream_may_change_twice(rig: &Rig) {
    let mut order = some::order(1);
    let stream = StreamId::from(&order.order_id);
    let first = some::place(&order);
    order.tags = vec!["second".to_owned()];
    let second = some::update(&order, 1).changes;
    let both = second.into_iter().fold(first, sutler_app::Commit::change);
    let receipt = rig.stores().commit(both).await.unwrap();
    assert_eq!(receipt.version_of(&stream), Some(Version(2)));
    let at = rig.again().await;
    let events = at.feed.stream(&stream, None).await.unwrap();
    assert_eq!(events.iter().map(|e| e.version.0).collect::<Vec<_>>(), [1, 2]);
    let read = at.orders.order(&OrderName::Id(order.order_id.clone())).await.unwrap().unwrap();
    assert_eq!((read.version, read.value), (Version(2), order.into()));
}

pub(super) async fn what_was_read_must_not_have_moved(rig: &Rig) {
    let at = rig.stores();
    at.commit(some::save(&some::product("p1", "v1", ""))).await.unwrap();
    let price = StreamId::price(&some::variant_id("v1"));
    let reads = |version| some::place(&some::order(1)).requires([(price.clone(), Version(version))]);
    let moved = Refused::Moved { stream: price.clone(), found: Version(1) };
    assert_eq!(rig.again().await.commit(reads(2)).await.unwrap_err(), moved);
    assert_eq!(rig.stores().commit(reads(0)).await.unwrap_err(), moved);
    rig.stores().commit(reads(1)).await.unwrap();
}

pub(super) async fn all_or_nothing(rig: &Rig) {
    let at = rig.stores();
    let (mug, pot) = (some::key("mug"), some::key("pot"));
    at.commit(some::receive(&mug, 5)).await.unwrap();
    let mut order = some::order(1);
    order.reference = Some("R1".to_owned());
    let guard = sutler_app::commit::Guard::Available;
    let too_much = some::place(&order)
        .moves([some::moved(&mug, 0, 1, guard), some::moved(&pot, 0, 1, guard)])
        .then([some::job(1, some::start())]);
    assert!(matches!(at.commit(too_much).await, Err(Refused::Short(_))));
    let at = rig.again().await;
    assert_eq!(at.orders.order(&OrderName::Id(order.order_id.clone())).await.unwrap(), None);
    assert_eq!(at.orders.order(&OrderName::Reference("R1".to_owned())).await.unwrap(), None);
    assert_eq!(at.feed.after(Position(0), &EventFilter::default(), 10).await.unwrap(), []);
    assert_eq!(at.stock.levels(&[mug.variant_id]).await.unwrap()[0].level.reserved, 0);
    assert_eq!(at.stock.levels(&[pot.variant_id]).await.unwrap(), []);
    assert_eq!(at.jobs.job(&some::job_id(1)).await.unwrap(), None);
    assert_eq!(at.stock.journal(&JournalQuery::default()).await.unwrap().rows.len(), 1);
}

pub(super) async fn of_two_at_once_one_moves(rig: &Rig) {
    let order = some::order(1);
    let at = rig.stores();
    at.commit(some::place(&order)).await.unwrap();
    let all = futures::future::join_all((0..20).map(|_| at.commit(some::update(&order, 1)))).await;
    assert_eq!(all.iter().filter(|one| one.is_ok()).count(), 1);
    let stream = StreamId::from(&order.order_id);
    let moved = Err(Refused::Moved { stream, found: Version(2) });
    assert_eq!(all.iter().filter(|one| **one == moved).count(), 19);
}

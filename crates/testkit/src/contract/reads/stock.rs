//! Levels, the journal, locations and reservations.

use sutler_app::commit::{Expect, Guard, StockKey, StockMove, View};
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::reads::{JournalQuery, StockLevel, StockQuery};
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::Version;
use sutler_domain::inventory::{Level, Location, Reason, ReservationStatus, Signal};

use crate::builders as some;
use crate::contract::{Rig, Stores};

fn at_location(variant: &str, location: &str) -> StockKey {
    StockKey { variant_id: some::variant_id(variant), location_id: some::location_id(location) }
}

pub(super) async fn levels_know_their_variant(rig: &Rig) {
    let (mug, store) = (some::key("mug"), at_location("mug", "store"));
    let at = rig.stores();
    at.commit(some::save(&some::product("p1", "mug", "M-1"))).await.unwrap();
    for key in [&mug, &store, &some::key("pot")] {
        at.commit(some::receive(key, 3)).await.unwrap();
    }
    let stream = StreamId::stock(&mug.variant_id, &mug.location_id);
    at.commit(some::record(stream, Expect::Any, View::Stock(Signal::Low))).await.unwrap();
    let at = rig.again().await;
    let row = |key: &StockKey, signal, version| StockLevel {
        at: key.clone(),
        sku: "M-1".to_owned(),
        product_id: Some(some::product_id("p1")),
        level: Level { on_hand: 3, ..Level::default() },
        signal,
        version: Version(version),
    };
    let both = [row(&mug, Signal::Low, 1), row(&store, Signal::InStock, 0)];
    assert_eq!(at.stock.levels(std::slice::from_ref(&mug.variant_id)).await.unwrap(), both);
    let pot = at.stock.levels(&[some::variant_id("pot"), some::variant_id("none")]).await.unwrap();
    assert_eq!((pot.len(), pot[0].sku.as_str(), &pot[0].product_id), (1, "", &None));
    assert_eq!(at.stock.levels(&[]).await.unwrap(), []);
    let listed = async |query: StockQuery| at.stock.stock(&query).await.unwrap().rows;
    let any = StockQuery::default;
    assert_eq!(listed(StockQuery { sku: Some("M-1".to_owned()), ..any() }).await, both);
    assert_eq!(listed(StockQuery { sku: Some("M".to_owned()), ..any() }).await, []);
    assert_eq!(listed(StockQuery { variant_id: Some(mug.variant_id.clone()), ..any() }).await, both);
    assert_eq!(listed(StockQuery { location_id: Some(store.location_id), ..any() }).await, both[1..]);
    // Moves keep what was told, and the other way round.
    at.commit(some::receive(&mug, 1)).await.unwrap();
    let now = rig.again().await.stock.levels(&[mug.variant_id]).await.unwrap();
    assert_eq!((now[0].level.on_hand, now[0].signal), (4, Signal::Low));
}

pub(super) async fn low_levels_are_listed(rig: &Rig) {
    let set = |variant: &str, on_hand, safety, reorder| StockMove {
        thresholds: Some((safety, reorder)),
        ..some::moved(&some::key(variant), on_hand, 0, Guard::Unguarded)
    };
    let moves = [
        set("a", 0, 0, None),
        set("b", 1, 0, None),
        set("c", 5, 0, Some(5)),
        set("d", 6, 0, Some(5)),
        set("e", 3, 3, None),
        set("f", 1, 0, Some(-1)),
    ];
    rig.stores().commit(some::nothing().moves(moves)).await.unwrap();
    let low = async |at: &Stores, from| {
        let page = PageRequest { limit: 2, from, count: true };
        let page = at.stock.stock(&StockQuery { low: true, page, ..StockQuery::default() }).await.unwrap();
        let ids: String = page.rows.iter().map(|row| row.at.variant_id.as_str()).collect();
        (ids, page.total, page.next)
    };
    let at = rig.again().await;
    let (first, total, next) = low(&at, From::Start).await;
    assert_eq!((first.as_str(), total), ("ac", Some(3)));
    assert_eq!(low(&at, From::After(next.unwrap())).await.0, "e");
    at.commit(some::receive(&some::key("a"), 1)).await.unwrap();
    at.commit(some::reserve(&some::key("b"), 1)).await.unwrap();
    let at = rig.again().await;
    let (first, _, next) = low(&at, From::Start).await;
    assert_eq!(first, "bc");
    assert_eq!(low(&at, From::After(next.unwrap())).await.0, "e");
}

pub(super) async fn the_journal_is_filtered(rig: &Rig) {
    let at = rig.stores();
    at.commit(some::save(&some::product("p1", "mug", "M-1"))).await.unwrap();
    let order = StreamId::from(&some::order(1).order_id);
    let basket = StreamId::new(StreamKind::Reservation, "res_1");
    let of = |key: &StockKey, reason, source: Option<&StreamId>| StockMove {
        reason,
        source: source.cloned(),
        ..some::moved(key, 1, 0, Guard::Unguarded)
    };
    let (mug, store, pot) = (some::key("mug"), at_location("mug", "store"), some::key("pot"));
    let moves = [
        of(&mug, Reason::Received, None),
        of(&store, Reason::Count, None),
        of(&pot, Reason::Returned, Some(&order)),
        of(&mug, Reason::Returned, Some(&basket)),
        of(&mug, Reason::TransferIn, Some(&order)),
    ];
    for one in moves {
        rig.stores().commit(some::nothing().moves([one])).await.unwrap();
    }
    let at = rig.again().await;
    let page = async |query: JournalQuery, limit, from| {
        let page = PageRequest { limit, from, count: true };
        at.stock.journal(&JournalQuery { page, ..query }).await.unwrap()
    };
    let all = page(JournalQuery::default(), 50, From::Start).await.rows;
    assert_eq!(all.len(), 5);
    let any = JournalQuery::default;
    let queries = [
        (JournalQuery { sku: Some("M-1".to_owned()), ..any() }, vec![0, 1, 3, 4]),
        (JournalQuery { sku: Some("none".to_owned()), ..any() }, vec![]),
        (JournalQuery { variant_id: Some(pot.variant_id), ..any() }, vec![2]),
        (JournalQuery { location_id: Some(store.location_id), ..any() }, vec![3]),
        (JournalQuery { reason: Some(Reason::Returned), ..any() }, vec![1, 2]),
        (JournalQuery { source: Some(order.id().to_owned()), ..any() }, vec![0, 2]),
        (JournalQuery { source: Some("res_1".to_owned()), ..any() }, vec![1]),
    ];
    for (query, expected) in queries {
        let rows: Vec<_> = expected.iter().map(|i: &usize| all[*i].clone()).collect();
        let found = page(query.clone(), 50, From::Start).await;
        assert_eq!(found.rows, rows, "{query:?}");
        assert_eq!(found.total, Some(u64::try_from(rows.len()).unwrap()));
    }
    let first = page(any(), 2, From::Start).await;
    let second = page(any(), 2, From::After(first.next.unwrap())).await;
    let back = page(any(), 2, From::Before(second.prev.unwrap())).await;
    assert_eq!((first.rows.as_slice(), second.rows.as_slice()), (&all[..2], &all[2..4]));
    assert_eq!(back.rows, all[..2]);
}

pub(super) async fn locations_come_by_name(rig: &Rig) {
    for (id, name, default) in [("l1", "Zoo", false), ("l2", "Main", true), ("l3", "Attic", false)] {
        let location = Location { location_id: some::location_id(id), name: name.to_owned(), default };
        let stream = StreamId::from(&location.location_id);
        rig.stores().commit(some::record(stream, Expect::New, View::Location(location))).await.unwrap();
    }
    let found = rig.again().await.stock.locations().await.unwrap();
    let names: Vec<_> = found.iter().map(|one| one.value.name.as_str()).collect();
    assert_eq!(names, ["Main", "Attic", "Zoo"]);
    let stream = StreamId::from(&some::location_id("l3"));
    rig.stores().commit(some::removal(stream, some::event(some::start()))).await.unwrap();
    assert_eq!(rig.again().await.stock.locations().await.unwrap().len(), 2);
}

pub(super) async fn reservations_come_due(rig: &Rig) {
    let of = |n, end| some::reservation(n, ReservationStatus::Open, some::second(end));
    for (n, end) in [(1, 40), (2, 30), (3, 30), (4, 90)] {
        rig.stores().commit(some::keep(&of(n, end))).await.unwrap();
    }
    let ended = some::reservation(3, ReservationStatus::Released, some::second(30));
    rig.stores().commit(some::keep(&ended)).await.unwrap();
    let at = rig.again().await;
    let due = async |now, limit| at.stock.due_reservations(some::second(now), limit).await.unwrap();
    assert_eq!(due(29, 9).await, []);
    assert_eq!(due(40, 9).await, [some::reservation_id(2), some::reservation_id(1)]);
    assert_eq!(due(99, 1).await, [some::reservation_id(2)]);
    let stored = at.stock.reservation(&some::reservation_id(3)).await.unwrap().unwrap();
    assert_eq!((stored.value, stored.version), (ended, Version(2)));
    assert_eq!(at.stock.reservation(&some::reservation_id(9)).await.unwrap(), None);
    let page = async |from| {
        let page = at.stock.reservations(&PageRequest { limit: 3, from, count: true }).await.unwrap();
        let ids: Vec<_> = page.rows.iter().map(|row| row.value.reservation_id.clone()).collect();
        (ids, page.total, page.next)
    };
    let (first, total, next) = page(From::Start).await;
    assert_eq!((first, total), ([4, 3, 2].map(some::reservation_id).to_vec(), Some(4)));
    assert_eq!(page(From::After(next.unwrap())).await.0, [some::reservation_id(1)]);
}

//! Guarded counters and their journal.

use sutler_app::commit::{Commit, Guard, Refused, Shortage, StockKey, StockMove};
use sutler_app::page::{From, PageRequest};
use sutler_app::ports::reads::JournalQuery;
use sutler_app::stream::StreamId;
use sutler_domain::inventory::{Level, QUANTITY_MAX};
use sutler_domain::{OrderId, Position};

use crate::builders as some;
use crate::contract::Rig;

async fn level(rig: &Rig, at: &StockKey) -> Level {
    let levels = rig.stores().stock.levels(std::slice::from_ref(&at.variant_id)).await.unwrap();
    levels.iter().find(|one| one.at == *at).map(|one| one.level).unwrap_or_default()
}

fn of(on_hand: i64, reserved: i64) -> Level {
    Level { on_hand, reserved, ..Level::default() }
}

fn short(at: &StockKey, available: i64, requested: i64) -> Shortage {
    Shortage { at: at.clone(), available, requested }
}

pub(super) async fn promises_need_stock(rig: &Rig) {
    let mug = some::key("mug");
    let at = rig.stores();
    assert_eq!(at.commit(some::reserve(&mug, 1)).await, Err(Refused::Short(vec![short(&mug, 0, 1)])));
    at.commit(some::receive(&mug, 3)).await.unwrap();
    let at = rig.again().await;
    at.commit(some::reserve(&mug, 2)).await.unwrap();
    assert_eq!(at.commit(some::reserve(&mug, 2)).await, Err(Refused::Short(vec![short(&mug, 1, 2)])));
    at.commit(some::reserve(&mug, 1)).await.unwrap();
    rig.again().await;
    assert_eq!(level(rig, &mug).await, of(3, 3));
}

pub(super) async fn moves_of_one_key_are_summed(rig: &Rig) {
    let mug = some::key("mug");
    let at = rig.stores();
    at.commit(some::receive(&mug, 3)).await.unwrap();
    let promise = |units| some::moved(&mug, 0, units, Guard::Available);
    let twice = some::nothing().moves([promise(2), promise(2)]);
    assert_eq!(at.commit(twice).await, Err(Refused::Short(vec![short(&mug, 3, 4)])));
    let less = some::nothing().moves([promise(2), some::moved(&mug, 0, -1, Guard::Unguarded), promise(2)]);
    at.commit(less).await.unwrap();
    rig.again().await;
    assert_eq!(level(rig, &mug).await, of(3, 3));
}

pub(super) async fn every_shortage_is_told(rig: &Rig) {
    let (a, b, c) = (some::key("a"), some::key("b"), some::key("c"));
    let at = rig.stores();
    at.commit(some::receive(&b, 5)).await.unwrap();
    let promise = |key, units| some::moved(key, 0, units, Guard::Available);
    let three = some::nothing().moves([promise(&c, 2), promise(&b, 5), promise(&a, 1)]);
    let shortages = vec![short(&a, 0, 1), short(&c, 0, 2)];
    assert_eq!(at.commit(three).await, Err(Refused::Short(shortages)));
}

pub(super) async fn a_count_is_compare_and_set(rig: &Rig) {
    let mug = some::key("mug");
    let at = rig.stores();
    at.commit(some::nothing().moves([some::moved(&mug, 7, 0, Guard::OnHand(0))])).await.unwrap();
    let count = |seen| some::nothing().moves([some::moved(&mug, -2, 0, Guard::OnHand(seen))]);
    let moved = Refused::StockMoved { at: mug.clone(), on_hand: 7 };
    assert_eq!(rig.again().await.commit(count(6)).await, Err(moved));
    rig.stores().commit(count(7)).await.unwrap();
    rig.again().await;
    assert_eq!(level(rig, &mug).await, of(5, 0));
}

pub(super) async fn safety_stock_is_not_promised(rig: &Rig) {
    let mug = some::key("mug");
    let at = rig.stores();
    at.commit(some::receive(&mug, 5)).await.unwrap();
    at.commit(some::reserve(&mug, 1)).await.unwrap();
    let raised = StockMove { thresholds: Some((4, Some(2))), ..some::moved(&mug, 0, 0, Guard::Unguarded) };
    at.commit(some::nothing().moves([raised])).await.unwrap();
    let at = rig.again().await;
    assert_eq!(at.commit(some::reserve(&mug, 1)).await, Err(Refused::Short(vec![short(&mug, 0, 1)])));
    // A loss may leave less than nothing; it blocks promises only.
    at.commit(some::nothing().moves([some::moved(&mug, -2, 0, Guard::Unguarded)])).await.unwrap();
    rig.again().await;
    let now = level(rig, &mug).await;
    assert_eq!(now, Level { on_hand: 3, reserved: 1, safety_stock: 4, reorder_point: Some(2) });
    assert_eq!(now.available(), -2);
    rig.stores().commit(some::nothing().moves([some::moved(&mug, 0, -1, Guard::Available)])).await.unwrap();
}

pub(super) async fn unguarded_promises_may_exceed(rig: &Rig) {
    let mug = some::key("mug");
    rig.stores().commit(some::nothing().moves([some::moved(&mug, 0, 4, Guard::Unguarded)])).await.unwrap();
    rig.again().await;
    assert_eq!(level(rig, &mug).await.available(), -4);
}

pub(super) async fn counters_stay_in_range(rig: &Rig) {
    let mug = some::key("mug");
    let at = rig.stores();
    at.commit(some::receive(&mug, 2)).await.unwrap();
    let moves =
        |on_hand, reserved| some::nothing().moves([some::moved(&mug, on_hand, reserved, Guard::Unguarded)]);
    assert_eq!(at.commit(moves(-3, 0)).await, Err(Refused::Short(vec![short(&mug, 2, 3)])));
    for commit in [moves(0, -1), moves(QUANTITY_MAX, 0), moves(0, QUANTITY_MAX + 1), moves(i64::MAX, 0)] {
        assert_eq!(at.commit(commit).await, Err(Refused::OutOfRange { at: mug.clone() }));
    }
    at.commit(moves(QUANTITY_MAX - 2, 0)).await.unwrap();
    rig.again().await;
    assert_eq!(level(rig, &mug).await, of(QUANTITY_MAX, 0));
}

pub(super) async fn the_journal_tells_every_move(rig: &Rig) {
    let (mug, pot) = (some::key("mug"), some::key("pot"));
    let order: OrderId = some::id(1);
    let source = Some(StreamId::from(&order));
    let received =
        StockMove { note: Some("crate 7".to_owned()), ..some::moved(&mug, 5, 0, Guard::Unguarded) };
    let promise = StockMove { source: source.clone(), ..some::moved(&mug, 0, 2, Guard::Available) };
    let other = StockMove { source: source.clone(), ..some::moved(&pot, 1, 1, Guard::Available) };
    let commit = some::place(&some::order(1)).moves([received, promise.clone(), other, promise]);
    rig.stores().commit(commit).await.unwrap();
    let journal = rig.again().await.stock.journal(&JournalQuery::default()).await.unwrap();
    let rows = &journal.rows;
    let told: Vec<_> =
        rows.iter().rev().map(|row| (row.line, row.on_hand, row.reserved, row.after)).collect();
    let expected = [(0, 5, 0, of(5, 0)), (1, 0, 2, of(5, 2)), (2, 1, 1, of(1, 1)), (3, 0, 2, of(5, 4))];
    assert_eq!(told, expected, "each with the level after its own move, newest first");
    assert!(rows.iter().all(|row| row.position == Position(1) && row.actor == "test"));
    assert_eq!((rows[3].note.as_deref(), &rows[3].source), (Some("crate 7"), &None));
    assert_eq!((&rows[0].note, &rows[0].source), (&None, &source));
    assert_eq!(rows[0].recorded_at, some::start());
    // Moves without any event stand in the journal too, at the position of the log.
    rig.stores().commit(some::receive(&mug, 1)).await.unwrap();
    rig.again().await.commit(some::receive(&mug, 1)).await.unwrap();
    let journal = rig.again().await.stock.journal(&JournalQuery::default()).await.unwrap();
    assert_eq!((journal.rows.len(), journal.rows[0].after), (6, of(7, 4)));
}

pub(super) async fn a_hot_key_sells_exactly_its_stock(rig: &Rig) {
    let mug = some::key("mug");
    rig.stores().commit(some::receive(&mug, 100)).await.unwrap();
    let at = rig.again().await;
    let buyers = (1..=160u64).map(|n| {
        let (at, mug) = (at.clone(), mug.clone());
        let promise = some::moved(&mug, 0, 1, Guard::Available);
        let commit: Commit = some::place(&some::order(n)).moves([promise]);
        tokio::spawn(async move { at.commit(commit).await })
    });
    let all = futures::future::join_all(buyers.collect::<Vec<_>>()).await;
    let sold = all.iter().filter(|one| one.as_ref().unwrap().is_ok()).count();
    let refused = Err(Refused::Short(vec![short(&mug, 0, 1)]));
    let short = all.iter().filter(|one| *one.as_ref().unwrap() == refused).count();
    assert_eq!((sold, short), (100, 60));
    let at = rig.again().await;
    assert_eq!(level(rig, &mug).await, of(100, 100));
    let page = PageRequest { limit: 200, from: From::Start, count: true };
    let journal = at.stock.journal(&JournalQuery { page, ..JournalQuery::default() }).await.unwrap();
    assert_eq!(journal.total, Some(101));
    assert!(journal.rows.iter().all(|row| row.after.available() >= 0));
}

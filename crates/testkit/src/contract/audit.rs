//! What one moment of a store shows to whoever checks it.

use std::sync::{Arc, Mutex};

use sutler_app::commit::Guard;
use sutler_app::ports::audit::Moment;
use sutler_app::stream::{StreamId, StreamKind};
use sutler_domain::{Position, Version};

use super::{Case, Rig, Stores};
use crate::builders as some;

/// Every case of the audit.
pub const CASES: &[Case] = &[
    ("the log is shown in pages with its end", |rig| Box::pin(the_log_is_shown(rig))),
    ("streams are shown by id and version", |rig| Box::pin(streams_are_shown(rig))),
    ("views are shown as they are kept", |rig| Box::pin(views_are_shown(rig))),
    ("the journal and the levels are shown", |rig| Box::pin(stock_is_shown(rig))),
];

/// What is seen of a store at one moment.
async fn seen<T: Send + 'static>(at: &Stores, ask: impl FnOnce(&dyn Moment) -> T + Send + 'static) -> T {
    let answer = Arc::new(Mutex::new(None));
    let told = Arc::clone(&answer);
    at.audit.visit(Box::new(move |moment| *told.lock().unwrap() = Some(ask(moment)))).await.unwrap();
    let seen = answer.lock().unwrap().take();
    seen.unwrap()
}

async fn the_log_is_shown(rig: &Rig) {
    for n in [1, 2, 1] {
        rig.stores().commit(some::touch(n)).await.unwrap();
    }
    let at = rig.again().await;
    let all = at.feed.after(Position(0), &sutler_app::ports::EventFilter::default(), 10).await.unwrap();
    let (end, first, rest) = seen(&at, |moment| {
        let log = |after, limit| moment.log(Position(after), limit).unwrap();
        (moment.end().unwrap(), log(0, 2), log(2, 10))
    })
    .await;
    assert_eq!(first.len(), 2);
    let shown: Vec<_> = first.into_iter().chain(rest).map(Result::unwrap).collect();
    assert_eq!(shown, all);
    let last = all.last().unwrap();
    assert_eq!((end.position, end.hash, end.recorded_at), (last.position, last.hash, last.recorded_at));
    assert_eq!((end.first_epoch, end.next_number), (at.feed.first_epoch().await.unwrap(), 1001));
}

async fn streams_are_shown(rig: &Rig) {
    for n in [2, 1, 2, 10, 1] {
        rig.stores().commit(some::touch(n)).await.unwrap();
    }
    let product = some::product("p1", "v1", "");
    rig.stores().commit(some::save(&product)).await.unwrap();
    let at = rig.again().await;
    let id = |n: u64| some::order(n).order_id.to_string();
    let (first, rest, versions, later) = seen(&at, move |moment| {
        let events = |after: (&str, Version), limit| {
            let events = moment.histories(StreamKind::Order, after, limit).unwrap();
            assert!(events.iter().all(|e| e.event.as_ref().unwrap().version == e.version));
            events.into_iter().map(|e| (e.id, e.version.0)).collect::<Vec<_>>()
        };
        let first = events(("", Version(0)), 3);
        let (last, version) = first.last().cloned().unwrap();
        let rest = events((&last, Version(version)), 10);
        let versions = moment.versions(StreamKind::Order, "", 10).unwrap();
        let later = moment.versions(StreamKind::Order, &versions[0].0, 1).unwrap();
        (first, rest, versions, later)
    })
    .await;
    assert_eq!(first, [(id(1), 1), (id(1), 2), (id(2), 1)]);
    assert_eq!(rest, [(id(2), 2), (id(10), 1)]);
    assert_eq!(versions, [(id(1), Version(2)), (id(2), Version(2)), (id(10), Version(1))]);
    assert_eq!(later, [(id(2), Version(2))]);
}

async fn views_are_shown(rig: &Rig) {
    let orders = [some::order(1), some::order(2)];
    for order in &orders {
        rig.stores().commit(some::place(order)).await.unwrap();
    }
    let product = some::product("p1", "v1", "");
    rig.stores().commit(some::save(&product)).await.unwrap();
    let at = rig.again().await;
    let (first, rest, products, notes) = seen(&at, |moment| {
        let views = |kind, after: &str, limit| moment.views(kind, after, limit).unwrap();
        let first = views(StreamKind::Order, "", 1);
        let rest = views(StreamKind::Order, &first[0].id, 10);
        (first, rest, views(StreamKind::Product, "", 10), views(StreamKind::Note, "", 10))
    })
    .await;
    for ((view, order), number) in first.iter().chain(&rest).zip(&orders).zip([1001, 1002]) {
        assert_eq!(
            (view.id.as_str(), view.version, view.number),
            (order.order_id.as_str(), Version(1), number)
        );
        assert_eq!(view.body, serde_json::to_string(order).unwrap(), "equal to the byte");
    }
    assert_eq!((first.len(), rest.len()), (1, 1));
    assert_eq!(products.len(), 1, "{products:?}");
    let shown = &products[0];
    assert_eq!((shown.id.as_str(), shown.number), ("p1", 0));
    assert_eq!(shown.body, serde_json::to_string(&product).unwrap());
    assert!(notes.is_empty());
}

async fn stock_is_shown(rig: &Rig) {
    let (a, b) = (some::key("a"), some::key("b"));
    // A commit of moves has events, whose last position its rows carry.
    let stream = StreamId::stock(&a.variant_id, &a.location_id);
    let told = sutler_app::commit::Change::notice(stream, some::event(some::start()));
    let moves = [some::moved(&b, 5, 0, Guard::Unguarded), some::moved(&a, 7, 0, Guard::Unguarded)];
    rig.stores().commit(some::nothing().change(told).moves(moves)).await.unwrap();
    rig.stores().commit(some::reserve(&a, 2)).await.unwrap();
    let at = rig.again().await;
    let (first, rest, levels, later) = seen(&at, |moment| {
        let first = moment.journal(0, 2).unwrap();
        let rest = moment.journal(first[1].row, 10).unwrap();
        let levels = moment.levels(None, 10).unwrap();
        let later = moment.levels(Some(&levels[0].at), 10).unwrap();
        (first, rest, levels, later)
    })
    .await;
    let shown: Vec<_> = first.iter().chain(&rest).map(|row| row.entry.clone().unwrap()).collect();
    let rows: Vec<_> = shown.iter().map(|e| (e.at.clone(), e.line, e.on_hand, e.reserved)).collect();
    assert_eq!(rows, [(b.clone(), 0, 5, 0), (a.clone(), 1, 7, 0), (a.clone(), 0, 0, 2)]);
    assert!(shown.iter().all(|entry| entry.position == Position(1)));
    assert_eq!(first.len(), 2);
    let kept: Vec<_> = levels.iter().map(|l| (l.at.clone(), l.level.on_hand, l.level.reserved)).collect();
    assert_eq!(kept, [(a, 7, 2), (b, 5, 0)]);
    assert_eq!(levels[0].signal, "in_stock");
    assert_eq!(later, levels[1..]);
}

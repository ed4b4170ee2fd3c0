//! What readers of the log as it grows are promised, on the memory store.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on stops where it stands"
)]

#[expect(dead_code, reason = "a shop has more than each of its tests looks at")]
mod shop;

#[path = "live/shared.rs"]
mod shared;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures::FutureExt;
use jiff::{SignedDuration, Timestamp};
use shop::{Shop, item, order, paid_with};
use sutler_app::ports::{Clock, EventFilter, Ports};
use sutler_app::public::{
    BEHIND_MAX, EventQuery, Gap, KEPT_MAX, LiveQuery, PublicEvent, Reading, Shown, Told,
};
use sutler_app::{App, Caller, Settings};
use sutler_domain::{Currency, Position};
use tokio::task::JoinHandle;

/// The one reader of a node, which ends with the test.
struct Aloud(JoinHandle<()>);

impl Drop for Aloud {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn aloud(app: &App) -> Aloud {
    let live = app.live.clone();
    Aloud(tokio::spawn(async move { live.run().await }))
}

async fn open(app: &App, query: LiveQuery) -> Reading {
    app.live.open(&Caller::system("test"), &query).await.expect("a stream")
}

fn since(after: &str) -> LiveQuery {
    LiveQuery { after: Some(after.to_owned()), ..LiveQuery::default() }
}

fn seen(id: &str) -> LiveQuery {
    LiveQuery { last_seen: Some(id.to_owned()), ..LiveQuery::default() }
}

async fn event(reading: &mut Reading) -> Arc<Shown> {
    loop {
        match reading.next().await {
            Some(Told::Event(event)) => return event,
            Some(Told::Open { .. }) => {}
            other => panic!("no event: {other:?}"),
        }
    }
}

async fn events(reading: &mut Reading, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < count {
        ids.push(event(reading).await.id.clone());
    }
    ids
}

/// Everything that the pages show.
async fn pages(app: &App) -> Vec<PublicEvent> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let query = EventQuery { after, limit: 200, ..EventQuery::default() };
        let page = app.events.list(&Caller::system("test"), &query).await.unwrap();
        all.extend(page.events);
        if !page.has_more {
            return all;
        }
        after = Some(page.next);
    }
}

async fn shop_with_mugs(stock: i64) -> Shop {
    let shop = Shop::open().await;
    shop.product("MUG", 1490, stock).await;
    shop
}

#[tokio::test]
async fn a_stream_shows_what_the_pages_show_under_the_same_ids() {
    let shop = shop_with_mugs(50).await;
    let _aloud = aloud(&shop.app);
    shop.place(order(vec![item("MUG", 1)])).await;
    // One reader begins with the oldest, one with what comes.
    let mut old = open(&shop.app, since("start")).await;
    let mut new = open(&shop.app, LiveQuery::default()).await;
    let before = pages(&shop.app).await.len();
    shop.place(paid_with("tok_ok", vec![item("MUG", 2)])).await;
    shop.settle().await;
    let all = pages(&shop.app).await;
    for (n, shown) in all.iter().enumerate() {
        let read = event(&mut old).await;
        assert_eq!((&read.id, read.json.clone()), (&shown.id, serde_json::to_string(shown).unwrap()));
        assert!(!read.json.contains('\n'));
        if n >= before {
            assert_eq!(event(&mut new).await.id, shown.id);
        }
    }
}

#[tokio::test]
async fn a_stream_shows_what_was_asked_for() {
    let shop = shop_with_mugs(50).await;
    let _aloud = aloud(&shop.app);
    let query = LiveQuery { types: vec!["order.*".to_owned()], ..LiveQuery::default() };
    let mut orders = open(&shop.app, query).await;
    let first = shop.place(order(vec![item("MUG", 1)])).await;
    let second = shop.place(order(vec![item("MUG", 1)])).await;
    let subject = second.order.order_id.to_string();
    let query = LiveQuery { subject: Some(subject.clone()), ..since("start") };
    let mut second_only = open(&shop.app, query).await;
    for id in [first.order.order_id.to_string(), subject.clone()] {
        let placed = event(&mut orders).await;
        assert_eq!((placed.kind.as_str(), &placed.subject), ("order.placed", &id));
    }
    for kind in ["order.placed", "reservation.created"] {
        let shown = event(&mut second_only).await;
        assert_eq!((shown.kind.as_str(), &shown.subject), (kind, &subject));
    }
    let wrong = LiveQuery { types: vec!["order.eaten".to_owned()], ..LiveQuery::default() };
    let problem = shop.app.live.open(&shop.caller, &wrong).await.unwrap_err();
    assert_eq!(problem.code, "validation_failed");
}

#[tokio::test]
async fn whoever_comes_back_misses_nothing_and_sees_nothing_twice() {
    let shop = shop_with_mugs(1000).await;
    let _aloud = aloud(&shop.app);
    let mut reading = open(&shop.app, LiveQuery::default()).await;
    // Nothing was seen yet: where the stream began is a place too.
    let Some(Told::Open { cursor }) = reading.next().await else { panic!("it does not say where it begins") };
    drop(reading);
    let mut ids: Vec<String> = Vec::new();
    let begun = pages(&shop.app).await.len();
    for round in 0..5 {
        shop.place(order(vec![item("MUG", 1)])).await;
        let last = ids.last().cloned().unwrap_or_else(|| cursor.clone());
        let mut reading = open(&shop.app, seen(&last)).await;
        // One more comes while it listens; and the connection is lost in the middle.
        shop.place(order(vec![item("MUG", 1)])).await;
        ids.extend(events(&mut reading, if round == 4 { 8 } else { 3 }).await);
    }
    let all: Vec<String> = pages(&shop.app).await.into_iter().map(|event| event.id).collect();
    assert_eq!(ids, all[begun..]);
}

#[tokio::test]
async fn a_gap_is_told_before_anything_else() {
    let shop = shop_with_mugs(1000).await;
    let _aloud = aloud(&shop.app);
    shop.place(order(vec![item("MUG", 1)])).await;
    let old = pages(&shop.app).await;
    let mut cursor = String::new();
    if let Some(Told::Open { cursor: at }) = open(&shop.app, seen(&old[0].id)).await.next().await {
        cursor = at;
    }
    shop.pass(SignedDuration::from_hours(24 * 91));
    shop.place(order(vec![item("MUG", 1)])).await;
    let kept = pages(&shop.app).await;
    assert!(!kept.is_empty() && kept.iter().all(|event| old.iter().all(|gone| gone.id != event.id)));
    for (last, why) in [
        (old[0].id.as_str(), Gap::Retention),
        ("evt_01h455vb4pex5vsknk084sn02q", Gap::Unknown),
        ("another:7", Gap::Epoch),
    ] {
        let mut reading = open(&shop.app, seen(last)).await;
        let Some(Told::Gap { gap, oldest, cursor }) = reading.next().await else { panic!("no gap: {last}") };
        assert_eq!((gap, oldest.as_deref()), (why, Some(kept[0].id.as_str())), "{last}");
        assert_eq!(event(&mut reading).await.id, kept[0].id);
        // Whoever is lost again right after the gap is not told of it again.
        let again = open(&shop.app, seen(&cursor)).await.next().await;
        assert_eq!(again, Some(Told::Open { cursor }));
    }
    // The last of the old ones: nothing behind it is missing.
    let mut reading = open(&shop.app, seen(&old.last().unwrap().id)).await;
    assert!(matches!(reading.next().await, Some(Told::Open { .. })));
    // Who asks for pages, or names a place to begin at, is refused and told where it may begin.
    for after in ["another:7", cursor.as_str()] {
        let query = EventQuery { after: Some(after.to_owned()), limit: 10, ..EventQuery::default() };
        let problem = shop.app.events.list(&shop.caller, &query).await.unwrap_err();
        assert_eq!(
            (problem.code, &problem.facts["oldest_position"]),
            ("cursor_stale", &oldest_position(&shop).await)
        );
        let problem = shop.app.live.open(&shop.caller, &since(after)).await.unwrap_err();
        assert_eq!(problem.code, "cursor_stale", "{after}");
    }
}

async fn oldest_position(shop: &Shop) -> serde_json::Value {
    let since = shop.app.ports.clock.now().checked_sub(shop.app.settings.events_retention).unwrap();
    let all = shop.app.ports.feed.after(Position(0), &EventFilter::default(), 1000).await.unwrap();
    all.iter().find(|event| event.recorded_at >= since).unwrap().position.0.into()
}

#[tokio::test]
async fn who_falls_too_far_behind_is_let_go_and_still_misses_nothing() {
    let shop = shop_with_mugs(1_000_000).await;
    let _aloud = aloud(&shop.app);
    let mut slow = open(&shop.app, LiveQuery::default()).await;
    let mut quick = open(&shop.app, LiveQuery::default()).await;
    let begun = pages(&shop.app).await.len();
    shop.place(order(vec![item("MUG", 1)])).await;
    let mut ids = events(&mut slow, 2).await;
    // Two events an order; the quick one reads them as they come.
    let more = KEPT_MAX / 2 + 10;
    let mut heard = 0;
    events(&mut quick, 2).await;
    for n in 0..more {
        shop.place(order(vec![item("MUG", 1)])).await;
        if n == BEHIND_MAX / 2 - 1 {
            heard += events(&mut quick, BEHIND_MAX).await.len();
        }
        if n % 50 == 0 && n >= BEHIND_MAX / 2 {
            heard += events(&mut quick, (n + 1) * 2 - heard).await.len();
        }
    }
    events(&mut quick, more * 2 - heard).await;
    let told = slow.next().await;
    assert!(matches!(told, Some(Told::Slow { behind }) if behind >= BEHIND_MAX), "{told:?}");
    assert_eq!(slow.next().await, None);
    assert_eq!(shop.app.live.let_go(), 1, "the quick one was not");
    // It comes back as often as it takes; while it catches up, nobody lets it go.
    let mut again = open(&shop.app, seen(ids.last().unwrap())).await;
    ids.extend(events(&mut again, more * 2).await);
    let all: Vec<String> = pages(&shop.app).await.into_iter().map(|event| event.id).collect();
    assert_eq!(ids, all[begun..]);
    drop((slow, quick, again));
    assert_eq!(shop.app.live.readers(), 0);
}

/// A clock on which waiting never ends.
struct Unending(Arc<dyn Clock>);

#[async_trait]
impl Clock for Unending {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
    async fn sleep(&self, _: Duration) {
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn the_first_reader_of_a_quiet_log_need_not_wait_until_something_happens() {
    let shop = shop_with_mugs(10).await;
    shop.place(order(vec![item("MUG", 1)])).await;
    let clock = Arc::new(Unending(shop.app.ports.clock.clone()));
    let app = App::new(
        Ports { clock, ..(*shop.app.ports).clone() },
        Settings::new(Currency::parse("EUR").unwrap()),
    );
    let _aloud = aloud(&app);
    // Nobody is there, so whoever reads for all rests.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let mut reading = open(&app, since("start")).await;
    assert!(matches!(reading.next().await, Some(Told::Open { .. })));
    for _ in 0..1_000 {
        if let Some(told) = reading.next().now_or_never() {
            assert!(matches!(told, Some(Told::Event(_))), "{told:?}");
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("it is still asleep");
}

#[tokio::test]
async fn a_server_that_ends_lets_its_readers_go() {
    let shop = shop_with_mugs(10).await;
    let _aloud = aloud(&shop.app);
    let mut reading = open(&shop.app, LiveQuery::default()).await;
    assert!(matches!(reading.next().await, Some(Told::Open { .. })));
    let (told, ()) = futures::join!(reading.next(), async { shop.app.live.close() });
    assert_eq!(told, None);
    let problem = shop.app.live.open(&shop.caller, &LiveQuery::default()).await.unwrap_err();
    assert_eq!(problem.code, "shutting_down");
}

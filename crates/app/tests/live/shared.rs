//! What is read of the log once, however many readers there are.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use sutler_app::commit::Refused;
use sutler_app::event::Recorded;
use sutler_app::ports::{Bookmark, EventFilter, Feed, FeedCursor, Ports, ReadError};
use sutler_app::public::{KEPT_MAX, LiveQuery, Told};
use sutler_app::stream::StreamId;
use sutler_app::{App, Settings};
use sutler_domain::{Currency, EventId, Position, Version};
use tokio::sync::watch;

use crate::shop::{Shop, item, order};
use crate::{aloud, events, open, pages, shop_with_mugs};

/// A feed that counts how often events are read of it.
struct Counting {
    feed: Arc<dyn Feed>,
    reads: Arc<AtomicUsize>,
}

#[async_trait]
impl Feed for Counting {
    async fn epoch(&self) -> Result<String, ReadError> {
        self.feed.epoch().await
    }
    fn head(&self) -> watch::Receiver<Position> {
        self.feed.head()
    }
    async fn after(
        &self,
        at: Position,
        filter: &EventFilter,
        limit: u32,
    ) -> Result<Vec<Recorded>, ReadError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.feed.after(at, filter, limit).await
    }
    async fn stream(&self, stream: &StreamId, upto: Option<Version>) -> Result<Vec<Recorded>, ReadError> {
        self.feed.stream(stream, upto).await
    }
    async fn event(&self, id: &EventId) -> Result<Option<Recorded>, ReadError> {
        self.feed.event(id).await
    }
    async fn cursor(&self, name: &str) -> Result<Position, ReadError> {
        self.feed.cursor(name).await
    }
    async fn move_cursor(&self, name: &str, position: Position) -> Result<(), Refused> {
        self.feed.move_cursor(name, position).await
    }
    async fn bookmark(&self, name: &str) -> Result<Bookmark, ReadError> {
        self.feed.bookmark(name).await
    }
    async fn move_bookmark(&self, name: &str, seen: Version, to: &FeedCursor) -> Result<Version, Refused> {
        self.feed.move_bookmark(name, seen, to).await
    }
}

/// The engine of a shop, and how often events were read of its log.
fn counting(shop: &Shop) -> (App, Arc<AtomicUsize>) {
    let reads = Arc::new(AtomicUsize::new(0));
    let feed = Arc::new(Counting { feed: shop.app.ports.feed.clone(), reads: Arc::clone(&reads) });
    let ports = Ports { feed, ..(*shop.app.ports).clone() };
    (App::new(ports, Settings::new(Currency::parse("EUR").unwrap())), reads)
}

#[tokio::test]
async fn who_was_held_back_is_not_let_go_and_shares_what_is_read() {
    const READERS: usize = 20;
    let shop = shop_with_mugs(1_000_000).await;
    let (app, reads) = counting(&shop);
    let _aloud = aloud(&app);
    let mut readers = Vec::new();
    for _ in 0..READERS {
        readers.push(open(&app, LiveQuery::default()).await);
    }
    let begun = pages(&shop.app).await.len();
    shop.place(order(vec![item("MUG", 1)])).await;
    let mut seen = Vec::new();
    for reading in &mut readers {
        seen.push(events(reading, 2).await);
        reading.held();
    }
    // More than is kept in memory for readers who keep up.
    let more = KEPT_MAX / 2 + 500;
    for _ in 0..more {
        shop.place(order(vec![item("MUG", 1)])).await;
    }
    while app.live.behind() > 0 {
        tokio::task::yield_now().await;
    }
    reads.store(0, Ordering::Relaxed);
    while seen.iter().any(|ids| ids.len() < (more + 1) * 2) {
        for (reading, ids) in readers.iter_mut().zip(&mut seen) {
            let left = ((more + 1) * 2).saturating_sub(ids.len());
            ids.extend(events(reading, left.min(64)).await);
        }
    }
    assert_eq!(app.live.let_go(), 0);
    let all: Vec<String> = pages(&shop.app).await.into_iter().map(|event| event.id).collect();
    for ids in &seen {
        assert_eq!(ids, &all[begun..]);
    }
    let (reads, alone) = (reads.load(Ordering::Relaxed), 1_000 / 256 + 1);
    assert!(reads <= 2 * alone, "{reads} reads for {READERS} readers, of which each alone needs {alone}");
}

#[tokio::test]
async fn a_thousand_readers_are_one_reader_of_the_log() {
    let shop = shop_with_mugs(1000).await;
    let (app, reads) = counting(&shop);
    let _aloud = aloud(&app);
    let mut readers = Vec::new();
    for _ in 0..1000 {
        let mut reading = open(&app, LiveQuery::default()).await;
        assert!(matches!(reading.next().await, Some(Told::Open { .. })));
        readers.push(reading);
    }
    assert_eq!(app.live.readers(), 1000);
    // All of them wait, as connections do.
    shop.place(order(vec![item("MUG", 1)])).await;
    for reading in &mut readers {
        events(reading, 2).await;
    }
    reads.store(0, Ordering::Relaxed);
    let mut last = String::new();
    for _ in 0..10 {
        shop.place(order(vec![item("MUG", 1)])).await;
        for reading in &mut readers {
            last = events(reading, 2).await.pop().unwrap();
        }
    }
    assert_eq!(pages(&shop.app).await.last().unwrap().id, last);
    let reads = reads.load(Ordering::Relaxed);
    assert!(reads <= 40, "{reads} reads for 10 orders and 1,000 readers");
}

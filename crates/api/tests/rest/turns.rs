//! How many orders are placed at once, over HTTP: who comes when every place is taken is sent away, and nothing changes.

use std::sync::Arc;

use async_trait::async_trait;
use axum::http::StatusCode;
use futures::future::{join, join_all};
use sutler_api::rest::{Options, PLACING_MAX};
use sutler_app::Ports;
use sutler_app::commit::{Commit, Receipt, Refused};
use sutler_app::ports::Store;
use tokio::sync::watch;

use crate::door::{Door, basket};

/// A store whose door can be shut: commits then wait in front of it, and are counted.
struct Held {
    store: Arc<dyn Store>,
    is_open: watch::Sender<bool>,
    waiting: watch::Sender<usize>,
}

#[async_trait]
impl Store for Held {
    async fn commit(&self, commit: Commit) -> Result<Receipt, Refused> {
        self.waiting.send_modify(|waiting| *waiting += 1);
        self.is_open.subscribe().wait_for(|is_open| *is_open).await.unwrap();
        self.waiting.send_modify(|waiting| *waiting -= 1);
        self.store.commit(commit).await
    }
}

/// A shop with mugs, and the door of its store.
async fn shop() -> (Door, Arc<Held>) {
    let mut held = None;
    let swap = |ports: &mut Ports| {
        let store = Arc::clone(&ports.store);
        let shut = Held { store, is_open: watch::Sender::new(true), waiting: watch::Sender::new(0) };
        let shut = Arc::clone(held.insert(Arc::new(shut)));
        ports.store = shut;
    };
    let door = Door::behind(swap, |_| {}, Options { dev: true, ..Options::default() }).await;
    door.product("MUG", 1490, Some(1000)).await;
    (door, held.unwrap())
}

impl Held {
    /// Until so many commits wait.
    async fn full(&self, count: usize) {
        self.waiting.subscribe().wait_for(|waiting| *waiting == count).await.unwrap();
    }
}

#[tokio::test]
async fn who_comes_when_every_place_is_taken_is_sent_away_and_changes_nothing() {
    let (door, held) = shop().await;
    let order = basket("MUG", 1);
    held.is_open.send_replace(false);
    let placed = join_all((0..PLACING_MAX).map(|_| door.post("/orders", &order)));
    let late = async {
        held.full(PLACING_MAX).await;
        let before = *door.app.ports.feed.head().borrow();
        let late = door.post_with("/orders", &[("idempotency-key", "late")], &order).await;
        assert_eq!(late.told(), "503 busy");
        assert_eq!(late.header("retry-after"), "1");
        assert_eq!(*held.waiting.borrow(), PLACING_MAX, "it reached the store");
        assert_eq!(*door.app.ports.feed.head().borrow(), before);
        // Only placing is limited: whoever reads is answered.
        assert_eq!(door.get("/orders").await.must(200)["data"].as_array().unwrap().len(), 0);
        held.is_open.send_replace(true);
    };
    let (placed, ()) = join(placed, late).await;
    assert!(placed.iter().all(|reply| reply.status == StatusCode::CREATED), "{:?}", placed.first());

    // The places are given back, and the key of who was sent away is still free.
    let again = join_all((0..PLACING_MAX).map(|_| door.post("/orders", &order))).await;
    assert!(again.iter().all(|reply| reply.status == StatusCode::CREATED), "{:?}", again.first());
    let late = door.post_with("/orders", &[("idempotency-key", "late")], &order).await;
    assert_eq!(late.must(201)["number"], (1001 + 2 * PLACING_MAX).to_string());
}

#[tokio::test]
async fn a_request_that_is_given_up_gives_its_place_back() {
    let (door, held) = shop().await;
    let order = basket("MUG", 1);
    held.is_open.send_replace(false);
    {
        let placed = std::pin::pin!(join_all((0..PLACING_MAX).map(|_| door.post("/orders", &order))));
        let full = std::pin::pin!(held.full(PLACING_MAX));
        futures::future::select(placed, full).await;
        assert_eq!(door.post("/orders", &order).await.told(), "503 busy");
    }
    held.is_open.send_replace(true);
    door.post("/orders", &order).await.must(201);
}

#[tokio::test]
async fn an_order_that_is_refused_gives_its_place_back() {
    let (door, _) = shop().await;
    for _ in 0..=PLACING_MAX {
        assert_eq!(door.post("/orders", &basket("CUP", 1)).await.status, StatusCode::BAD_REQUEST);
    }
    door.post("/orders", &basket("MUG", 1)).await.must(201);
}

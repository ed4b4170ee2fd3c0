//! The task that keeps a node's index: built once out of the catalog, then a reader of the log. What of the log is in it is
//! kept with it, so it goes on where it stood; where that place is of another log, it is built anew.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::future::{Either, join, select};
use sutler_domain::catalog::ProductEvent;
use sutler_domain::{Position, ProductId};
use tokio::sync::Notify;

use super::{Document, Search};
use crate::caller::Caller;
use crate::error::Problem;
use crate::event::{Recorded, Unreadable};
use crate::page::{From, PAGE_MAX, Page, PageRequest};
use crate::ports::reads::{PricedProduct, ProductQuery};
use crate::ports::search::{DocumentChange, SearchFailure, Served, Side};
use crate::ports::{EventFilter, FeedCursor, ReadError, Search as Index};

/// The events of products, each of which carries the whole product.
const NAMES: [&str; 4] = ["ProductCreated", "ProductUpdated", "ProductArchived", "ProductDeleted"];

/// Events that are read and kept at once.
const BATCH: u32 = 256;

/// How long to rest between two looks at the log: what comes meanwhile is kept with one commit.
const REST: Duration = Duration::from_millis(100);

/// How often the log is looked at although nothing woke us.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Events of other things that are passed before the place is kept, so that a start has little to read again.
const PASSED_MAX: u64 = 10_000;

/// The first wait after something failed; doubled up to [`WAIT_MAX`].
const WAIT_MIN: Duration = Duration::from_millis(200);
const WAIT_MAX: Duration = Duration::from_secs(5);

/// Failures in a row after which the index is given up and built anew: better none for a while than a wrong one.
const FAILURES_MAX: u32 = 5;

/// Why the index was not kept.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The index.
    #[error(transparent)]
    Index(#[from] SearchFailure),
    /// The store.
    #[error(transparent)]
    Store(#[from] ReadError),
    /// An event.
    #[error(transparent)]
    Event(#[from] Unreadable),
}

/// How far the index is.
#[derive(Debug, Default)]
pub(super) struct Standing {
    indexed: AtomicU64,
    /// Products to index, plus one; 0: not yet known.
    total: AtomicU64,
    /// Whether a new one was asked for.
    is_asked: AtomicBool,
    asked: Notify,
    /// Whether something was kept since the last failure.
    went_on: AtomicBool,
}

impl Standing {
    /// Products in the index that is being built, and how many there are, when that is known.
    pub(super) fn progress(&self) -> (u64, Option<u64>) {
        let total = self.total.load(Ordering::Relaxed).checked_sub(1);
        let indexed = self.indexed.load(Ordering::Relaxed);
        (indexed, total.map(|total| total.max(indexed)))
    }
}

impl Search {
    /// Keep the index, for ever; ends at once where there is none to keep.
    pub async fn run(&self) {
        let Some(index) = self.room.ports.search.clone() else { return };
        let (mut failures, mut wait) = (0, WAIT_MIN);
        loop {
            let Err(trouble) = self.keep(&*index).await else { continue };
            tracing::warn!(error = %trouble, "search_index_not_kept");
            if self.standing.went_on.swap(false, Ordering::Relaxed) {
                (failures, wait) = (0, WAIT_MIN);
            }
            failures += u32::from(!matches!(trouble, Trouble::Store(_)));
            if failures >= FAILURES_MAX && index.served().is_some() {
                tracing::warn!(failures, "search_index_given_up");
                failures = 0;
                if let Err(error) = index.discard().await {
                    tracing::warn!(%error, "search_index_not_given_up");
                }
            }
            self.room.ports.clock.sleep(wait).await;
            wait = (wait * 2).min(WAIT_MAX);
        }
    }

    /// Bring the index up to what the log holds now, building it where there is none; for whoever cannot wait for
    /// [`Search::run`].
    pub async fn catch_up(&self) -> Result<(), Trouble> {
        let Some(index) = self.room.ports.search.clone() else { return Ok(()) };
        index.open().await?;
        let (mut served, mut is_wanted) = self.fit(&*index).await?;
        if served.is_none() || is_wanted {
            self.build(&*index).await?;
            (served, is_wanted) = self.fit(&*index).await?;
        }
        if let Some(mut at) = served.filter(|_| !is_wanted) {
            let known = *self.room.ports.feed.head().borrow();
            let mut kept = at.position;
            while !self.step(&*index, Side::Served, &mut at, &mut kept, known).await? {}
        }
        Ok(())
    }

    /// Ask for a new index of this node. The one that answers goes on until the new one is ready.
    pub fn rebuild(&self, caller: &Caller) -> Result<(), Problem> {
        caller.may("catalog:write")?;
        self.standing.is_asked.store(true, Ordering::SeqCst);
        self.standing.asked.notify_one();
        Ok(())
    }

    /// Follow the log until a new index is needed and built, which ends it well.
    async fn keep(&self, index: &dyn Index) -> Result<(), Trouble> {
        index.open().await?;
        match self.fit(index).await? {
            (None, _) => self.build(index).await,
            (Some(at), true) => {
                let (follow, build) = (self.follow(index, at), self.build(index));
                match select(std::pin::pin!(follow), std::pin::pin!(build)).await {
                    Either::Left((Err(trouble), _)) => Err(trouble),
                    Either::Left((Ok(never), _)) => match never {},
                    Either::Right((ended, _)) => ended,
                }
            }
            (Some(at), false) => {
                let (follow, asked) = (self.follow(index, at), self.standing.asked.notified());
                match select(std::pin::pin!(follow), std::pin::pin!(asked)).await {
                    Either::Left((Err(trouble), _)) => Err(trouble),
                    Either::Left((Ok(never), _)) => match never {},
                    Either::Right(_) => Ok(()),
                }
            }
        }
    }

    /// Where the index that answers stands, if it is one of this log, and whether a new one is wanted all the same.
    async fn fit(&self, index: &dyn Index) -> Result<(Option<FeedCursor>, bool), Trouble> {
        let Some(Served { at, is_current }) = index.served() else { return Ok((None, true)) };
        let feed = &self.room.ports.feed;
        let is_there = match at.position.0.checked_sub(1) {
            None => true,
            // A place that the log never came to is of another one.
            Some(before) => !feed.after(Position(before), &EventFilter::default(), 1).await?.is_empty(),
        };
        if at.epoch != feed.epoch().await? || !is_there {
            tracing::info!("search_index_is_of_another_log");
            index.discard().await?;
            return Ok((None, true));
        }
        Ok((Some(at), !is_current || self.standing.is_asked.load(Ordering::SeqCst)))
    }

    /// Hand every change of a product to the index, from a place on.
    async fn follow(
        &self,
        index: &dyn Index,
        mut at: FeedCursor,
    ) -> Result<std::convert::Infallible, Trouble> {
        let mut head = self.room.ports.feed.head();
        let mut kept = at.position;
        loop {
            let known = *head.borrow_and_update();
            if self.step(index, Side::Served, &mut at, &mut kept, known).await? {
                let moved = std::pin::pin!(head.changed());
                select(moved, self.room.ports.clock.sleep(LOOK_EVERY)).await;
                self.room.ports.clock.sleep(REST).await;
            }
        }
    }

    /// Read what follows a place, and keep it; gives whether that was all up to `known`, which is committed.
    async fn step(
        &self,
        index: &dyn Index,
        side: Side,
        at: &mut FeedCursor,
        kept: &mut Position,
        known: Position,
    ) -> Result<bool, Trouble> {
        let filter = EventFilter { names: Some(NAMES.to_vec()), subject: None };
        let events = self.room.ports.feed.after(at.position, &filter, BATCH).await?;
        let is_all = u32::try_from(events.len()).is_ok_and(|count| count < BATCH);
        let last = events.last().map_or(at.position, |event| event.position);
        at.position = if is_all { last.max(known) } else { last };
        let changes = changes(&events)?;
        if !changes.is_empty() || at.position.0.saturating_sub(kept.0) >= PASSED_MAX {
            index.write(side, changes).await?;
            index.commit(side, at).await?;
            *kept = at.position;
            self.standing.went_on.store(true, Ordering::Relaxed);
        }
        Ok(is_all)
    }

    /// Build a new index out of the catalog, catch up with the log, and let it answer.
    async fn build(&self, index: &dyn Index) -> Result<(), Trouble> {
        let ports = &self.room.ports;
        let began = ports.clock.now();
        self.standing.is_asked.store(false, Ordering::SeqCst);
        self.standing.indexed.store(0, Ordering::Relaxed);
        self.standing.total.store(0, Ordering::Relaxed);
        index.begin().await?;
        // Taken before the catalog is read: what changes meanwhile is read of the log, and a product that is put twice is
        // there once.
        let mut at = FeedCursor { epoch: ports.feed.epoch().await?, position: *ports.feed.head().borrow() };
        self.add_all(index).await?;
        index.commit(Side::Next, &at).await?;
        let mut kept = at.position;
        loop {
            let known = *ports.feed.head().borrow();
            if self.step(index, Side::Next, &mut at, &mut kept, known).await? {
                break;
            }
        }
        // The place as it is now, also where nothing followed.
        index.commit(Side::Next, &at).await?;
        index.serve_next().await?;
        self.standing.went_on.store(true, Ordering::Relaxed);
        let took_ms = ports.clock.now().duration_since(began).as_millis();
        let (products, _) = self.standing.progress();
        tracing::info!(products, took_ms = i64::try_from(took_ms).unwrap_or(i64::MAX), "search_index_built");
        Ok(())
    }

    /// Page by page; each is read while the one before it is put into the index.
    async fn add_all(&self, index: &dyn Index) -> Result<(), Trouble> {
        let mut read = self.page_of_catalog(From::Start).await?;
        if let Some(total) = read.total {
            self.standing.total.store(total.saturating_add(1), Ordering::Relaxed);
        }
        while let Some(next) = read.next.take() {
            // The read comes first: it is under way while documents are made.
            let (after, added) =
                join(self.page_of_catalog(From::After(next)), self.add(index, &read.rows)).await;
            added?;
            read = after?;
        }
        self.add(index, &read.rows).await
    }

    async fn page_of_catalog(&self, from: From) -> Result<Page<PricedProduct>, ReadError> {
        let page = PageRequest { limit: PAGE_MAX, count: from == From::Start, from };
        self.room.ports.prices.list(&ProductQuery { page, ..ProductQuery::default() }).await
    }

    async fn add(&self, index: &dyn Index, rows: &[PricedProduct]) -> Result<(), Trouble> {
        let add = |row: &PricedProduct| DocumentChange::Add(Box::new(Document::of(&row.product)));
        index.write(Side::Next, rows.iter().map(add).collect()).await?;
        let count = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        self.standing.indexed.fetch_add(count, Ordering::Relaxed);
        Ok(())
    }
}

/// What the events leave of each product: its last state.
fn changes(events: &[Recorded]) -> Result<Vec<DocumentChange>, Unreadable> {
    let mut last: HashMap<&str, DocumentChange> = HashMap::new();
    for event in events {
        let change = match event.read::<ProductEvent>()? {
            ProductEvent::ProductDeleted(product) => {
                DocumentChange::Remove(ProductId::clone(&product.product_id))
            }
            saved => DocumentChange::Put(Box::new(Document::of(saved.product()))),
        };
        last.insert(event.stream.id(), change);
    }
    Ok(last.into_values().collect())
}

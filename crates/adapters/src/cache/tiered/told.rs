//! What Redis is told of changes: after each of them, that the product has reached its version. The log says what has
//! changed, and the store remembers how far Redis was told, so nothing is left out: not while Redis is away, and not when
//! a node ends between a change and its word to Redis.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sutler_app::ports::{Feed, ReadError};
use sutler_app::stream::StreamKind;
use sutler_domain::{Position, ProductId, Version};

use super::super::elsewhere::{OF_PRODUCTS, page};
use super::{Tiered, Tiers};

/// The name under which the place in the log is remembered. All nodes of a shop share it: they tell one Redis.
const READER: &str = "shared-cache";

/// Positions without a product after which the place is remembered all the same, so that a start need not look at them.
const STRIDE: u64 = 10_000;

/// How long to rest after Redis, or the log, was not there.
const REST: Duration = Duration::from_millis(500);

/// How far Redis was told.
pub(super) struct Told {
    place: AtomicU64,
    remembered: AtomicU64,
}

impl Told {
    /// Where the last node left off. Redis knows nothing yet of a shop that never had one, so there is nothing to be told
    /// of what happened until now, nor of the first event of all, before which there was nothing.
    pub(super) async fn begin(feed: &impl Feed) -> Result<Self, ReadError> {
        let head = *feed.head().borrow();
        let mut place = feed.cursor(READER).await?;
        if place == Position(0) {
            place = head.max(Position(1));
            let moved = feed.move_cursor(READER, place).await;
            moved.map_err(|error| ReadError::Unavailable(error.to_string()))?;
        }
        Ok(Self { place: AtomicU64::new(place.0), remembered: AtomicU64::new(place.0) })
    }
}

impl<S: Feed> Tiered<S> {
    /// Tell Redis of every change, as soon as the log tells of it; ends when the store is closed.
    pub async fn follow(&self) {
        let mut head = self.0.store.head();
        loop {
            let end = *head.borrow_and_update();
            let is_over = if self.0.tell(end).await {
                head.changed().await.is_err()
            } else {
                tokio::time::sleep(REST).await;
                head.has_changed().is_err()
            };
            if is_over {
                return;
            }
        }
    }

    /// What cannot be told now is told by [`Tiered::follow`].
    pub(super) async fn catch_up(&self) {
        let head = *self.0.store.head().borrow();
        self.0.tell(head).await;
    }
}

impl<S: Feed> Tiers<S> {
    /// Tell Redis of what changed up to this place. Whether all of it was told.
    async fn tell(&self, end: Position) -> bool {
        let mut place = Position(self.told.place.load(Ordering::Relaxed));
        while place < end {
            let (events, next) = match page(&*self.store, place, end, &OF_PRODUCTS).await {
                Ok(page) => page,
                Err(error) => {
                    tracing::debug!(%error, "shared_cache_does_not_follow");
                    return false;
                }
            };
            let mut changed: HashMap<ProductId, Version> = HashMap::new();
            for event in events.iter().filter(|event| event.stream.kind() == StreamKind::Product) {
                changed.insert(ProductId::trusted(event.stream.id().into()), event.version);
            }
            if !self.shared.raise(&changed).await {
                return false;
            }
            place = next;
            self.told.place.store(place.0, Ordering::Relaxed);
            self.remember(place, !changed.is_empty()).await;
        }
        true
    }

    async fn remember(&self, place: Position, has_told: bool) {
        let behind = place.0.saturating_sub(self.told.remembered.load(Ordering::Relaxed));
        if !has_told && behind < STRIDE {
            return;
        }
        match self.store.move_cursor(READER, place).await {
            Ok(()) => self.told.remembered.store(place.0, Ordering::Relaxed),
            // Something is told twice then, which does no harm.
            Err(error) => tracing::debug!(%error, "shared_cache_place_not_remembered"),
        }
    }
}

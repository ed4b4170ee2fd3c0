//! What other processes change in the same store: the log tells of it, and it is forgotten here.

use std::time::Duration;

use sutler_app::event::Recorded;
use sutler_app::ports::{EventFilter, Feed, ReadError};
use sutler_app::stream::StreamKind;
use sutler_domain::{Position, ProductId};

use super::{Cached, Touched};

/// The events of products. Each change of a price record comes with one of its product.
pub(super) const OF_PRODUCTS: [&str; 4] =
    ["ProductCreated", "ProductUpdated", "ProductArchived", "ProductDeleted"];

/// The events of what is remembered. API keys are believed for a moment only, so they need none.
const NAMES: [&str; 9] = [
    "ProductCreated",
    "ProductUpdated",
    "ProductArchived",
    "ProductDeleted",
    "VariantCreated",
    "VariantUpdated",
    "VariantPriceChanged",
    "VariantDeleted",
    "LocationSaved",
];

/// Events that are read at once.
const PAGE: u32 = 500;

/// How long to rest after the log could not be read.
const REST: Duration = Duration::from_millis(200);

impl<S: Feed> Cached<S> {
    /// Forget what others change, as soon as the log tells of it; ends when the store is closed. It begins where the log
    /// stands now: nothing was remembered before.
    pub async fn follow(&self) {
        let mut head = self.store.head();
        let mut place = *head.borrow_and_update();
        while head.changed().await.is_ok() {
            let end = *head.borrow_and_update();
            while place < end {
                match page(&*self.store, place, end, &NAMES).await {
                    Ok((events, next)) => {
                        self.kept.forget(&events.iter().filter_map(touched).collect::<Vec<_>>());
                        place = next;
                    }
                    Err(error) => {
                        tracing::debug!(%error, "cache_does_not_follow");
                        tokio::time::sleep(REST).await;
                    }
                }
            }
        }
    }
}

/// The next events of these names after a place, and the place to go on from: `end`, when there are no more up to it.
pub(super) async fn page(
    feed: &impl Feed,
    place: Position,
    end: Position,
    names: &[&'static str],
) -> Result<(Vec<Recorded>, Position), ReadError> {
    let filter = EventFilter { names: Some(names.to_vec()), subject: None };
    let events = feed.after(place, &filter, PAGE).await?;
    let is_all = u32::try_from(events.len()).is_ok_and(|count| count < PAGE);
    let last = events.last().map_or(place, |event| event.position);
    Ok((events, if is_all { end.max(last) } else { last }))
}

fn touched(event: &Recorded) -> Option<Touched> {
    let id = event.stream.id();
    match event.stream.kind() {
        StreamKind::Product => Some(Touched::Product(ProductId::trusted(id.into()), Some(event.version))),
        StreamKind::Price => Some(Touched::Price(id.to_owned())),
        StreamKind::Location => Some(Touched::Locations),
        _ => None,
    }
}
